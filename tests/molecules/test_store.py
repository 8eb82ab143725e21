import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from molecules import (
    VOCABULARY,
    Calculation,
    Candidate,
    Failure,
    Label,
    Molecule,
    Pending,
    Provenance,
)
from molecules.store import Store
from molecules.tables import StoreError

GLYCEROL = Molecule.from_smiles("OCC(O)CO")
UREA = Molecule.from_smiles("NC(N)=O")
HOMO, GAP = VOCABULARY["homo"], VOCABULARY["gap"]
HOW = Provenance(
    "GFN2", "abc", "v1", "tblite 0.4", 7, "host", "2026-01-01T00:00:00+00:00", 1.5, 1.4
)


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store.db")
    yield store
    store.close()


def test_outcomes_come_back_as_they_went_in(store):
    outcomes = [
        Label(GLYCEROL, HOMO, -10.5, 0.1, "xtb", True, (("ph", 4.5), ("salt", "ZnSO4")), HOW),
        Failure(GLYCEROL, "xtb", "scf_failed", "no luck", "gap", HOW),
        Pending(UREA, "lab", "sheet 1"),
    ]
    for outcome in outcomes:
        assert store.add(outcome, 3, "library")
    records = store.records()
    assert [r.outcome for r in records] == outcomes
    assert [r.outcome.provenance for r in records] == [o.provenance for o in outcomes]
    assert {(r.round, r.source) for r in records} == {(3, "library")}
    assert records[0].seconds == 1.5


def test_the_same_question_is_answered_once(store):
    assert store.add(Label(GLYCEROL, HOMO, -10.0, 0.0, "xtb"))
    assert not store.add(Label(GLYCEROL, HOMO, -11.0, 0.0, "xtb"))
    assert not store.add(Failure(GLYCEROL, "xtb", "timeout", "late", "homo"))
    assert store.add(Label(GLYCEROL, HOMO, -5.0, 0.0, "dft"))
    assert [r.outcome.value for r in store.records()] == [-10.0, -5.0]


def test_a_failure_of_everything_closes_every_question(store):
    assert store.add(Failure(GLYCEROL, "xtb", "crashed", "signal 11"))
    assert not store.add(Label(GLYCEROL, HOMO, -11.0, 0.0, "xtb"))


def test_a_pending_question_can_still_be_answered(store):
    store.add(Pending(GLYCEROL, "lab", "sheet 1", "homo"))
    assert store.add(Label(GLYCEROL, HOMO, -10.0, 0.1, "lab"))


def test_a_withdrawn_label_leaves_the_belief_and_stays_in_the_file(store, tmp_path):
    store.add(Label(GLYCEROL, HOMO, -10.0, 0.0, "xtb"))
    store.withdraw(store.records()[0].id, "wrong sheet")
    assert store.records() == []
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("select count(*) from outcomes").fetchone() == (1,)
    connection.close()
    assert store.add(Label(GLYCEROL, HOMO, -11.0, 0.0, "xtb"))
    with pytest.raises(KeyError):
        store.withdraw(999, "no such label")


def test_a_round_remembers_its_questions_before_they_are_asked(store):
    candidate = Candidate(
        UREA, "xtb", 0.5, {"homo": -9.0}, {"homo": 0.3}, "gflownet", (GLYCEROL,), "why"
    )
    store.begin_round(1, [candidate])
    assert store.candidates(1) == [(1, candidate)]
    assert store.rounds()[0].finished is None
    store.note_round(1, {"own_seconds": 2.0}, finished=False)
    store.note_round(1, {"oracle_seconds": 3.0})
    assert store.rounds()[0].finished
    assert store.rounds()[0].metrics == {"own_seconds": 2.0, "oracle_seconds": 3.0}


def test_a_round_is_begun_once(store):
    store.begin_round(1, [Candidate(UREA, "xtb", 0.5, {}, {}, "library")])
    with pytest.raises(StoreError, match="round 1 was begun by another run"):
        store.begin_round(1, [Candidate(GLYCEROL, "xtb", 0.5, {}, {}, "library")])
    assert [c.molecule for _, c in store.candidates()] == [UREA]


def test_calculations_are_found_by_their_key(store):
    first = Calculation("key", "GFN2", {"energy": -1.25, "positions": [[0.0, 1.0, 2.0]]})
    store.calculations.put(first)
    store.calculations.put(Calculation("key", "GFN2", {"energy": 0.0}))
    assert store.calculations.get("key").payload == first.payload
    assert store.calculations.get("other") is None


def _add_many(path, oracle):
    store = Store.open(path)
    for number in range(40):
        store.add(Label(GLYCEROL, HOMO, float(number), 0.0, f"{oracle}{number}"))
    store.close()


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path):
    path = tmp_path / "store.db"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_many, args=(path, name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    store = Store.open(path)
    assert len(store.records()) == 80
    store.close()


ENDLESS = """
import sys
from molecules import *
from molecules.store import Store
store = Store.open(sys.argv[1])
for number in range(100000):
    store.add(Label(Molecule.from_smiles("OCC(O)CO"), VOCABULARY["homo"], float(number), 0.0, f"o{number}"))
    print(number, flush=True)
"""


def test_kill_9_loses_no_acknowledged_label(tmp_path):
    path = tmp_path / "store.db"
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(path)], stdout=subprocess.PIPE, text=True
    )
    acknowledged = [int(process.stdout.readline()) for _ in range(20)]
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    process.stdout.close()
    process.wait()
    store = Store.open(path)
    kept = {int(r.outcome.value) for r in store.records()}
    store.close()
    assert set(acknowledged) <= kept


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "store.db"
    path.write_text(
        "this is a letter, not a database, and it is long enough to be read as one " * 20
    )
    before = path.read_bytes()
    with pytest.raises(StoreError, match="expected"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_missing_record_is_not_created_by_reading(tmp_path):
    with pytest.raises(StoreError, match="run the campaign first"):
        Store.open(tmp_path / "store.db", create=False)
    assert not (tmp_path / "store.db").exists()


def test_another_schema_version_is_refused(store, tmp_path):
    store.close()
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("update schema set version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="schema version"):
        Store.open(tmp_path / "store.db")
