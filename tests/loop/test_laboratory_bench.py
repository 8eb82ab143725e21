"""The bench among the labels of a record: whose they are, and which of them it learns from."""

from dataclasses import replace

import pytest
from standings import GOALS, fill

import surrogates.laboratory
from loop.laboratory.bench import Bench
from loop.laboratory.choosing import choose
from loop.laboratory.literature import LITERATURE
from loop.laboratory.revision import revise
from loop.objective import Goal, Objective
from loop.standing import standing
from molecules import VOCABULARY, Label, Molecule
from molecules.bench import BenchChange
from molecules.store import Store
from oracles.lab.laboratory import Laboratory

REFERENCE = {
    "cell_type": "Zn||Zn",
    "protocol": "plain",
    "base_salt": "ZnSO4",
    "base_molar": 2.0,
    "temperature_C": 25.0,
    "current_mA_cm2": 1.0,
    "capacity_mAh_cm2": 1.0,
}
UREA, GLYCEROL = (Molecule.from_smiles(smiles) for smiles in ("NC(N)=O", "OCC(O)CO"))
STRANGERS = [Molecule.from_smiles("C" * n + "O") for n in range(2, 8)]


def label(molecule, value=0.5, oracle="lab", quantity="lifetime_ratio", **more):
    conditions = (("cell", "c1"), ("batch", "b1"), ("additive_molar", 0.1), *more.items())
    return Label(molecule, VOCABULARY[quantity], value, 0.1, oracle, conditions=conditions)


@pytest.fixture
def bench():
    doses = {"low": 0.001, "high": 1.0, "first": (0.01, 0.1)}
    goal = Goal("lifetime", "maximize", -0.3, 1.0, quantity="lifetime_ratio")
    return Bench({"lifetime": goal}, Laboratory(reference=REFERENCE, doses=doses))


@pytest.fixture
def store(tmp_path):
    with_store = Store.open(tmp_path / "store.db")
    yield with_store
    with_store.close()


def stand(store, bench):
    return standing("a bench", Objective(GOALS), store, bench=bench)


def test_only_what_the_laboratory_itself_has_tested_must_be_beaten(store, bench, monkeypatch):
    fill(store, 3)
    store.add(label(UREA))
    store.add(label(GLYCEROL, 1.3, LITERATURE))
    entries = stand(store, bench).entries
    given = {}

    def keep(trials, n, generator, made, pending):
        given.update(trials=trials, made=made)
        return []

    monkeypatch.setattr(bench, "choose", keep)
    choose(bench, entries, 3, (), {UREA}, None, {}, 0)
    assert [trial.molecule for trial in given["made"]] == [UREA]
    assert GLYCEROL in {trial.molecule for trial in given["trials"]}
    assert {trial.n_cells for trial in given["trials"]} == {bench.laboratory.replicates}


def test_quantities_without_a_goal_are_not_learned(store, bench, monkeypatch):
    learned, learn = [], surrogates.laboratory.learn
    monkeypatch.setattr(
        surrogates.laboratory, "learn", lambda *x: [learned.append(x), learn(*x)][1]
    )
    for quantity in ("lifetime_ratio", "corrosion", "hydrogen_rate"):
        store.add(label(UREA, quantity=quantity))
    assert len(stand(store, bench).entries[0].tested.labels) == 3
    assert len(learned) == 1


def test_molecules_without_computed_quantities_say_nothing_of_their_scales(
    store, bench, monkeypatch
):
    fill(store, 3)
    store.add(label(UREA))
    seen, learn = [], bench.learn
    monkeypatch.setattr(bench, "learn", lambda *x: [seen.append(x[2]), learn(*x)][1])
    stand(store, bench)
    for molecule in STRANGERS:
        store.add(label(molecule, oracle=LITERATURE))
    entries = stand(store, bench).entries
    assert seen[0] == seen[1]
    assert all(entry.tested for entry in entries if entry.molecule in STRANGERS)


def test_a_record_without_any_computed_quantity_still_teaches(store, bench):
    store.add(label(STRANGERS[0]))
    (entry,) = stand(store, bench).entries
    assert entry.tested.trust > 0.1


def test_labels_of_a_version_that_counted_no_controls_stay_as_they_are(store):
    told = {"controls": 3.0, "control_batch": "b0"}
    older = [label(UREA), label(GLYCEROL, cell="c2")]
    newer = [label(UREA, **told), label(GLYCEROL, cell="c2", **told)]
    store.bench.commit(BenchChange(labels=older), "march.csv")
    same = revise(store, "lab", newer)
    assert not same.labels() and not same.gone
    moved = revise(store, "lab", [replace(newer[0], value=0.4), newer[1]])
    assert moved.labels() == [replace(newer[0], value=0.4)]


def test_a_change_of_the_controls_is_a_change(store):
    store.bench.commit(BenchChange(labels=[label(UREA, controls=3.0)]), "march.csv")
    assert not revise(store, "lab", [label(UREA, controls=3.0)]).labels()
    assert revise(store, "lab", [label(UREA, controls=2.0)]).labels()
