"""Patterns: no match is lost, and few patterns are tried."""

import pytest
from rdkit import Chem

from molecules.atoms import kinds_of
from molecules.filters import block_list
from molecules.library import Library
from molecules.patterns import Patterns, could_be
from molecules.protonation.groups import groups, increments

LISTS = {
    "block list": [pattern for _, pattern in block_list().patterns],
    "groups": [group.pattern for group in groups()],
    "increments": [increment.pattern for increment in increments()],
}


@pytest.mark.parametrize("patterns", LISTS.values(), ids=LISTS)
def test_no_match_is_lost_and_most_patterns_are_not_tried(patterns):
    screen, n_tried = Patterns(patterns), 0
    molecules = Library.starter().molecules[::20]
    for molecule in molecules:
        possible = screen.possible(molecule.kinds)
        n_tried += len(possible)
        left_out = set(range(len(patterns))) - set(possible)
        assert not any(molecule.graph.HasSubstructMatch(patterns[k]) for k in left_out)
    assert n_tried < 0.3 * len(patterns) * len(molecules)


@pytest.mark.parametrize(
    ("query", "smiles", "expected"),
    [
        ("[C,N;!H0]", "N", True),
        ("[C,N;!H0]", "O", False),
        ("[O;-]", "[OH-]", True),
        ("[O;-]", "O", False),
        ("[!#6]", "C", False),
        ("[CX4]", "C=C", False),
        ("c", "C", False),
        ("[n;r5]", "c1ccncc1", True),  # a kind does not tell of rings
        ("[$(CO)]", "C", True),  # nor of neighbours
        ("*", "C", True),
    ],
)
def test_what_a_kind_of_atom_could_be(query, smiles, expected):
    asked = Chem.MolFromSmarts(query).GetAtomWithIdx(0).DescribeQuery()
    kinds = kinds_of(Chem.MolFromSmiles(smiles))
    assert any(could_be(kind, asked) for kind in kinds) is expected
