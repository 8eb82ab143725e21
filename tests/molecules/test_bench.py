"""The laboratory's part of a record: sheets, cells, decisions; changes whole or not at all."""

import sqlite3

import pytest
import sqlalchemy as sa

from molecules import VOCABULARY, Label, Molecule
from molecules.bench import VETO, WISH, BenchChange, Decision, Sheet
from molecules.store import Store

UREA = Molecule.from_smiles("NC(N)=O")
LIFETIME = VOCABULARY["lifetime_ratio"]


def label(value: float, cell: str) -> Label:
    return Label(UREA, LIFETIME, value, 0.1, "lab", conditions=(("cell", cell), ("batch", "b")))


@pytest.fixture
def store(tmp_path):
    with_store = Store.open(tmp_path / "store.db")
    yield with_store
    with_store.close()


def test_an_import_keeps_its_file_its_cells_and_their_labels(store):
    sheet = Sheet("ab" * 32, "march.csv", "cp949")
    change = BenchChange(sheet, {"c1": {"lifetime_h": 300.0}}, labels=[label(0.5, "c1")])
    store.bench.commit(change, "march.csv")
    (kept,) = store.bench.sheets()
    assert (kept.sha256, kept.name, kept.encoding) == (sheet.sha256, "march.csv", "cp949")
    assert store.bench.cells() == {"c1": {"lifetime_h": 300.0}}
    (record,) = store.records()
    assert record.outcome == label(0.5, "c1")
    assert record.source == "march.csv"


def test_a_label_is_replaced_by_withdrawing_it(store):
    store.add(label(0.5, "c1"))
    (old,) = store.records()
    change = BenchChange(
        cells={"c2": {}}, withdrawn_labels={old.id: "new controls"}, labels=[label(0.4, "c1")]
    )
    store.bench.commit(change, "april.csv")
    assert [r.outcome.value for r in store.records()] == [0.4]
    ((record, why),) = store.withdrawn()
    assert record.outcome.value == 0.5
    assert why == "new controls"


def test_a_withdrawn_cell_stays_in_the_file_and_counts_no_more(store, tmp_path):
    store.bench.commit(BenchChange(cells={"c1": {}, "c2": {}}), "")
    store.bench.commit(BenchChange(withdrawn_cells={"c1": "it leaked"}), "")
    assert list(store.bench.cells()) == ["c2"]
    connection = sqlite3.connect(tmp_path / "store.db")
    rows = connection.execute("select cell_id, reason from cells order by id").fetchall()
    connection.close()
    assert rows == [("c1", "it leaked"), ("c2", "")]


def test_a_change_that_fails_leaves_nothing_behind(store):
    change = BenchChange(
        Sheet("0" * 64, "a.csv", "utf-8"), {"c1": {}}, withdrawn_labels={7: "no such outcome"}
    )
    with pytest.raises(sa.exc.IntegrityError):
        store.bench.commit(change, "a.csv")
    assert not store.bench.sheets()
    assert not store.bench.cells()


def test_the_latest_decision_counts(store):
    store.bench.decide([Decision(UREA, VETO, "it smells")])
    store.bench.decide([Decision(UREA, WISH, "we have a hood now")])
    decision = store.bench.decisions()[UREA]
    assert (decision.kind, decision.reason) == (WISH, "we have a hood now")


def test_an_outcome_is_withdrawn_once(store):
    store.add(label(0.5, "c1"))
    (record,) = store.records()
    store.withdraw(record.id, "wrong dose")
    with pytest.raises(KeyError, match="counts"):
        store.withdraw(record.id, "again")


def test_a_record_of_before_the_laboratory_opens_and_keeps_its_labels(store, tmp_path):
    store.add(label(0.5, "c1"))
    store.close()
    connection = sqlite3.connect(tmp_path / "store.db")
    for name in ("cells", "sheets", "decisions"):
        connection.execute(f"drop table {name}")
    connection.execute("update schema set version = 1")
    connection.commit()
    connection.close()
    again = Store.open(tmp_path / "store.db", create=False)
    assert [r.outcome.value for r in again.records()] == [0.5]
    assert again.bench.cells() == {}
    again.close()
