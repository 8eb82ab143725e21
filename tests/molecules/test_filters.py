import copy
import pickle
from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from molecules import Molecule
from molecules.filters import (
    Alerts,
    Elements,
    Filters,
    Funnel,
    HeavyAtoms,
    Limit,
    Motifs,
    OfChargeClass,
)
from molecules.library import Library, known_additives

CONF = Path(__file__).parents[2] / "conf" / "filters"


def load(option: str) -> Filters:
    return instantiate(OmegaConf.load(CONF / f"{option}.yaml"))


@pytest.fixture(scope="module")
def filters() -> Filters:
    return load("zn_anode")


def within_size(molecule: Molecule) -> bool:
    return 3 <= molecule.n_heavy <= 20


@pytest.mark.parametrize("drawn", [False, True])
def test_nine_of_ten_known_additives_pass_the_default_filters(filters, drawn):
    additives = [m for m in known_additives(drawn=drawn) if within_size(m)]
    kept, rejected = filters.split(additives)
    assert len(additives) >= 60
    assert len(kept) / len(additives) >= 0.9, rejected


@pytest.mark.parametrize(
    "smiles",
    [
        "C[N+](C)(C)C",
        "CC[N+](CC)(CC)CC",
        "CCCC[N+](CCCC)(CCCC)CCCC",
        "CC(=O)[O-]",
        "C[N+](C)(C)CC(=O)[O-]",
        "[NH3+]CCS(=O)(=O)[O-]",
        "NC(N)=S",
        "OCC(O)CO",
        "CCOP(=O)(OCC)OCC",
        "C1COCCOCCOCCOCCOCCO1",
        "O=S1(=O)OCCO1",
    ],
)
def test_ordinary_additives_of_every_charge_class_pass(filters, smiles):
    assert filters.reason(Molecule.from_smiles(smiles)) is None


@pytest.mark.parametrize(
    ("smiles", "word"),
    [
        ("CCCCCCCCCC", "tpsa_per_heavy_atom 0.00 < 1.80 (neutral)"),
        ("CCCCCCCCCCOC(=O)CO", " > 2.30 (neutral)"),
        ("OCC(O)CO.OCCO", "fragments 2 > 1"),
        ("O", "heavy_atoms 1 outside 3..20"),
        ("OC[CH]O", "radicals 1"),
        ("[2H]OCC(O)CO", "isotope"),
        ("O=C([O-])CN(CCN(CC(=O)[O-])CC(=O)[O-])CC(=O)[O-]", "charge -4 outside -3..+2"),
        ("[Zn+2]", "elements Zn not allowed"),
        ("OC1C2C3CC2C2C1C32", "strain"),
        ("CC(C)[O-]", "alkoxide"),
        ("[O-]c1ccccc1O", "phenolate"),
        ("O=C1C=CC(=O)C=C1", "quinone"),
    ],
)
def test_a_reason_names_the_rule_and_its_numbers(filters, smiles, word):
    molecule = Molecule.from_smiles(smiles)
    reason = filters.reason(molecule)
    assert reason is not None
    assert word in reason
    assert not filters.allows(molecule)


@pytest.mark.parametrize(
    ("smiles", "word"),
    [
        ("NC([NH3+])C[NH3+]", "aminal"),
        ("C1C[NH2+]CN1", "aminal"),
        ("C[C@H]([NH3+])NC(=O)CO", "beside an amide"),
        ("COC[NH3+]", "ether of a hemiaminal"),
        ("C1COC[NH2+]1", "ether of a hemiaminal"),
        ("OCS", "thiol"),
        ("CC(C)=[NH2+]", "iminium"),
        ("C=[N+](C)C", "iminium"),
        ("CC(=[NH2+])O", "imidic acid"),
        ("COC(C)=[NH2+]", "imidate"),
        ("CNC(=O)O", "carbon dioxide"),
        ("COC(C)O", "hemiacetal"),
        ("CC1(O)OCCO1", "orthoester"),
        ("OC(F)(F)F", "halogen"),
        ("CC(=O)SC(C)=O", "thioanhydride"),
        ("O=C1CCO1", "lactone"),
    ],
)
def test_what_water_takes_apart_is_rejected_in_either_form(filters, smiles, word):
    assert word in (filters.reason(Molecule.from_smiles(smiles)) or "")


@pytest.mark.parametrize(
    "smiles",
    [
        "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",  # a sugar is a hemiacetal in a ring
        "NC(=O)NC1NC(=O)NC1=O",
        "NC(N)=[NH2+]",
        "CC(N)=[NH2+]",
        "COC(N)=O",
        "[NH3+]CC[NH3+]",
        "[NH3+]CS(=O)(=O)[O-]",
        "O=S1(=O)CCCO1",  # a sourced additive
        "O=C([O-])O",
    ],
)
def test_stable_neighbours_of_unstable_motifs_pass(filters, smiles):
    assert filters.reason(Molecule.from_smiles(smiles)) is None


