"""The health of a campaign, against values computed by hand."""

import itertools
import math
from dataclasses import replace

import pytest
import standings
import torch

from loop.health import State, baseline, feasibility, figures, learning, measure, stopping, trust
from loop.health.baseline import compare, expected_best
from loop.health.feasibility import Foresight, foresight, outcome, together
from loop.health.forecast import expected_gain
from loop.health.span import latest, until
from loop.health.stopping import Prospect
from loop.health.trust import Trust
from loop.hindsight import Prediction
from loop.objective import Goal, Objective
from molecules import VOCABULARY, Failure, Label, Molecule, Status
from molecules.store import Store
from surrogates.calibration import Forecast
from surrogates.gp import GaussianProcess

MOLECULES = [Molecule.from_smiles(smiles) for smiles, _ in standings.EXCHANGE.values()]


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return standings.stand(tmp_path_factory.mktemp("campaign"))


def prediction(value, std, molecule=0, tier="xtb", origin="library"):
    """A prediction of 0 +- `std` and its answer, exact."""
    return Prediction("homo", tier, origin, MOLECULES[molecule], Forecast(0.0, std, value))


def row(**changes):
    """A tier whose error bars are right."""
    return replace(Trust("xtb", "all", 100, 100, 0.5, 0.9, 0.0, 1.0), **changes)


def test_trust_counts_intervals_and_spread_by_hand():
    # z = 0, 1, -2, 3: within 0.674 one of four, within 1.645 two of four.
    found = [prediction(0.0, 1.0, 0), prediction(2.0, 2.0, 1), prediction(-1.0, 0.5, 1)]
    found.append(prediction(9.0, 3.0, 2, origin="generated"))
    whole, generated, library = trust.trust(found)
    assert (whole.origin, generated.origin, library.origin) == ("all", "generated", "library")
    assert (whole.n, whole.n_molecules, library.n, library.n_molecules) == (4, 3, 3, 2)
    assert (whole.coverage_50, whole.coverage_90) == (0.25, 0.5)
    assert whole.z_mean == pytest.approx((0 + 1 - 2 + 3) / 4)
    assert whole.z_spread == pytest.approx(math.sqrt((0 + 1 + 4 + 9) / 4))
    assert generated.z_spread == pytest.approx(3.0)


def test_error_of_the_answer_widens_the_interval():
    told = Forecast(0.0, 0.3, 1.0, 0.4)  # sigma 0.5
    (whole, _) = trust.trust([Prediction("homo", "xtb", "library", MOLECULES[0], told)])
    assert whole.z_spread == pytest.approx(2.0)


def test_tiers_are_judged_apart_and_certain_forecasts_not_at_all():
    found = [prediction(0.0, 1.0), prediction(5.0, 1.0, tier="dft"), prediction(1.0, 0.0)]
    assert [(t.tier, t.origin, t.n) for t in trust.trust(found)] == [
        *(("dft", "all", 1), ("dft", "library", 1)),
        *(("xtb", "all", 1), ("xtb", "library", 1)),
    ]


@pytest.mark.parametrize(
    ("n_molecules", "coverage_90", "is_bold"),
    [
        (100, 0.85, False),  # two standard errors below 0.9 are 0.84
        (100, 0.83, True),
        (25, 0.83, False),  # 0.78
        (7, 0.0, False),  # too few to say
    ],
)
def test_overconfidence_is_what_chance_does_not_explain(n_molecules, coverage_90, is_bold):
    assert row(n_molecules=n_molecules, coverage_90=coverage_90).is_overconfident == is_bold


def test_check_of_error_bars_says_whom_not_to_trust():
    bold = row(origin="generated", coverage_90=0.6)
    assert trust.check([row()], []).state == State.GOOD
    assert trust.check([], []).state == State.UNKNOWN
    assert trust.check([row(n_molecules=3)], []).state == State.UNKNOWN
    assert trust.check([row(coverage_50=0.7)], []).state == State.WATCH
    told = trust.check([row()], [bold])
    assert told.state == State.ACT
    assert "lately too sure about xtb of generated molecules: 60 %" in told.found


def test_span_keeps_the_beliefs_of_its_rounds(where):
    assert {n for e in where.entries for n in e.chosen_in} == {1, 2, 3}
    first = until(where, 1)
    assert {n for e in first.entries for n in e.chosen_in} == {1}
    assert [r.round for r in first.progress] == [1]
    assert len(trust.predictions(latest(where, 2))) == 2 * standings.PER_ROUND
    assert len(latest(where, 2).entries) == len(where.entries)


