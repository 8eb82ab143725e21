"""Knowledge of one molecule: whose label counts."""

from itertools import permutations

import pytest

from loop.knowledge import gather
from molecules import VOCABULARY, Label, Molecule
from molecules.store import Store

WATER = Molecule.from_smiles("O")
DIPOLES = {"lab": 1.85, "xtb": 2.2, "dft": 1.9}


def recorded(path, dipoles):
    store = Store.open(path)
    for oracle, value in dipoles:
        # The store keeps one answer a question; the conditions make several questions of one.
        conditions = (("field", value),)
        store.add(Label(WATER, VOCABULARY["dipole"], value, 0.05, oracle, conditions=conditions))
    records = store.records()
    store.close()
    return records


@pytest.mark.parametrize(
    ("order", "highest"),
    [(("xtb", "dft", "lab"), "lab"), (("xtb", "dft"), "dft"), (("xtb",), "xtb"), ((), "xtb")],
)
def test_the_highest_tier_counts_whatever_the_order_of_commits(order, highest, tmp_path):
    for number, commits in enumerate(permutations(DIPOLES.items())):
        records = recorded(tmp_path / f"{number}.db", commits)
        (known,) = gather(records, order=order)
        assert known.labels["dipole"].oracle == highest


def test_of_two_answers_of_the_highest_tier_the_latest_counts(tmp_path):
    records = recorded(tmp_path / "store.db", [("dft", 1.8), ("dft", 1.9), ("xtb", 2.2)])
    (known,) = gather(records, order=("xtb", "dft"))
    assert known.labels["dipole"].value == 1.9
