import time

import numpy as np
import pytest
import torch
from lab_cells import DOSE, HYDROGEN, LIFETIME, NAME, cell, fitted, simulated

from surrogates.features import featurise, tanimoto
from surrogates.laboratory import LARGEST_TRUST, LaboratoryModel
from surrogates.opinion import NODES, Wish, combine, opine

LONG = Wish(NAME, lambda value: ((value + 0.3) / 1.5).clamp(0.0, 1.0))
QUIET = Wish(HYDROGEN.name, lambda value: ((0.3 - value) / 1.3).clamp(0.0, 1.0), weight=3.0)
BOTH = (NAME, HYDROGEN.name)


def opinion(labels, molecules, wishes=(LONG,), low=0.005, high=0.5):
    return opine(fitted(labels, BOTH), molecules, wishes, low, high)


def test_without_labels_there_is_no_trust_and_the_computed_score_stands(many):
    found = opinion([], many)
    assert torch.equal(found.trust, torch.zeros(len(many)).double())
    computed = torch.linspace(0, 1, len(many)).double()
    assert torch.equal(found.score(computed), computed)
    assert torch.allclose(found.best_dose, torch.full((len(many),), DOSE).double())


def test_labels_of_no_goal_give_no_trust(many):
    found = opinion([cell(many[0], -0.4, quantity=HYDROGEN)], many)
    assert torch.equal(found.trust, torch.zeros(len(many)).double())


def test_trust_grows_with_labels_and_is_largest_where_they_are(many):
    one = opinion([cell(many[0], 0.5)], many)
    four = opinion([cell(many[0], 0.5, batch=b) for b in "abcd"], many)
    assert 0 < one.trust[0] < four.trust[0] <= LARGEST_TRUST
    assert int(one.trust.argmax()) == 0
    assert (one.trust >= 0).all()


def test_a_good_result_raises_the_score_and_a_bad_one_lowers_it(many):
    computed = torch.full((len(many),), 0.5).double()
    good, bad = (opinion([cell(many[0], v)], many).score(computed)[0] for v in (1.0, -0.5))
    assert good > 0.5 > bad


@pytest.mark.parametrize("doses", [(DOSE,), (0.02, 0.1)])
def test_a_better_result_never_lowers_the_score(many, doses):
    """Also where it makes the tested dose the best one: what is known does not hang on the news."""
    computed = torch.full((1,), 0.8).double()
    found = [
        opinion([cell(many[0], v, dose=d) for d in doses], many[:1], low=0.001, high=1.0)
        for v in np.linspace(-0.6, 1.0, 33)
    ]
    scores = [float(one.score(computed)) for one in found]
    assert scores == sorted(scores)
    trusts = [float(one.trust) for one in found]
    assert max(trusts) - min(trusts) < 0.1


@pytest.mark.parametrize("elsewhere", [0.0, -1.0])
def test_a_quantity_nobody_has_measured_of_a_molecule_does_not_speak_for_it(many, elsewhere):
    quiet = Wish(HYDROGEN.name, QUIET.desirability)
    far = int(np.argmin(tanimoto(featurise(many[:1]), featurise(many))[0]))
    long = [cell(many[0], 1.2, batch=b) for b in "abc"]
    other = cell(many[far], elsewhere, quantity=HYDROGEN)
    both = [many[0], many[far]]
    score = opinion([*long, other], both, (LONG, quiet)).score(torch.full((2,), 0.6).double())
    assert score[0] > 0.65
    assert (score[1] > 0.6) == (elsewhere < 0)


def test_the_dose_that_was_best_is_proposed(many):
    doses = {0.005: 0.1, 0.02: 0.3, 0.07: 0.9, 0.5: 0.0}
    labels = [cell(many[0], v, dose=d, batch=str(d)) for d, v in doses.items()]
    assert 0.02 < float(opinion(labels, many[:1]).best_dose) < 0.3


