"""Laws of the belief about the laboratory."""

import random
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from lab_cells import DOSE, HYDROGEN, NAME, believed, cell, fitted, simulated
from scipy.stats import spearmanr

from surrogates.laboratory import Computed, LaboratoryModel, levels_of
from surrogates.level import Level


def test_without_labels_nothing_helps_and_nobody_knows(many):
    mean, std = believed(fitted([]), many)
    assert torch.equal(mean, torch.zeros(len(many)).double())
    assert torch.allclose(std, std[0]) and 0.2 < float(std[0]) < 1.0


def test_without_additive_the_effect_is_exactly_zero(many):
    for labels in ([], [cell(many[0], 0.8), cell(many[1], 0.5)]):
        mean, std = believed(fitted(labels), many, dose=0.0)
        assert float(mean.abs().max()) == 0.0 and float(std.max()) == 0.0


def test_the_order_of_labels_does_not_matter(many):
    labels, unseen, _ = simulated(many, 0, 20)
    shuffled = random.Random(0).sample(labels, len(labels))
    for a, b in zip(
        believed(fitted(labels), unseen), believed(fitted(shuffled), unseen), strict=True
    ):
        assert torch.equal(a, b)


def test_a_withdrawn_label_restores_the_former_belief(many):
    labels, unseen, _ = simulated(many, 1, 12)
    model = fitted(labels)
    before = believed(model, unseen)
    model.fit([*labels, cell(many[3], 1.2, batch="b9")])
    assert not torch.equal(believed(model, unseen)[0], before[0])
    model.fit(labels)
    assert all(torch.equal(a, b) for a, b in zip(believed(model, unseen), before, strict=True))


@pytest.mark.parametrize("sign", [1, -1])
def test_bounds_move_the_mean_their_way_and_less_than_values(many, sign):
    value = 0.4 * sign
    around = [cell(m, 0.0, batch="b0") for m in many[50:54]]
    nothing, bound, exact, opposite = (
        float(believed(fitted([*around, *extra]), many[:1])[0])
        for extra in (
            [],
            [cell(many[0], value, side=sign)],
            [cell(many[0], value)],
            [cell(many[0], value, side=-sign)],
        )
    )
    assert 0 < (bound - nothing) * sign
    assert abs(opposite - nothing) < 0.5 * abs(bound - nothing)  # a bound that tells little
    reached = cell(many[0], -value, side=sign)
    assert (float(believed(fitted([*around, reached]), many[:1])[0]) - nothing) * sign < (
        bound - nothing
    ) * sign
    assert (exact - nothing) * sign > 0


def test_a_bound_leaves_more_doubt_than_a_value(many):
    exact, bound = (fitted([cell(many[0], 0.4, side=s)]) for s in (0, 1))
    assert believed(bound, many[:1])[1] > believed(exact, many[:1])[1]


def test_a_bound_that_a_value_exceeds_adds_little(many):
    known = [cell(many[0], 0.8), cell(many[0], 0.85)]
    plain, bounded = (
        believed(fitted(known + extra), many[:1]) for extra in ([], [cell(many[0], 0.1, side=1)])
    )
    assert float((plain[0] - bounded[0]).abs()) < 0.02


def test_replicates_sharpen_the_belief_and_a_batch_limits_how_far(many):
    def std(batches):
        labels = [cell(many[0], 0.5 + 0.01 * k, batch=b) for k, b in enumerate(batches)]
        return float(believed(fitted(labels), many[:1])[1])

    assert std(["b1"]) > std(["b1"] * 3) > std(["b1", "b2", "b3"])


def test_an_offset_of_a_whole_batch_is_recognised(many):
    """Molecules measured in two batches, one of which reads 0.4 higher: the belief lies between,
    and one tested only in the high batch is believed to be less than it read."""
    both = many[:12]
    labels = [cell(m, 0.1, batch="low", std=0.03) for m in both]
    labels += [cell(m, 0.5, batch="high", std=0.03) for m in both]
    labels.append(cell(many[60], 0.5, batch="high", std=0.03))
    mean, _ = believed(fitted(labels), [*both, many[60]])
    assert ((mean > 0.15) & (mean < 0.45)).all()


@pytest.mark.parametrize(("n", "low"), [(5, 0.78), (20, 0.78)])
def test_few_labels_leave_honest_error_bars(many, n, low):
    covered = []
    for seed in range(8):
        labels, unseen, y = simulated(many, seed, n)
        mean, std = believed(fitted(labels), unseen)
        covered.append((np.abs(y - mean.numpy()) < 1.645 * std.numpy()).mean())
    assert low < np.mean(covered) <= 0.99


def test_fifty_labels_rank_molecules_nobody_tested(many):
    ranks = []
    for seed in range(3):
        labels, unseen, y = simulated(many, seed, 50)
        ranks.append(spearmanr(believed(fitted(labels), unseen)[0], y).statistic)
    assert np.mean(ranks) > 0.5


