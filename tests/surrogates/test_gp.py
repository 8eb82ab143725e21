import pytest
import torch
from scipy.stats import spearmanr

from molecules import Failure, Label, Molecule, Quantity
from surrogates.features import featurise, tanimoto
from surrogates.gp import GaussianProcess

OTHER = Quantity("other", "1")


def fitted(labels, failures=(), quantities=("score",)) -> GaussianProcess:
    surrogate = GaussianProcess(quantities)
    surrogate.fit(labels, failures)
    return surrogate


def test_the_model_interpolates_exact_labels(many, label):
    labels = label(many[:40])
    mean, std = fitted(labels).predict(many[:40])
    values = torch.tensor([entry.value for entry in labels], dtype=torch.float64)
    assert torch.allclose(mean[:, 0], values, atol=1e-3)
    assert std.max() < 0.01


def test_the_order_of_labels_and_failures_does_not_matter(many, label):
    labels = label(many[:30]) + label(many[:9], lambda m: float(m.n_heavy), quantity=OTHER)
    failures = [Failure(m, "table", "crashed", "") for m in many[40:44]]
    ahead = fitted(labels, failures, ("score", "other"))
    back = fitted(labels[::-1], failures[::-1], ("score", "other"))
    assert all(
        torch.equal(a, b) for a, b in zip(ahead.predict(many), back.predict(many), strict=True)
    )
    assert torch.equal(ahead.feasibility(many), back.feasibility(many))


def test_predict_equals_the_marginals_of_the_model(many, label):
    labels = label(many[:30], std=0.1) + label(many[20:40], lambda m: m.n_heavy / 3, quantity=OTHER)
    surrogate = fitted(labels, (), ("score", "other"))
    mean, std = surrogate.predict(many)
    with torch.no_grad():
        posterior = surrogate.model.posterior(surrogate.encode(many))
    assert torch.allclose(mean, posterior.mean, atol=1e-8)
    assert torch.allclose(std, posterior.variance.sqrt(), atol=1e-6)


def test_a_batch_of_candidate_sets_equals_a_loop_over_them(many, label):
    surrogate = fitted(label(many[:30]))
    X = surrogate.encode(many[30:54]).reshape(6, 4, 1)
    with torch.no_grad():
        batched = surrogate.model.posterior(X)
        looped = [surrogate.model.posterior(x) for x in X]
    assert torch.allclose(batched.mean, torch.stack([p.mean for p in looped]))
    assert torch.allclose(batched.variance, torch.stack([p.variance for p in looped]))


def test_unseen_molecules_are_ranked_and_their_error_bars_are_honest(many, label):
    order = torch.randperm(len(many), generator=torch.Generator().manual_seed(0)).tolist()
    known, unseen = [many[i] for i in order[:50]], [many[i] for i in order[50:]]
    values = torch.tensor([entry.value for entry in label(unseen)], dtype=torch.float64)
    mean, std = fitted(label(known)).predict(unseen)
    assert spearmanr(mean[:, 0], values).statistic > 0.9
    covered = ((mean[:, 0] - values).abs() < 1.645 * std[:, 0]).double().mean()
    assert covered > 0.75


def test_flipping_the_sign_of_the_labels_flips_the_mean_and_nothing_else(many, label):
    plus = fitted(label(many[:30])).predict(many)
    minus = fitted([*map(negated, label(many[:30]))]).predict(many)
    assert torch.equal(plus[0], -minus[0])
    assert torch.equal(plus[1], minus[1])


def negated(entry: Label) -> Label:
    return Label(entry.molecule, entry.quantity, -entry.value, entry.std, entry.oracle)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_labels_leave_wide_beliefs(n, many, label):
    surrogate = fitted(label(many[:n]), (), ("score", "homo"))
    mean, std = surrogate.predict(many[50:60])
    with torch.no_grad():
        posterior = surrogate.model.posterior(surrogate.encode(many[50:60]))
    assert mean.isfinite().all() and (std > 0.1).all()
    assert torch.allclose(posterior.variance.sqrt(), std, rtol=1e-4)


