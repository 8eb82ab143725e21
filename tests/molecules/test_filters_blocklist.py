import pytest

from molecules import Molecule
from molecules.filters import BLOCKED, block_list

HAZARDS = {
    "TNT": "Cc1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-]",
    "nitroglycerin": "O=[N+]([O-])OCC(CO[N+](=O)[O-])O[N+](=O)[O-]",
    "RDX": "O=[N+]([O-])N1CN([N+](=O)[O-])CN([N+](=O)[O-])C1",
    "methyl azide": "CN=[N+]=[N-]",
    "phenyl azide": "[N-]=[N+]=Nc1ccccc1",
    "diazomethane": "C=[N+]=[N-]",
    "benzenediazonium": "N#[N+]c1ccccc1",
    "tert-butyl hydroperoxide": "CC(C)(C)OO",
    "triacetone triperoxide": "CC1(C)OOC(C)(C)OOC(C)(C)OO1",
    "sarin": "CC(C)OP(C)(=O)F",
    "tabun": "CCOP(=O)(C#N)N(C)C",
    "VX": "CCOP(C)(=O)SCCN(C(C)C)C(C)C",
    "TEPP": "CCOP(=O)(OCC)OP(=O)(OCC)OCC",
    "sulfur mustard": "ClCCSCCCl",
    "lewisite": "ClC=C[As](Cl)Cl",
    "acetone cyanohydrin": "CC(C)(O)C#N",
    "aminoacetonitrile, protonated": "[NH3+]CC#N",
    "N-nitrosodimethylamine": "CN(C)N=O",
    "methylhydrazine": "CNN",
    "fluoroacetate": "O=C([O-])CF",
    "dimethyl sulfate": "COS(=O)(=O)OC",
    "dimethylmercury": "C[Hg]C",
    "methyl isocyanate": "CN=C=O",
    "acetyl chloride": "CC(=O)Cl",
    "acetic anhydride": "CC(=O)OC(C)=O",
    "benzoquinone": "O=C1C=CC(=O)C=C1",
    "nitrobenzene": "O=[N+]([O-])c1ccccc1",
    "azobenzene": "c1ccccc1N=Nc1ccccc1",
    "methyl viologen": "C[n+]1ccc(-c2cc[n+](C)cc2)cc1",
}
HARMLESS_ENOUGH = {
    "benzotriazole": "c1ccc2[nH]nnc2c1",
    "FSI anion": "O=S(=O)(F)[N-]S(=O)(=O)F",
    "TFSI anion": "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F",
    "trifluoroacetate": "O=C([O-])C(F)(F)F",
    "saccharin": "O=C1NS(=O)(=O)c2ccccc12",
    "1,3-propane sultone": "O=S1(=O)CCCO1",
    "ethylene sulfate": "O=S1(=O)OCCO1",
    "ethylene carbonate": "O=C1OCCO1",
    "triethyl phosphate": "CCOP(=O)(OCC)OCC",
    "acetonitrile": "CC#N",
    "succinonitrile": "N#CCCC#N",
    "semicarbazide": "NNC(N)=O",
    "nitromethane": "C[N+](=O)[O-]",
    "tetrazole": "c1nnn[nH]1",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "phenylboronic acid": "OB(O)c1ccccc1",
}


@pytest.mark.parametrize("name", HAZARDS)
def test_a_hazard_is_blocked_with_its_group_named(name):
    reason = block_list().reason(Molecule.from_smiles(HAZARDS[name]))
    assert reason is not None
    assert reason.startswith("blocked: ")
    assert reason.removeprefix("blocked: ").split(",")[0] in BLOCKED


@pytest.mark.parametrize("name", HARMLESS_ENOUGH)
def test_a_bench_chemical_is_not_blocked(name):
    assert block_list().reason(Molecule.from_smiles(HARMLESS_ENOUGH[name])) is None


def test_groups_can_be_chosen_and_unknown_ones_are_refused():
    quinone = Molecule.from_smiles(HAZARDS["benzoquinone"])
    assert block_list(["explosive", "poison"]).reason(quinone) is None
    with pytest.raises(ValueError, match="expected explosive"):
        block_list(["explosives"])
