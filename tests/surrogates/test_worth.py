import pytest
import torch
from lab_cells import DOSE, HYDROGEN, NAME, cell, fitted

from surrogates.opinion import Wish
from surrogates.worth import Trial, choose, doubt

LONG = Wish(NAME, lambda value: ((value + 0.3) / 1.5).clamp(0.0, 1.0))


def trials(molecules, computed=0.5, cost=1.0):
    return [Trial(m, DOSE, computed, cost) for m in molecules]


def chosen(model, options, n, **more):
    picked = choose(model, options, n, [LONG], torch.Generator().manual_seed(0), **more)
    return [c.trial.molecule for c in picked]


def test_without_labels_the_best_computed_scores_are_tested(many):
    options = [Trial(m, DOSE, 0.1 + 0.8 * (i == 7)) for i, m in enumerate(many)]
    assert chosen(fitted([]), options, 1) == [many[7]]


def test_the_same_seed_chooses_the_same_and_nothing_twice(many):
    model = fitted([cell(many[0], 0.4)])
    first, again = (chosen(model, trials(many[1:]), 8) for _ in range(2))
    assert first == again and len(set(first)) == 8


def test_kin_of_what_worked_are_tested_before_kin_of_what_did_not(many):
    acids = [m for m in many if m.smiles.endswith("C(=O)O")]
    nitriles = [m for m in many if m.smiles.endswith("C#N")]
    labels = [cell(m, 0.8) for m in acids[:3]] + [cell(m, -0.4) for m in nitriles[:3]]
    assert set(chosen(fitted(labels), trials([*nitriles[3:], *acids[3:]]), 3)) <= set(acids)


def test_a_batch_spreads_and_what_waits_counts_as_made(many):
    """Two near-copies: once one is tested or awaited, the other is worth less than a stranger."""
    acid, copy = [m for m in many if m.smiles.endswith("C(=O)O")][:2]
    stranger = next(m for m in many if m.smiles.endswith("S(C)(=O)=O"))
    model = fitted([cell(acid, 0.3, std=0.5)])
    alone = choose(model, trials([copy, stranger]), 1, [LONG], torch.Generator().manual_seed(0))
    waiting = choose(
        model,
        trials([copy, stranger]),
        2,
        [LONG],
        torch.Generator().manual_seed(0),
        pending=trials([alone[0].trial.molecule]),
    )
    gains = {c.trial.molecule: c.gain for c in waiting}
    assert gains[alone[0].trial.molecule] < 0.25 * alone[0].gain


def test_a_dear_trial_must_gain_more(many):
    options = [*trials(many[:1], computed=0.6, cost=10.0), *trials(many[50:51], computed=0.5)]
    assert chosen(fitted([]), options, 1) == [many[50]]


def test_replicates_tell_more_and_the_batch_errs_all_the_same(many):
    model = fitted([cell(many[0], 0.3, controls=3.0)])
    one, three, endless = (float(model.noise_variance(NAME, n)) for n in (1.0, 3.0, 1e12))
    shared = 1.0 / (1.0 + 2.0 * 2.0 / torch.pi)
    assert one - endless == pytest.approx(0.12**2)
    assert three - endless == pytest.approx(0.12**2 / 3)
    plain = fitted([cell(many[0], 0.3)])
    assert endless - float(plain.noise_variance(NAME, 1e12)) == pytest.approx(
        0.12**2 * shared, rel=0.2
    )


def test_gains_fall_within_a_batch_and_with_what_was_reached(many):
    model = fitted([cell(many[0], 0.9), cell(many[0], 0.9)])
    picks = choose(model, trials(many[1:]), 5, [LONG], torch.Generator().manual_seed(0), audit=0.0)
    gains = [c.gain for c in picks]
    assert gains == sorted(gains, reverse=True)
    after = choose(
        model, trials(many[1:]), 1, [LONG], torch.Generator().manual_seed(0), made=trials(many[:1])
    )
    assert after[0].gain < gains[0]


def test_goals_about_several_quantities_are_judged_together(many):
    quiet = Wish(HYDROGEN.name, lambda value: ((0.3 - value) / 1.3).clamp(0.0, 1.0))
    labels = [cell(m, 0.5) for m in many[:2]]
    labels += [cell(many[0], -0.6, quantity=HYDROGEN), cell(many[1], 0.6, quantity=HYDROGEN)]
    model = fitted(labels, (NAME, HYDROGEN.name))
    picks = choose(model, trials(many[:2]), 1, [LONG, quiet], torch.Generator().manual_seed(0))
    assert picks[0].trial.molecule == many[0]


def test_one_trial_in_five_is_an_audit_whatever_the_batches(many):
    model = fitted([cell(many[0], 0.4)])
    options, made = trials(many[1:]), trials(many[:1])
    for sizes in ((9,), (2, 2, 5), (1,) * 9):
        audits, waiting = [], []
        for n in sizes:
            picks = choose(
                model, options, n, [LONG], torch.Generator().manual_seed(0), made, waiting, 0.2
            )
            audits += [c.is_audit for c in picks]
            waiting += [c.trial for c in picks]
        assert audits == [number % 5 == 4 for number in range(1, 10)]


def test_doubt_in_the_computed_score_follows_the_results():
    ranks = torch.arange(12).double()
    agree, oppose = doubt(ranks, ranks), doubt(ranks, -ranks)
    assert agree < 0.01 < doubt(ranks[:0], ranks[:0]) < 0.3 < 0.95 < oppose
    assert doubt(ranks[:3], -ranks[:3]) == doubt(ranks[:0], ranks[:0])
    assert doubt(torch.ones(12).double(), ranks) == doubt(ranks[:0], ranks[:0])


def test_an_audit_does_not_ask_for_the_computed_score(many):
    labels = [cell(many[0], 0.9), cell(many[0], 0.9), cell(many[60], -0.5)]
    options = [Trial(many[1], DOSE, 0.01), Trial(many[61], DOSE, 0.9)]
    (pick,) = choose(
        fitted(labels), options, 1, [LONG], torch.Generator().manual_seed(0), audit=1.0
    )
    reversed_scores = [Trial(many[1], DOSE, 0.9), Trial(many[61], DOSE, 0.01)]
    (other,) = choose(
        fitted(labels), reversed_scores, 1, [LONG], torch.Generator().manual_seed(0), audit=1.0
    )
    assert pick.trial.molecule == other.trial.molecule and pick.is_audit


def test_more_trials_than_there_are_is_refused(many):
    with pytest.raises(ValueError, match="expected no more"):
        chosen(fitted([]), trials(many[:2]), 3)