def test_a_count_keeps_the_rule_and_an_example_of_each_reason(filters):
    funnel = Funnel(filters.rules)
    drawn = ("O", "F[CH2][CH2]OC(=O)CO", "CC(O)CCl", "OCC(O)CBr")
    _, counts = funnel.sift(map(Molecule.from_smiles, drawn))
    reasons = {reason: c.examples[reason] for c in counts for reason in c.reasons}
    assert reasons["heavy_atoms outside 3..20"] == "O: heavy_atoms 1 outside 3..20"
    assert "blocked: poison, 2-fluoroethanol and its esters" in reasons


def test_split_keeps_order_and_loses_nobody(filters):
    molecules = Library.starter().molecules[:200] + (Molecule("CCCCCCCC"), Molecule("O"))
    kept, rejected = filters.split(molecules)
    assert sorted([*kept, *(m for m, _ in rejected)]) == sorted(molecules)
    assert kept == [m for m in molecules if filters.allows(m)]


def test_every_library_molecule_passes_the_default_filters(filters):
    assert [r for r in map(filters.reason, Library.starter().molecules[::7]) if r] == []


def test_the_verdict_depends_only_on_the_molecule(filters):
    for text in ("OCC(O)CO", "C(O)C(O)CO", "C(C(CO)O)O"):
        assert filters.reason(Molecule.from_smiles(text)) is None
    assert filters.allows_smiles("OCC(O)CO")
    assert not filters.allows_smiles("OCC(O")


def test_a_funnel_stage_starts_with_what_the_stage_before_let_through(filters):
    molecules = [Molecule.from_smiles(s) for s in ("CCO", "CCCCCCCC", "C=CC#N", "O", "OCCO")]
    stages = Funnel(filters.rules).sift(molecules)[1]
    assert [s.stage for s in stages] == list(filters.rules)
    assert stages[0].entered == len(molecules)
    assert all(a.passed == b.entered for a, b in zip(stages, stages[1:], strict=False))
    assert all(s.entered - s.passed == sum(s.reasons.values()) for s in stages)
    assert stages[-1].passed == sum(map(filters.allows, molecules)) == 2


def test_open_filters_keep_validity_and_size_only():
    filters = load("open")
    assert filters.allows(Molecule.from_smiles("CCCCCCCCCCCC"))
    assert not filters.allows(Molecule.from_smiles("CC.O"))
    assert not filters.allows(Molecule.from_smiles("C" * 41))


def test_flags_speak_and_never_reject(filters):
    thiourea = Molecule.from_smiles("NC(N)=S")
    assert filters.allows(thiourea)
    assert any("alerts" in alert for alert in filters.alerts(thiourea))
    amine = Molecule.from_smiles("NCCO")
    assert filters.alerts(amine) == ["not the form at pH 3-5: neutral alkyl amine"]
    assert filters.alerts(Molecule.from_smiles("[NH3+]CCO")) == []


def test_a_rule_can_be_changed_or_switched_off_by_its_key():
    config = OmegaConf.load(CONF / "zn_anode.yaml")
    config.rules.clogp = None
    config.rules.heavy_atoms.high = 40
    octyl = Molecule.from_smiles("CCCCCCCCCCCCCCCCCCOC(=O)C(O)CO")
    assert not load("zn_anode").allows(octyl)
    loosened = instantiate(config)
    assert "clogp" not in loosened.rules
    assert "clogp" not in (loosened.reason(octyl) or "")


def test_filters_survive_a_copy_and_a_trip_to_a_worker(filters):
    tnt = Molecule.from_smiles("Cc1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-]")
    limits = Filters({"size": HeavyAtoms(3, 20), "elements": Elements(["C", "O"])})
    for twin in (copy.deepcopy(limits), pickle.loads(pickle.dumps(limits))):
        assert twin.reason(tnt) == limits.reason(tnt) == "elements N not allowed"


def test_wrong_settings_are_refused_with_what_is_known():
    with pytest.raises(ValueError, match="expected one of heavy_atoms"):
        Limit("clogd", high=2.0)
    with pytest.raises(ValueError, match="expected charge classes: neutral"):
        Limit("clogp", high={"polymer": 2.0})
    with pytest.raises(ValueError, match="expected a SMARTS pattern"):
        Motifs({"broken": "[C"})
    with pytest.raises(ValueError, match="expected some of"):
        Alerts(["BRENCK"])
    with pytest.raises(TypeError, match="_target_"):
        Filters({"size": 20})


def test_a_charge_class_that_is_not_allowed_is_named():
    rule = OfChargeClass(["neutral"])
    assert rule.reason(Molecule.from_smiles("OCCO")) is None
    assert (
        rule.reason(Molecule.from_smiles("[NH3+]CC(=O)[O-]"))
        == "charge_class zwitterion not allowed"
    )