def test_identical_labels_do_not_make_certainty(many, label):
    _, std = fitted(label(many[:3], lambda m: 0.5)).predict(many[50:60])
    assert (std > 0.01).all()


def test_a_surrogate_of_no_quantities_predicts_nothing_and_knows_feasibility(many):
    surrogate = fitted([], [Failure(many[0], "table", "crashed", "")], ())
    mean, std = surrogate.predict(many)
    assert mean.shape == std.shape == (len(many), 0)
    assert surrogate.feasibility(many[:1]) < 0.6


def test_noisy_labels_are_smoothed_and_exact_ones_are_not(many, label):
    exact, noisy = (fitted(label(many[:40], std=std)).predict(many[:40])[1] for std in (0.0, 0.5))
    assert (noisy > 10 * exact).all()


def test_several_labels_of_one_molecule_are_averaged_by_precision(many):
    score = Quantity("score", "1")
    pair = [Label(many[0], score, 1.0, 0.1, "a"), Label(many[0], score, 2.0, 0.2, "b")]
    one = [Label(many[0], score, 1.2, (1 / (100 + 25)) ** 0.5, "c")]
    rest = [Label(m, score, float(m.n_heavy), 0.1, "a") for m in many[1:20]]
    twice, once = (fitted(labels + rest).predict(many) for labels in (pair, one))
    assert torch.allclose(twice[0], once[0]) and torch.allclose(twice[1], once[1])


def test_a_bound_is_not_taken_for_a_value(many, label):
    bound = Label(many[0], Quantity("score", "1"), 99.0, 0.0, "table", censored=True)
    with_bound, without = (
        fitted(label(many[1:20]) + extra).predict(many) for extra in ([bound], [])
    )
    assert torch.equal(with_bound[0], without[0])


def test_stereoisomers_stay_two_molecules(many, label):
    left, right = (Molecule.from_smiles(s) for s in ("C[C@H](O)CN", "C[C@@H](O)CN"))
    assert tanimoto(featurise([left]), featurise([right])).item() == 1.0
    surrogate = fitted(label(many[:20]) + label([left], lambda m: 9.0))
    assert torch.unique(surrogate.encode([left, right])).numel() == 2
    mean, std = surrogate.predict([left, right])
    assert abs(float(mean[0, 0]) - 9.0) < 0.05
    assert std[1, 0] > 5 * std[0, 0]


def test_the_more_similar_molecules_fail_the_less_feasible_one_is(many, label):
    target = Molecule.from_smiles("CCCC(N)=O")
    kin = [Molecule.from_smiles("C" * n + "C(N)=O") for n in (2, 4, 5, 6)]
    chances = [
        float(
            fitted(
                label(many[:5]), [Failure(m, "table", "rearranged", "") for m in kin[:n]]
            ).feasibility([target])
        )
        for n in range(len(kin) + 1)
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] < 0.6


def test_feasibility_is_its_prior_far_away_and_low_where_it_failed_again_and_again(many, label):
    failures = [Failure(many[0], "table", "timeout", "") for _ in range(4)]
    surrogate = fitted(label(many[1:2]), failures)
    assert float(surrogate.feasibility(many[:1])) < 0.25
    exotic = Molecule.from_smiles("FC(F)(F)I")
    assert float(surrogate.feasibility([exotic])) == pytest.approx(0.9, abs=0.02)


def test_what_does_not_apply_is_no_evidence_of_infeasibility(many, label):
    spared = fitted(label(many[:3]), [Failure(many[9], "table", "not_applicable", "ion")])
    assert torch.equal(spared.feasibility(many), fitted(label(many[:3])).feasibility(many))


def test_familiarity_is_one_at_a_label_and_zero_without_any(many, label):
    assert float(fitted(label(many[:3])).familiarity(many[:1])) == 1.0
    assert torch.equal(fitted([]).familiarity(many), torch.zeros(len(many), dtype=torch.float64))


def test_a_question_before_the_first_fit_says_what_to_do(many):
    with pytest.raises(RuntimeError, match="before fit"):
        GaussianProcess(("score",)).predict(many)


def test_a_quantity_named_twice_is_refused():
    with pytest.raises(ValueError, match="each name once"):
        GaussianProcess(("score", "score"))
