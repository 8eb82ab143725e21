"""Whether the health of a campaign tells how far its laboratory's model can be believed."""

import math
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import standings
import torch

from loop.health import Health, State, bench, cells, figures, measure, trust
from loop.laboratory.batches import Batches
from loop.laboratory.bench import Bench
from loop.objective import Goal, Objective
from loop.projection import round_metrics
from loop.report import write_report
from loop.standing import standing
from molecules import VOCABULARY, Label, Molecule
from molecules.bench import BenchChange
from molecules.store import Store
from oracles.lab.cells import Cell
from oracles.lab.laboratory import Laboratory
from surrogates.effects import PRIOR_MEAN, unpack
from surrogates.laboratory import WIDTHS, LaboratoryModel

torch.set_num_threads(1)
LIFETIME = VOCABULARY["lifetime_ratio"]
DOSE = 0.05
NOISE = 0.12
CHAINS = ("C", "CC", "CCC", "CC(C)", "C1CC1", "CCOC", "c1ccccc1", "CC(F)")
GROUPS = ("O", "N", "C#N", "C(=O)O", "C(N)=O", "S(C)(=O)=O")
MOLECULES = sorted({Molecule.from_smiles(c + g) for c in CHAINS for g in GROUPS})
BATCHES = tuple(f"b{i}" for i in range(6))


def blank():
    return LaboratoryModel([LIFETIME.name], reference={"additive_molar": DOSE})


def cell(molecule, value, batch, std=NOISE, is_bound=False, oracle="lab", dose=DOSE, **more):
    conditions = (("cell", "c"), ("batch", batch), ("additive_molar", dose), *more.items())
    return Label(molecule, LIFETIME, value, std, oracle, is_bound, conditions)


def simulated(seed, noise=NOISE, stopped=math.inf):
    """Six batches of four molecules, three cells each, drawn from the model's own prior.

    Cells are taken off where they reach `stopped`; their labels claim the error `NOISE`.
    """
    draw = np.random.default_rng(seed)
    doses = torch.full((len(MOLECULES),), DOSE, dtype=torch.float64)
    _, K = blank().joint(LIFETIME.name, MOLECULES, doses)
    root = np.linalg.cholesky(K.numpy() + 1e-9 * np.eye(len(MOLECULES)))
    effect = root @ draw.normal(size=len(MOLECULES))
    offset = math.sqrt(unpack(PRIOR_MEAN, WIDTHS[LIFETIME.name], False).batch)
    order = draw.permutation(len(MOLECULES))
    labels = []
    for b, batch in enumerate(BATCHES):
        shared = offset * draw.normal()
        for i in order[4 * b : 4 * b + 4]:
            for n in range(3):
                value = effect[i] + shared + noise * draw.normal()
                is_bound = bool(value > stopped)
                labels.append(
                    cell(MOLECULES[i], min(value, stopped), batch, is_bound=is_bound, n=n)
                )
    return labels


def batches(labels):
    return Batches.of(labels, BATCHES, blank)


def told(model, labels):
    return list(cells.predictions(model, labels, np.random.default_rng(0)))


@pytest.mark.parametrize("stopped", [math.inf, 0.0])
def test_a_bench_that_is_as_the_model_believes_is_called_calibrated(stopped):
    rows = []
    for seed in range(6):
        some = batches(simulated(seed, stopped=stopped))
        rows += trust.trust([p for i in range(1, 6) for p in cells.foretold(some, i)])
    assert {(row.tier, row.origin, row.n) for row in rows} == {("lab", trust.ALL, 60)}
    assert np.mean([row.coverage_50 for row in rows]) == pytest.approx(0.5, abs=0.1)
    assert np.mean([row.coverage_90 for row in rows]) == pytest.approx(0.9, abs=0.06)
    assert np.mean([row.z_spread for row in rows]) == pytest.approx(1.0, abs=0.15)
    assert sum(row.is_overconfident for row in rows) <= 1


def test_cells_that_scatter_more_than_they_claim_are_told_with_what_to_do():
    found = bench.hindcast(batches(simulated(0, noise=0.8)))
    (row,) = found.trusts
    assert row.tier == "lab" and row.n == 60 and row.n_molecules == 20
    assert row.is_overconfident and row.z_spread > 1.5
    check = bench.check(found)
    assert check.state == State.ACT
    assert "too sure" in check.found
    assert "oracles.lab.largest_trust" in check.advice and "do=withdraw" in check.advice


