"""Requests: what a candidate is called, and that it stays called so."""

from contextlib import closing

from loop.laboratory.request import molecule_of, next_number
from molecules import Molecule, Pending
from molecules.store import Store

UREA = Molecule.from_smiles("NC(N)=O")


def test_a_molecule_that_is_asked_again_keeps_its_first_name(tmp_path):
    with closing(Store.open(tmp_path / "store.db")) as store:
        assert next_number(store.records()) == 1
        for name in ("R001-1", "R003-2"):
            store.add(Pending(UREA, "lab", f"{name}: because"), source="suggest")
        assert molecule_of("R001-1", store.records()) == UREA
        assert molecule_of("R003-2", store.records()) == UREA
        assert molecule_of("R001-2", store.records()) is None
        assert next_number(store.records()) == 4
