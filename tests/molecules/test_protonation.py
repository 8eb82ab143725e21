"""Forms in water: what they are, the laws they obey, and what a molecule pays to bind."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molecules import InvalidMoleculeError, Molecule
from molecules.library import Library
from molecules.protonation import (
    PKa,
    ProtonationError,
    binding_forms,
    deprotonated_ligand,
    form_at,
    sites_of,
    split_salt,
)
from molecules.protonation.binding import KCAL_PER_PK

STARTER = Library.starter().molecules
WATER_SPECIES = [STARTER[i] for i in range(0, len(STARTER), 40)]
FORMS = {  # drawn: forms at pH 1, 4.5 and 9
    "NCC(=O)O": ("[NH3+]CC(=O)O", "[NH3+]CC(=O)[O-]", "[NH3+]CC(=O)[O-]"),
    "C[C@H](N)C(=O)O": (
        "C[C@H]([NH3+])C(=O)O",
        "C[C@H]([NH3+])C(=O)[O-]",
        "C[C@H]([NH3+])C(=O)[O-]",
    ),
    "NC(CC(=O)O)C(=O)O": (
        "[NH3+]C(CC(=O)O)C(=O)O",
        "[NH3+]C(CC(=O)[O-])C(=O)[O-]",
        "[NH3+]C(CC(=O)[O-])C(=O)[O-]",
    ),
    "NCCCCC(N)C(=O)O": (
        "[NH3+]CCCCC([NH3+])C(=O)O",
        "[NH3+]CCCCC([NH3+])C(=O)[O-]",
        "[NH3+]CCCCC([NH3+])C(=O)[O-]",
    ),
    "NC(Cc1c[nH]cn1)C(=O)O": (
        "[NH3+]C(Cc1c[nH]c[nH+]1)C(=O)O",
        "[NH3+]C(Cc1c[nH]c[nH+]1)C(=O)[O-]",
        "[NH3+]C(Cc1c[nH]cn1)C(=O)[O-]",
    ),
    "NC(CS)C(=O)O": ("[NH3+]C(CS)C(=O)O", "[NH3+]C(CS)C(=O)[O-]", "[NH3+]C(C[S-])C(=O)[O-]"),
    "CC(=O)O": ("CC(=O)O", "CC(=O)O", "CC(=O)[O-]"),
    "OCC(=O)O": ("OCC(=O)O", "OCC(=O)[O-]", "OCC(=O)[O-]"),
    "O=C(O)C(F)(F)F": ("O=C([O-])C(F)(F)F",) * 3,
    "O=C(O)CCC(=O)O": ("O=C(O)CCC(=O)O", "O=C([O-])CCC(=O)O", "O=C([O-])CCC(=O)[O-]"),
    "O=C(O)c1cccnc1": ("O=C(O)c1ccc[nH+]c1", "O=C([O-])c1ccc[nH+]c1", "O=C([O-])c1cccnc1"),
    "CS(=O)(=O)O": ("CS(=O)(=O)[O-]",) * 3,
    "NCCS(=O)(=O)O": (
        "[NH3+]CCS(=O)(=O)O",
        "[NH3+]CCS(=O)(=O)[O-]",
        "[NH3+]CCS(=O)(=O)[O-]",
    ),
    "CCP(=O)(O)O": ("CCP(=O)(O)O", "CCP(=O)([O-])O", "CCP(=O)([O-])[O-]"),
    "O=P(O)(O)O": ("O=P(O)(O)O", "O=P([O-])(O)O", "O=P([O-])([O-])O"),
    "CCN": ("CC[NH3+]",) * 3,
    "NCCN": ("[NH3+]CC[NH3+]", "[NH3+]CC[NH3+]", "NCC[NH3+]"),
    "OCCN(CCO)CCO": ("OCC[NH+](CCO)CCO", "OCC[NH+](CCO)CCO", "OCCN(CCO)CCO"),
    "c1c[nH]cn1": ("c1c[nH]c[nH+]1", "c1c[nH]c[nH+]1", "c1c[nH]cn1"),
    "Cn1ccnc1": ("Cn1cc[nH+]c1", "Cn1cc[nH+]c1", "Cn1ccnc1"),
    "c1ccncc1": ("c1cc[nH+]cc1", "c1cc[nH+]cc1", "c1ccncc1"),
    "O=C1NS(=O)(=O)c2ccccc12": (
        "O=C1NS(=O)(=O)c2ccccc12",
        "O=C1[N-]S(=O)(=O)c2ccccc12",
        "O=C1[N-]S(=O)(=O)c2ccccc12",
    ),
    "N=C(N)N": ("NC(N)=[NH2+]",) * 3,
    "C[N+](C)(C)CC(=O)[O-]": (
        "C[N+](C)(C)CC(=O)O",
        "C[N+](C)(C)CC(=O)[O-]",
        "C[N+](C)(C)CC(=O)[O-]",
    ),
    "C[N+](C)(C)C": ("C[N+](C)(C)C",) * 3,
    "C[N+](=O)[O-]": ("C[N+](=O)[O-]",) * 3,
    "NC(N)=O": ("NC(N)=O",) * 3,
    "OC[C@@H](O)[C@@H](O)CO": ("OC[C@@H](O)[C@@H](O)CO",) * 3,
    "CN.Cl": ("C[NH3+].[Cl-]",) * 3,
    "[Zn+2].[O-]C(=O)C.[O-]C(=O)C": (
        "[Zn+2].OC(=O)C.OC(=O)C",
        "[Zn+2].OC(=O)C.OC(=O)C",
        "[Zn+2].[O-]C(=O)C.[O-]C(=O)C",
    ),
}


def of(smiles: str) -> Molecule:
    return Molecule.from_smiles(smiles)


def skeleton(molecule: Molecule) -> str:
    """The heavy atoms and their bonds, without charges, hydrogens and bond orders."""
    mol = molecule.rdkit
    for atom in mol.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetIsAromatic(False)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(0)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in mol.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
        bond.SetStereo(Chem.BondStereo.STEREONONE)
        bond.SetBondDir(Chem.BondDir.NONE)
    return Chem.MolToSmiles(mol)


@pytest.mark.parametrize(("drawn", "forms"), FORMS.items())
def test_the_form_at_a_ph_is_the_textbook_one(drawn, forms):
    for ph, expected in zip((1, 4.5, 9), forms, strict=True):
        assert form_at(of(drawn), ph).molecule == of(expected), ph


@pytest.mark.parametrize("drawn", FORMS)
def test_the_form_does_not_depend_on_the_form_that_is_drawn(drawn):
    drawings = {form_at(of(drawn), ph).molecule for ph in (-2, 1, 4.5, 9, 16)} | {of(drawn)}
    assert len({form_at(drawing, 4.5).molecule for drawing in drawings}) == 1


def test_a_form_is_a_fixed_point_of_its_ph_throughout_the_library():
    forms = [form_at(molecule, 4.5).molecule for molecule in WATER_SPECIES]
    assert len(forms) > 200
    assert [form for form in forms if form_at(form, 4.5).molecule != form] == []
    assert [form for form in forms if form_at(form, 4.5).steps] == []


@given(
    st.sampled_from([*WATER_SPECIES, *map(of, FORMS)]),
    st.lists(st.floats(-2, 16), min_size=2, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_the_charge_never_rises_with_ph(molecule, phs):
    charges = [form_at(molecule, ph).molecule.charge for ph in sorted(phs)]
    assert charges == sorted(charges, reverse=True)


@given(st.sampled_from([*WATER_SPECIES, *map(of, FORMS)]), st.floats(-2, 16))
@settings(max_examples=200, deadline=None)
def test_only_protons_move(molecule, ph):
    form = form_at(molecule, ph)
    assert skeleton(form.molecule) == skeleton(molecule)
    gained = sum(step.n_protons for step in form.steps)
    assert form.molecule.charge - molecule.charge == gained


@pytest.mark.parametrize("drawn", ["NC(Cc1c[nH]cn1)C(=O)O", "NCCP(=O)(O)O", "Oc1cccc2cccnc12"])
def test_strong_acid_protonates_every_site_and_strong_base_none(drawn):
    molecule = of(drawn)
    low, high = (form_at(molecule, ph).molecule for ph in (-2, 16))
    assert all(site.is_protonated for site in sites_of(low))
    assert not any(site.is_protonated for site in sites_of(high))
    assert low.charge - high.charge == len(sites_of(molecule))


def test_stereo_is_kept():
    serine = of("N[C@@H](CO)C(=O)O")
    assert form_at(serine, 4.5).molecule == of("[NH3+][C@@H](CO)C(=O)[O-]")
    maleate = form_at(of("O=C(O)/C=C\\C(=O)O"), 4.5).molecule
    assert maleate == of("O=C(O)/C=C\\C(=O)[O-]")


def test_every_step_is_shown_with_its_pka_and_source():
    steps = [str(step) for step in form_at(of("NCC(=O)O"), 4.5).steps]
    assert steps == [
        "amino acid ammonium of atom 0 gained its proton: "
        "pKa 9.78 +- 0.10 (recalled, CRC-type value) > 4.5",
        "amino acid carboxyl of atom 4 lost its proton: "
        "pKa 2.35 +- 0.10 (recalled, CRC-type value) < 4.5",
    ]
    assert form_at(of("[NH3+]CC(=O)[O-]"), 4.5).steps == ()
    (alkoxide,) = form_at(of("CC[O-]"), 4.5).steps
    assert alkoxide.site is None
    assert "no group of water" in str(alkoxide)


def test_a_site_near_the_ph_is_called_uncertain():
    assert [site.group for site in form_at(of("CCCCCCCC(=O)O"), 4.7).uncertain] == [
        "carboxylic acid"
    ]
    assert form_at(of("CCCCCCCC(=O)O"), 9).uncertain == ()


def test_polyprotic_acids_and_polyamines_spread_their_constants():
    first, second, third = (site.pka.value for site in sites_of(of("CCCCOP(=O)(O)OP(=O)(O)O")))
    assert first < second < third
    assert sites_of(of("CCCP(=O)(O)O"))[1].group == "phosphonic acid (second proton)"
    near, far = (sites_of(of(smiles)) for smiles in ("CNCCN", "CNCCCCCCN"))
    assert near[1].pka.value - near[0].pka.value > far[1].pka.value - far[0].pka.value + 1


def test_rt_ln_10_is_1_364_kcal_per_mol():
    assert pytest.approx(1.364, abs=5e-4) == KCAL_PER_PK


def test_imidazolium_pays_for_its_proton():
    present, imidazole = binding_forms(of("c1c[nH]cn1"), 4.5)
    assert (present.molecule, present.cost_kcal, present.lost) == (of("c1c[nH]c[nH+]1"), 0.0, ())
    assert imidazole.molecule == of("c1c[nH]cn1")
    assert imidazole.cost_kcal == pytest.approx(1.364 * (6.95 - 4.5), abs=2e-3)
    assert imidazole.cost_error_kcal == pytest.approx(1.364 * 0.05, abs=1e-3)


def test_binding_forms_come_cheapest_first_and_add_up():
    forms = binding_forms(of("NC(Cc1c[nH]cn1)C(=O)O"), 4.5, max_forms=5)
    costs = [form.cost_kcal for form in forms]
    assert costs == sorted(costs)
    assert [len(form.lost) for form in forms[:2]] == [0, 1]
    assert forms[1].molecule == of("[NH3+]C(Cc1c[nH]cn1)C(=O)[O-]")
    for form in forms:
        pkas = [site.pka for site in form.lost]
        assert form.cost_kcal == pytest.approx(KCAL_PER_PK * sum(pka.value - 4.5 for pka in pkas))
        assert form.cost_error_kcal == pytest.approx(
            KCAL_PER_PK * math.hypot(*(pka.error for pka in pkas))
        )
        assert form.molecule.charge == forms[0].molecule.charge - len(form.lost)


@given(st.sampled_from([*WATER_SPECIES, *map(of, FORMS)]), st.floats(0, 9))
@settings(max_examples=100, deadline=None)
def test_binding_is_free_for_the_form_present_only(molecule, ph):
    present, *others = binding_forms(molecule, ph, max_forms=4)
    assert present.molecule == form_at(molecule, ph).molecule
    assert present.cost_kcal == 0
    assert all(other.cost_kcal >= 0 and other.cost_error_kcal > 0 for other in others)
    assert len({form.molecule for form in (present, *others)}) == 1 + len(others)
    assert all(site.pka.value <= 16 for other in others for site in other.lost)


@pytest.mark.parametrize("drawn", ["OCC(O)CO", "CC(N)=O", "C[N+](C)(C)C", "COCCOC", "CS(=O)(=O)O"])
def test_nothing_absurd_is_taken_off(drawn):
    assert len(binding_forms(of(drawn), 4.5)) == 1


@pytest.mark.parametrize(
    ("drawn", "ligand"),
    {
        "NCC(=O)O": "NCC(=O)[O-]",
        "[NH3+]CC(=O)[O-]": "NCC(=O)[O-]",
        "c1c[nH]c[nH+]1": "c1c[nH]cn1",
        "N": "N",
        "[NH4+]": "N",
        "Oc1cccc2cccnc12": "[O-]c1cccc2cccnc12",
        "NCCS": "NCC[S-]",
        "O=C1NS(=O)(=O)c2ccccc12": "O=C1[N-]S(=O)(=O)c2ccccc12",
        "CP(=O)(O)O": "CP(=O)([O-])[O-]",
        "O=P(O)(O)O": "O=P([O-])([O-])[O-]",
        "O=C(O)c1ccccc1O": "O=C([O-])c1ccccc1[O-]",
        "O=C(O)CC(O)(CC(=O)O)C(=O)O": "O=C([O-])CC(O)(CC(=O)[O-])C(=O)[O-]",
        "CC(=O)NO": "CC(=O)N[O-]",
        "OCCO": "OCCO",
        "NC(=O)CN": "NC(=O)CN",
        "[OH-]": "[OH-]",
        "O": "O",
    }.items(),
)
def test_the_ligand_of_log_k1_has_lost_what_zinc_displaces(drawn, ligand):
    assert deprotonated_ligand(of(drawn)) == of(ligand)
    assert deprotonated_ligand(of(ligand)) == of(ligand)


def test_a_salt_keeps_every_species_with_its_count():
    salt = split_salt("[Na+].[Na+].[Na+].O.O.O=C([O-])CC(O)(CC(=O)[O-])C(=O)[O-]")
    assert salt.main.molecule == of("O=C([O-])CC(O)(CC(=O)[O-])C(=O)[O-]")
    assert {str(one.molecule): one.count for one in salt.others} == {"[Na+]": 3, "O": 2}
    assert str(salt).startswith("1 O=C([O-])CC(O)")
    assert sum(one.count for one in split_salt("[Zn+2].[Cl-].[Cl-]").species) == 3
    assert split_salt("CCO").others == ()


@pytest.mark.parametrize("ph", [-3, 20, math.nan, math.inf])
def test_a_ph_that_water_does_not_have_is_refused(ph):
    with pytest.raises(ProtonationError, match="expected -2 to 16"):
        form_at(of("CCO"), ph)
    with pytest.raises(ProtonationError, match="expected -2 to 16"):
        binding_forms(of("CCO"), ph)


def test_wrong_arguments_are_refused():
    with pytest.raises(ProtonationError, match="at least 1"):
        binding_forms(of("CCO"), 4.5, max_forms=0)
    with pytest.raises(InvalidMoleculeError):
        split_salt("not a salt")
    with pytest.raises(ValueError, match="positive error"):
        PKa(4.5, 0.0, "nowhere")