def test_what_comes_later_changes_no_earlier_prediction():
    labels = simulated(1)
    later = {BATCHES[4], BATCHES[5]}
    moved = [
        replace(x, value=x.value + 3.0) if dict(x.conditions)["batch"] in later else x
        for x in labels
    ]
    before, after = (
        [[p.forecast for p in cells.foretold(batches(some), i)] for i in range(1, 6)]
        for some in (labels, moved)
    )
    assert before[:3] == after[:3]
    # Its own values do not move what is predicted of a batch, only those of batches before it.
    means = [[[f.mean for f in found] for found in some] for some in (before, after)]
    assert means[0][3] == means[1][3]
    assert all(a != b for a, b in zip(means[0][4], means[1][4], strict=True))


def test_the_first_batch_and_those_long_ago_are_not_predicted(monkeypatch):
    labels = simulated(2)
    first = bench.hindcast(batches(labels[:12]))
    assert first.trusts == () and bench.check(first).state == State.UNKNOWN
    monkeypatch.setattr(bench, "LAST", 2)
    assert bench.hindcast(batches(labels)).trusts[0].n == 24


def test_the_order_of_batches_is_that_of_import_whenever_their_labels_were_written():
    labels = simulated(3)
    recomputed = [*labels[12:], *labels[:12]]
    assert batches(recomputed).labels == batches(labels).labels
    unknown = Batches.of([cell(MOLECULES[0], 0.1, "z"), *labels], BATCHES, blank)
    assert len(unknown.labels[-1]) == 1


def test_a_cell_is_predicted_under_its_own_conditions():
    model = blank()
    model.fit(
        [cell(m, 0.8, "a", n=n) for m in MOLECULES[:4] for n in range(3)]
        + [cell(m, 0.0, "b", protocol="fast", n=n) for m in MOLECULES[:4] for n in range(3)]
    )
    (plain, fast, weak), stds = model.foresee(
        [
            cell(MOLECULES[5], 9.0, "new"),
            cell(MOLECULES[5], 9.0, "new", protocol="fast"),
            cell(MOLECULES[5], 9.0, "new", dose=1e-6),
        ]
    )
    assert plain > fast and abs(weak) < 0.1 * plain
    # At the reference it is the usual prediction, and the offset of a new batch in its deviation.
    mean, std = model.predict(LIFETIME.name, [MOLECULES[5]], torch.tensor([[DOSE]]).double())
    assert float(plain) == pytest.approx(float(mean))
    offset = model._hyperparameters(LIFETIME.name).batch
    assert float(stds[0]) ** 2 == pytest.approx(float(std) ** 2 + float(offset))


def test_a_bound_counts_by_the_part_of_the_prediction_that_it_leaves():
    model = blank()
    labels = [cell(MOLECULES[0], x, "b", is_bound=True) for x in (-9.0, 0.5, 9.0)] * 300
    values = np.array([p.forecast.value for p in told(model, labels)]).reshape(-1, 3)
    assert (values >= [-9.0, 0.5, 9.0]).all() and np.isfinite(values).all()
    assert values[:, 0].mean() == pytest.approx(0.0, abs=0.1)  # it says nothing
    assert values[:, 2].max() < 9.5  # it says all


def test_leaving_molecules_out_tells_what_structure_teaches():
    levels = {m: 0.8 if "N" in m.smiles else -0.4 for m in MOLECULES}
    draw = np.random.default_rng(0)
    labels = [cell(m, levels[m] + 0.1 * draw.normal(), BATCHES[i % 6]) for i, m in
              enumerate(MOLECULES[:30])]  # fmt: skip
    shuffled = [replace(a, molecule=b.molecule) for a, b in
                zip(labels, draw.permutation(np.array(labels, dtype=object)), strict=True)]  # fmt: skip
    learned, by_chance = (cells.left_out(batches(x))[LIFETIME.name] for x in (labels, shuffled))
    assert learned < 0.7 < 0.9 < by_chance
    assert cells.left_out(batches(labels[: cells.FEWEST - 1])) == {}
    assert cells.left_out(batches([replace(x, value=0.1) for x in labels[:6]])) == {}
    poor = replace(bench.hindcast(batches(labels)), left_out={LIFETIME.name: 1.1})
    assert bench.check(poor).state == State.WATCH
    assert "lifetime ratio" in bench.check(poor).advice