def test_foresight_by_hand():
    # Foreseen: a number (came), a number (half came), none (none came).
    found = foresight([(0.9, 1.0), (0.8, 0.5), (0.2, 0.0)])
    assert found.n == 3
    assert found.accuracy == pytest.approx((1 + 0.5 + 1) / 3)
    assert found.brier == pytest.approx((0.01 + 0.5 * 0.04 + 0.5 * 0.64 + 0.04) / 3)
    assert found.rate == pytest.approx(0.5)
    assert found.base_brier == pytest.approx(0.25)
    assert foresight([]) is None


def test_rounds_together_are_the_foresight_of_all_their_molecules():
    pairs = [(0.9, 1.0), (0.8, 0.5), (0.2, 0.0), (0.6, 1.0)]
    parts = [foresight(pairs[:1]), foresight(pairs[1:])]
    assert vars(together(parts)) == pytest.approx(vars(foresight(pairs)))
    assert together([]) is None


def test_outcome_of_a_round_is_read_from_the_record(tmp_path):
    store = Store.open(tmp_path / "store.db")
    good, half, bad, other = MOLECULES[:4]
    for molecule in (good, half, other):
        store.add(Label(molecule, VOCABULARY["homo"], -11.0, 0.0, "xtb"), 1)
    store.add(Failure(half, "xtb", Status.DONOR_LOST, "", "zn_exchange_energy"), 1)
    store.add(Failure(good, "xtb", Status.NOT_APPLICABLE, "", "hydration_free_energy"), 1)
    store.add(Failure(bad, "xtb", Status.CRASHED, ""), 1)
    store.add(Failure(good, "dft", Status.CRASHED, ""), 1)
    expected = {good.smiles: 0.9, half.smiles: 0.9, bad.smiles: 0.9}
    noted = outcome(expected, store.records(), ["homo", "zn_exchange_energy"], upper=["dft"])
    store.close()
    assert noted == {
        "health/feasibility/n": 3.0,
        "health/feasibility/accuracy": pytest.approx((1 + 0.5 + 0) / 3),
        "health/feasibility/brier": pytest.approx((0.01 + 0.5 * (0.01 + 0.81) + 0.81) / 3),
        "health/feasibility/rate": pytest.approx(0.5),
    }
    assert outcome({}, [], []) == {}


def test_check_of_feasibility_compares_with_the_rate_alone():
    good = Foresight(20.0, 0.95, 0.05, 0.8)
    assert feasibility.check(good).state == State.GOOD
    assert feasibility.check(replace(good, brier=0.2)).state == State.WATCH
    assert feasibility.check(replace(good, brier=0.2, rate=1.0)).state == State.GOOD
    assert feasibility.check(None).state == State.UNKNOWN


def test_expected_best_is_the_mean_over_all_draws():
    scores = [0.1, 0.9, 0.4, 0.4, 0.7]
    draws = list(itertools.combinations(scores, 3))
    assert expected_best(scores, 3) == pytest.approx(sum(map(max, draws)) / len(draws))
    assert expected_best(scores, 5) == 0.9
    assert expected_best(scores, 1) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="1 to 5"):
        expected_best(scores, 6)


def test_baseline_by_hand():
    found = compare([0.2, 0.4], [0.5, 0.7, 0.9])
    assert found.gain == pytest.approx(0.4)
    assert found.error == pytest.approx(math.sqrt(0.02 / 2 + 0.04 / 3))
    assert found.start_best == 0.4
    assert found.chosen_best == pytest.approx((0.7 + 0.9 + 0.9) / 3)
    assert compare([0.2], [0.5, 0.7]) is None


def test_a_call_without_a_score_counts_as_nothing(where):
    broken = replace(where, entries=tuple(replace(e, score=None) for e in where.entries))
    assert baseline.scores_of(broken, 1, 1) == [0.0] * standings.PER_ROUND


def test_check_of_the_baseline():
    start = [0.2, 0.3, 0.2, 0.3]
    assert baseline.check(compare(start, [0.8, 0.9, 0.8, 0.9])).state == State.GOOD
    assert baseline.check(compare(start, [0.2, 0.3, 0.2, 0.31])).state == State.WATCH
    assert baseline.check(compare(start, [0.1, 0.1, 0.2, 0.2])).state == State.ACT
    assert baseline.check(None).state == State.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "is_bold", "first_word"),
    [
        ({}, False, "Go"),
        ({"n_rounds": 3}, False, "Go"),
        ({"score_gain": 0.0, "expected_gain": 0.001}, False, "Go"),  # the front still grows
        ({"score_gain": 0.0, "expected_gain": 0.05, "hypervolume_gain": 0.0}, False, "Go"),
        ({"score_gain": 0.0, "expected_gain": 0.001, "hypervolume_gain": 0.0}, False, "Stop"),
        ({"score_gain": 0.0, "expected_gain": None, "hypervolume_gain": 0.0}, False, "Stop"),
        ({}, True, "Pause"),
    ],
)
def test_stopping_advice(changes, is_bold, first_word):
    found = replace(Prospect(8, 0.10, 0.05, 0.03, {"xtb": 300.0}), **changes)
    told = stopping.check(found, is_bold)
    assert told.advice.split()[0].strip(":,") == first_word
    assert "5.0 min of xtb" in told.found