def test_what_is_computed_tells_where_structure_does_not(many):
    draw = np.random.default_rng(0)
    x = dict(zip(many, draw.normal(size=len(many)), strict=True))  # unlike any structure
    computed = Computed(lambda ms: torch.tensor([[x[m], 0.0] for m in ms]), (Level(0.0, 1.0),) * 2)
    labels = [cell(m, 0.4 * x[m], batch=str(i // 5)) for i, m in enumerate(many[:50])]
    truth = [x[m] for m in many[50:]]
    with_it, without = (
        spearmanr(believed(fitted(labels, computed=c), many[50:])[0], truth).statistic
        for c in (computed, None)
    )
    assert with_it > 0.6 > without + 0.2


def test_computed_quantities_count_on_their_own_scales(many):
    means = torch.rand(len(many), 2, dtype=torch.float64)
    table = dict(zip(many, means, strict=True))

    def read(factor):
        f = torch.tensor(factor, dtype=torch.float64)
        return Computed(lambda ms: f * torch.stack([table[m] for m in ms]), levels_of(f * means))

    labels, unseen, _ = simulated(many, 2, 15)
    small, large = (
        believed(fitted(labels, computed=read(f)), unseen)[0] for f in ([1.0, 1.0], [1e3, 1e-3])
    )
    assert torch.allclose(small, large, atol=1e-6)


def test_a_computed_mean_that_is_no_number_is_refused(many):
    broken = Computed(lambda ms: torch.full((len(ms), 1), float("nan")), (Level(0.0, 1.0),))
    with pytest.raises(ValueError, match="finite"):
        fitted([cell(many[0], 0.1)], computed=broken)


def test_quantities_are_learned_apart(many):
    lifetime = [cell(many[0], 0.5)]
    both = fitted([*lifetime, cell(many[0], -0.4, quantity=HYDROGEN)], (NAME, HYDROGEN.name))
    assert torch.equal(believed(both, many)[0], believed(fitted(lifetime), many)[0])
    assert float(believed(both, many[:1], quantity=HYDROGEN.name)[0]) < -0.1
    assert (both.n_labels(NAME), both.n_labels(HYDROGEN.name)) == (1, 1)


def test_flipping_the_sign_of_labels_and_bounds_flips_the_mean_and_nothing_else(many):
    labels, unseen, _ = simulated(many, 3, 15)
    flipped = [
        cell(x.molecule, -x.value, batch=dict(x.conditions)["batch"], side=-1 if x.censored else 0)
        for x in labels
    ]
    plus, minus = believed(fitted(labels), unseen), believed(fitted(flipped), unseen)
    assert torch.allclose(plus[0], -minus[0], atol=1e-4)
    assert torch.allclose(plus[1], minus[1], atol=1e-4)


def test_a_literature_row_without_conditions_counts_as_one_at_the_reference(many):
    bare = replace(cell(many[0], 0.5), conditions=())
    stated = replace(bare, conditions=(("additive_molar", DOSE), ("temperature_C", 25.0)))
    assert torch.equal(*(believed(fitted([x]), many)[0] for x in (bare, stated)))


def test_a_test_under_other_conditions_tells_less(many):
    here, there = (
        float(believed(fitted([cell(many[0], 0.8, **more)]), many[:1])[0])
        for more in ({}, {"current_mA_cm2": 10.0, "cell_type": "full"})
    )
    assert 0 < there < here


def test_a_test_at_another_dose_tells_less(many):
    near, far = (
        float(believed(fitted([cell(many[0], 0.8, dose=d)]), many[:1])[0]) for d in (0.05, 0.001)
    )
    assert 0 < far < near


def test_the_joint_belief_has_the_marginals_of_predict(many):
    labels, unseen, _ = simulated(many, 4, 15)
    model = fitted(labels)
    doses = torch.logspace(-3, -0.5, len(unseen), dtype=torch.float64)
    mean, covariance = model.joint(NAME, unseen, doses)
    expected = model.predict(NAME, unseen, doses[:, None])
    assert torch.allclose(mean, expected[0][:, 0])
    assert torch.allclose(covariance.diagonal(), expected[1][:, 0].square(), atol=1e-9)
    assert torch.linalg.eigvalsh(covariance).min() > -1e-9


def test_two_hundred_labels_are_learned_within_seconds(many):
    labels = [x for seed in range(4) for x in simulated(many, seed, 50)[0]]
    start = time.process_time()
    fitted(labels)
    assert time.process_time() - start < 5.0


def test_unknown_quantities_and_quantities_named_twice_are_refused(many):
    with pytest.raises(ValueError, match="each name once"):
        LaboratoryModel((NAME, NAME))
    with pytest.raises(ValueError, match="expected some of"):
        LaboratoryModel(("charm",))