def test_doses_stay_within_the_bounds_of_each_molecule(many):
    high = torch.linspace(0.02, 0.3, len(many)).double()
    found = opinion([cell(many[0], 0.5)], many, low=0.01, high=high)
    assert (found.best_dose >= 0.01 * (1 - 1e-9)).all()
    assert (found.best_dose <= high * (1 + 1e-9)).all()
    with pytest.raises(ValueError, match="0 < low <= high"):
        opinion([], many, low=0.0)


def test_desirability_is_an_expectation_and_no_plug_in(many):
    hard = Wish(NAME, lambda value: (value >= 0.0).double())
    found = opinion([cell(many[0], 0.05)], many[:1], [hard])
    mean, std = found.mean[NAME][0], found.std[NAME][0]
    chance = float(torch.special.ndtr(mean / std))
    assert float(found.desirability[0]) == pytest.approx(chance, abs=1 / len(NODES))


def test_several_goals_are_a_weighted_mean_of_those_with_labels(many):
    labels = [cell(many[0], 0.6), cell(many[0], -0.3, quantity=HYDROGEN)]
    one = opinion(labels[:1], many, (LONG, QUIET), low=DOSE, high=DOSE)
    assert torch.equal(one.trust, opinion(labels[:1], many, low=DOSE, high=DOSE).trust)
    both = opinion(labels, many, (LONG, QUIET), low=DOSE, high=DOSE)
    long, quiet = (opinion(labels, many, (w,), low=DOSE, high=DOSE) for w in (LONG, QUIET))
    assert torch.allclose(both.trust, (long.trust + 3 * quiet.trust) / 4)
    assert set(both.mean) == set(BOTH)


def test_expected_geometric_means_agree_with_sampling(many):
    labels = [cell(many[0], 0.6), cell(many[0], -0.3, quantity=HYDROGEN)]
    found = opinion(labels, many[:1], (LONG, QUIET))
    draw = torch.Generator().manual_seed(0)
    d = []
    for wish in (LONG, QUIET):
        z = torch.randn(200_000, generator=draw, dtype=torch.float64)
        values = found.mean[wish.quantity] + found.std[wish.quantity] * z
        d.append(wish.desirability(values).clamp(min=1e-3) ** (wish.weight / 4))
    assert float(found.desirability[0]) == pytest.approx(float((d[0] * d[1]).mean()), abs=0.01)


def test_two_wishes_about_one_quantity_share_its_values(many):
    labels = [cell(many[0], 0.6)]
    twice, once = (opinion(labels, many, wishes) for wishes in ((LONG, LONG), (LONG,)))
    assert torch.allclose(twice.desirability, once.desirability)


def test_the_combined_score_lies_between_the_two():
    computed, lab = torch.tensor([0.2, 0.9]), torch.tensor([0.8, 0.1])
    found = combine(computed, lab, torch.tensor([0.5, 0.5]))
    assert torch.allclose(found, (computed * lab).sqrt())


def test_thousands_of_molecules_are_judged_within_two_seconds(many):
    labels = [x for seed in range(4) for x in simulated(many, seed, 50)[0]]
    model = fitted(labels)
    start = time.process_time()
    opine(model, many * 50, [LONG], 0.005, 0.5)
    assert time.process_time() - start < 2.5


def test_a_label_moves_only_what_it_bears_on(many):
    """Trust far from a single label stays near zero: the computed score keeps the word."""
    found = opinion([cell(many[0], 1.0)], many)
    assert float(np.median(found.trust)) < 0.25 * float(found.trust[0])


def test_censored_results_alone_give_trust_too(many):
    model = LaboratoryModel([LIFETIME.name])
    model.fit([cell(many[0], 0.7, side=1)])
    found = opine(model, many[:1], [LONG], 0.005, 0.5)
    assert 0 < float(found.trust) < LARGEST_TRUST and float(found.mean[NAME]) > 0.1