def test_prospect_by_hand(where):
    found = stopping.prospect(where)
    first, last = where.progress[0], where.progress[-1]
    assert found.score_gain == pytest.approx(last.best_score - first.best_score)
    grown = last.hypervolume - first.hypervolume
    assert found.hypervolume_gain == pytest.approx(grown / last.hypervolume)
    # Twelve labels of 30 s in three rounds; what was asked outside of them is no price of a round.
    assert found.seconds == {"xtb": pytest.approx(120.0)}
    assert stopping.prospect(standings.empty()) is None


def test_learning_reads_the_latest_note(where):
    noted = replace(where.progress[1], metrics={"health/left_out/homo": 0.4, "pool/size": 9.0})
    told = replace(where, progress=(where.progress[0], noted, where.progress[2]))
    assert learning.left_out(told) == {"homo": 0.4}
    assert learning.check({"homo": 0.4, "gap": 0.6}).state == State.GOOD
    assert learning.check({"homo": 0.4, "gap": 1.1}).state == State.WATCH
    assert learning.check({"homo": 1.2}).state == State.ACT
    assert learning.check(learning.left_out(where)).state == State.UNKNOWN


def test_left_out_error_is_that_of_molecules_really_left_out():
    surrogate = GaussianProcess(["zn_exchange_energy"])
    quantity = VOCABULARY["zn_exchange_energy"]
    values = [value for _, value in standings.EXCHANGE.values()]
    labels = [Label(m, quantity, v, 0.5, "xtb") for m, v in zip(MOLECULES, values, strict=True)]
    surrogate.fit(labels, [])
    belief = surrogate._knowledge.beliefs[0]
    K = torch.linalg.inv(belief.whitening.T @ belief.whitening)
    y, n = belief.values, len(values)
    model, mean = [], []
    for i in range(n):
        rest = [j for j in range(n) if j != i]
        weights = torch.linalg.solve(K[rest][:, rest], y[rest] - belief.level.centre)
        model.append(y[i] - belief.level.centre - K[i, rest] @ weights)
        mean.append(y[i] - y[rest].mean())
    expected = (torch.stack(model).square().sum() / torch.stack(mean).square().sum()).sqrt()
    found = surrogate.left_out_errors()
    assert found == {"zn_exchange_energy": pytest.approx(float(expected), rel=1e-6)}
    surrogate.fit(labels[:2], [])
    assert surrogate.left_out_errors() == {}


def test_expected_gain_of_one_molecule_is_expected_improvement():
    """A score that is linear in one normal quantity: (m - b) Phi(u) + s phi(u)."""
    quantity = VOCABULARY["homo"]
    surrogate = GaussianProcess(["homo"])
    surrogate.fit(
        [Label(m, quantity, -10.0 - i, 0.1, "xtb") for i, m in enumerate(MOLECULES[:5])], []
    )
    objective = Objective({"homo": Goal("homo", "maximize", -60.0, 40.0)})
    new = MOLECULES[7]
    mean, std = (float(x) for x in surrogate.predict([new]))
    m, s, best = (mean + 60.0) / 100.0, std / 100.0, (mean + 60.0) / 100.0 + 0.5 * std / 100.0
    u = torch.tensor((m - best) / s)
    normal = torch.distributions.Normal(0.0, 1.0)
    truth = (m - best) * normal.cdf(u) + s * normal.log_prob(u).exp()
    found = expected_gain(objective, surrogate, [new], best)
    assert found == pytest.approx(float(truth), rel=0.02)
    assert expected_gain(objective, surrogate, [new, MOLECULES[8]], best) > found


def test_measure_and_figures_of_a_campaign(where):
    health = measure(where)
    assert [check.name for check in health.checks][:2] == ["Another round?", "Error bars"]
    assert all(check.found and check.advice for check in health.checks)
    shown = figures(health)
    assert shown["health/calibration/coverage_90 xtb library"] == 1.0
    # Every prediction is 1.0 too high with sigma (1.5, 0.7).
    assert shown["health/calibration/z_spread xtb all"] == pytest.approx(1.0 / math.hypot(1.5, 0.7))
    assert all(math.isfinite(value) for value in shown.values())
    assert figures(measure(standings.empty())) == {}