def laboratory():
    reference = {
        "cell_type": "Zn||Zn", "protocol": "plain", "base_salt": "ZnSO4", "base_molar": 2.0,
        "temperature_C": 25.0, "current_mA_cm2": 1.0, "capacity_mAh_cm2": 1.0,
    }  # fmt: skip
    doses = {"low": 0.001, "high": 1.0, "first": [0.01, 0.1]}
    goal = Goal("lifetime", "maximize", -0.3, 1.0, quantity=LIFETIME.name)
    return Bench({"lifetime": goal}, Laboratory(reference=reference, doses=doses))


def control(batch):
    return Cell(
        f"{batch}-1", batch, batch, True, 1, "ZnSO4", "2 M", 2.0, 100.0, "Zn||Zn", 25.0, 1.0, 1.0,
        "plain",
    )  # fmt: skip


def stand(folder, labels):
    with closing(Store.open(folder / "store.db")) as store:
        standings.fill(store, 3)
        tested = {f"{batch}-1": control(batch).to_json() for batch in BATCHES}
        store.bench.commit(BenchChange(cells=tested), "sheet")
        withdrawn = {f"{BATCHES[0]}-1": "a short"}  # and came again: its batch is the first still
        again = {f"{BATCHES[0]}-1": replace(control(BATCHES[0]), note="mended").to_json()}
        store.bench.commit(BenchChange(withdrawn_cells=withdrawn), "withdrawal")
        # The last batch first, as where labels were computed again.
        store.bench.commit(BenchChange(cells=again, labels=labels[::-1]), "another sheet")
        return standing("x", Objective(standings.GOALS), store, bench=laboratory())


def test_the_report_and_mlflow_tell_it(tmp_path):
    labels = simulated(0, noise=0.8)
    where = stand(tmp_path, labels)
    assert [len(batch) for batch in where.batches.labels] == [12] * 6
    assert dict(where.batches.labels[0][0].conditions)["batch"] == BATCHES[0]
    health = measure(where)
    assert health.rows[-1].tier == "lab"
    assert "lab" not in {row.tier for row in health.trusts}  # it does not pause the computed rounds
    shown = round_metrics(where, where.progress[-1])
    assert shown["health/calibration/coverage_90 lab all"] == health.rows[-1].coverage_90
    assert {
        "health/calibration/coverage_50 lab all",
        "health/calibration/z_spread lab all",
        "health/left_out/lifetime_ratio",
    } <= set(shown)
    write_report(where, tmp_path)
    check = bench.check(health.hindcast)
    for name in ("report.html", "report.md"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "The model is too sure: 90 % is due." in text
        assert "Laboratory" in text
    assert check in health.checks


@pytest.mark.parametrize("oracle", ["none", "literature"])
def test_without_labels_of_its_own_the_laboratory_is_silent(tmp_path, oracle):
    labels = simulated(0) if oracle == "literature" else []
    where = stand(tmp_path, [replace(x, oracle=oracle) for x in labels])
    assert where.batches is None
    health = measure(where)
    assert health.hindcast is None
    assert bench.NAME not in {check.name for check in health.checks}
    assert not [name for name in figures(health) if "lab" in name or "lifetime" in name]
    write_report(where, tmp_path)
    assert "batches before theirs" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_the_literature_reports_is_no_batch(tmp_path):
    labels = simulated(0)[:24]
    reported = [replace(x, oracle="literature", value=5.0) for x in simulated(1)[:12]]
    (tmp_path / "both").mkdir()
    (tmp_path / "own").mkdir()
    both, own = stand(tmp_path / "both", labels + reported), stand(tmp_path / "own", labels)
    assert both.batches.labels == own.batches.labels


def test_bounds_are_counted_and_told():
    found = bench.hindcast(batches(simulated(0, stopped=0.0)))
    n = sum(x.censored for x in simulated(0, stopped=0.0)[12:])
    assert found.n_bounds == n > 0
    assert f"{n} of them bounds" in bench.check(found).found


def test_few_molecules_are_not_judged():
    found = bench.hindcast(batches(simulated(0, noise=0.8)[:18]))
    assert bench.check(found).state == State.UNKNOWN
    health = Health((), (), {}, None, None, None, found)
    assert set(figures(health)) >= {"health/calibration/coverage_90 lab all"}
