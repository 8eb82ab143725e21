"""The tables of pKa's: every row is used, and quoted values are those of their source."""

from collections import defaultdict
from importlib import resources

import pytest

from molecules import Molecule
from molecules.protonation import sites_of
from molecules.protonation.groups import find_groups, groups, increments, read_table
from molecules.protonation.measured import plain_name
from molecules.protonation.parent import neutral_parent
from molecules.protonation.titration import modelled_sites

MEASURED = defaultdict(list)
for row in read_table("pka.csv"):
    MEASURED[row["smiles"]].append(row)


@pytest.mark.parametrize("smiles", MEASURED)
def test_every_measured_constant_reaches_a_site_of_its_compound(smiles):
    expected = sorted((row["group"], float(row["pka"])) for row in MEASURED[smiles])
    found = [
        (plain_name(site.group), site.pka.value)
        for site in sites_of(Molecule.from_smiles(smiles))
        if site.pka.source == MEASURED[smiles][0]["source"]
    ]
    assert sorted(found) == expected


def test_measured_compounds_are_listed_once():
    keys = [(row["smiles"], row["group"], row["pka"]) for row in read_table("pka.csv")]
    assert len(set(keys)) == len(keys)
    names = {row["name"] for row in read_table("pka.csv")}
    molecules = {Molecule.from_smiles(smiles) for smiles in MEASURED}
    assert len(molecules) == len(MEASURED) == len(names)


def test_no_value_pretends_to_a_citation():
    assert {row["source"] for row in read_table("pka.csv")} == {"recalled, CRC-type value"}
    assert {group.pka.source for group in groups()} == {"group rule", "dimorphite-dl 2.1.0"}


def test_the_model_agrees_with_the_measured_table():
    gaps = []
    for smiles, rows in MEASURED.items():
        known = defaultdict(list)
        for row in rows:
            known[row["group"]].append(float(row["pka"]))
        modelled = modelled_sites(neutral_parent(Molecule.from_smiles(smiles).rdkit))
        for group, pkas in known.items():
            same = [site for site in modelled if plain_name(site.group) == group]
            same = same[: len(pkas)] if same[0].kind == "acid" else same[-len(pkas) :]
            gaps += [abs(s.pka.value - p) for s, p in zip(same, sorted(pkas), strict=True)]
    assert sum(gaps) / len(gaps) < 0.5
    assert sum(gap < 1 for gap in gaps) / len(gaps) > 0.85


def test_enantiomers_and_tautomers_share_their_measured_constants():
    histidines = ("N[C@@H](Cc1c[nH]cn1)C(=O)O", "N[C@H](Cc1cnc[nH]1)C(=O)O")
    constants = [[s.pka for s in sites_of(Molecule.from_smiles(h))] for h in histidines]
    assert constants[0] == constants[1]
    maleic, fumaric = (
        [site.pka for site in sites_of(Molecule.from_smiles(smiles))]
        for smiles in ("O=C(O)/C=C\\C(=O)O", "O=C(O)/C=C/C(=O)O")
    )
    assert maleic != fumaric


def test_every_increment_belongs_to_a_family_of_groups():
    assert {one.family for one in increments()} == {group.family for group in groups()} - {""}


@pytest.mark.parametrize(
    ("smiles", "names"),
    {
        "NCC(=O)O": {"amino acid ammonium", "amino acid carboxyl"},
        "CC(=O)NCC(=O)O": {"carboxylic acid"},
        "NC(N)=O": set(),
        "CC#N": set(),
        "CS(C)=O": set(),
        "CN(C)C=O": set(),
        "Cc1ccccc1O": {"phenol"},
        "c1nnn[nH]1": {"tetrazole"},
    }.items(),
)
def test_groups_are_found_where_a_chemist_sees_them(smiles, names):
    molecule = Molecule.from_smiles(smiles)
    found = find_groups(molecule.graph, molecule.kinds)
    assert {group.name for group in found.values()} == names


def test_values_quoted_from_dimorphite_are_its_values():
    pytest.importorskip("dimorphite_dl")
    path = resources.files("dimorphite_dl") / "smarts" / "site_substructures.smarts"
    fields = [
        line.split()[2:] for line in path.read_text("utf-8").splitlines() if line[:1] not in "#"
    ]
    theirs = {
        (round(float(f[i + 1]), 2), round(float(f[i + 2]), 2))
        for f in fields
        for i in range(0, len(f), 3)
    }
    for group in groups():
        if group.pka.source.startswith("dimorphite"):
            ours = (group.pka.value, group.pka.error)
            assert any(abs(m - ours[0]) < 0.011 and abs(s - ours[1]) < 0.011 for m, s in theirs), (
                group.name
            )
