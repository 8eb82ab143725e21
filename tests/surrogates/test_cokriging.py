import pytest
import torch
from scipy.stats import norm

from molecules import Label, Quantity
from molecules.descriptors import describe
from surrogates import evidence
from surrogates.consensus import agree
from surrogates.evidence import PRIOR_MEAN, hyperparameters
from surrogates.gp import GaussianProcess
from surrogates.kernels import covariance
from surrogates.ladder import Ladder, Ladders
from surrogates.registry import Registry

SCORE = Quantity("score", "1")
ON_LOW = Ladders({"score": Ladder(("low", "high"), "low")})
ON_HIGH = Ladders({"score": Ladder(("low", "high"), "high")})
OFFSET, SLOPE, SPREAD = 4.0, 0.8, 0.2


def drawn(molecules, seed):
    """Two tiers of a quantity as the model itself imagines them: a line plus smooth deviations."""
    registry = Registry()
    rows = registry.encode(molecules)[:, 0].long()
    K = covariance(registry.compare(rows, rows), hyperparameters(PRIOR_MEAN, 1.0))
    L = torch.linalg.cholesky(K)
    generator = torch.Generator().manual_seed(seed)
    low, deviation = (
        L @ torch.randn(len(rows), generator=generator, dtype=torch.float64) for _ in range(2)
    )
    high = OFFSET + SLOPE * low + SPREAD * (deviation - deviation.mean())
    return {m: (float(a), float(b)) for m, a, b in zip(molecules, low, high, strict=True)}


def labels(truth, molecules, oracle, std=0.0):
    return [Label(m, SCORE, truth[m][oracle == "high"], std, oracle) for m in molecules]


def fitted(known, ladders=ON_LOW):
    surrogate = GaussianProcess(("score",), ladders=ladders)
    surrogate.fit(known, [])
    return surrogate


@pytest.fixture(scope="module")
def shuffled(many):
    order = torch.randperm(len(many), generator=torch.Generator().manual_seed(5)).tolist()
    return [many[i] for i in order]


def test_error_bars_hold_with_few_labels_from_above(shuffled):
    """90 % intervals of the upper tier, four draws of 40 unseen molecules each."""
    known, unseen = shuffled[:60], shuffled[60:]
    for n in (1, 5, 30):
        inside = []
        for seed in range(4):
            truth = drawn(shuffled, seed)
            surrogate = fitted(labels(truth, known, "low") + labels(truth, known[:n], "high"))
            mean, std = surrogate.predict(unseen, "high")
            error = mean[:, 0] - torch.tensor([truth[m][1] for m in unseen])
            inside.append((error.abs() < norm.ppf(0.95) * std[:, 0]).double().mean())
        assert 0.8 <= torch.stack(inside).mean() <= 1.0, n


def test_the_lower_tier_helps_and_the_line_is_found(shuffled):
    truth = drawn(shuffled, 1)
    known = labels(truth, shuffled, "low") + labels(truth, shuffled[:30], "high")
    value = torch.tensor([truth[m][1] for m in shuffled[30:]])
    ladder, alone = fitted(known), GaussianProcess(("score",))
    alone.fit(labels(truth, shuffled[:30], "high"), [])
    with_low = (ladder.predict(shuffled[30:], "high")[0][:, 0] - value).square().mean().sqrt()
    without = (alone.predict(shuffled[30:])[0][:, 0] - value).square().mean().sqrt()
    assert with_low < 0.5 * without
    (link,) = agree(ON_LOW, known).links
    assert link.is_on and link.advantage > 0.5
    assert link.slope == pytest.approx(SLOPE, abs=0.1)
    assert link.offset == pytest.approx(OFFSET, abs=0.15)


@pytest.mark.parametrize("ladders", [ON_LOW, ON_HIGH], ids=["on low", "on high"])
def test_predictions_are_the_marginals_of_the_model_and_labels_are_kept(ladders, shuffled):
    truth = drawn(shuffled, 2)
    known = labels(truth, shuffled[:25], "low") + labels(truth, shuffled[5:15], "high")
    surrogate = fitted(known, ladders)
    mean, std = surrogate.predict(shuffled)
    with torch.no_grad():
        posterior = surrogate.model.posterior(surrogate.encode(shuffled))
    assert torch.allclose(mean, posterior.mean, atol=1e-8)
    assert torch.allclose(std, posterior.variance.sqrt(), atol=1e-5)
    for place, oracle in enumerate(("low", "high")):
        told = surrogate.predict(shuffled[5:15], oracle)[0][:, 0].tolist()
        assert told == pytest.approx([truth[m][place] for m in shuffled[5:15]], abs=0.02)


def test_both_scales_tell_the_same(shuffled):
    truth = drawn(shuffled, 3)
    known = labels(truth, shuffled[:25], "low") + labels(truth, shuffled[:8], "high")
    low, high = fitted(known, ON_LOW), fitted(known, ON_HIGH)
    for oracle in ("low", "high"):
        one, other = low.predict(shuffled, oracle), high.predict(shuffled, oracle)
        assert torch.allclose(one[0], other[0]) and torch.allclose(one[1], other[1])
    assert torch.allclose(high.predict(shuffled)[0], high.predict(shuffled, "high")[0])


def test_before_the_first_label_from_above_nothing_on_the_goals_scale_moves(shuffled):
    truth = drawn(shuffled, 4)
    known = labels(truth, shuffled[:20], "low")
    alone = GaussianProcess(("score",))
    alone.fit(known, [])
    mean, std = fitted(known).predict(shuffled)
    assert torch.allclose(mean, alone.predict(shuffled)[0])
    assert (std >= alone.predict(shuffled)[1]).all()
    one = fitted(known + labels(truth, shuffled[:1], "high"))
    assert torch.allclose(one.predict(shuffled)[0], mean, atol=0.02)


def test_a_lower_tier_that_knows_nothing_is_switched_off(shuffled):
    generator = torch.Generator().manual_seed(0)
    junk = torch.randn(len(shuffled), generator=generator, dtype=torch.float64).tolist()
    truth = {
        m: (3.0 * noise, describe(m)["tpsa_per_heavy_atom"] / 10)
        for m, noise in zip(shuffled, junk, strict=True)
    }
    known = labels(truth, shuffled[:60], "low") + labels(truth, shuffled[:40], "high")
    consensus = agree(ON_LOW, known)
    (link,) = consensus.links
    assert not link.is_on and "switched off" in str(link)
    on_scale = [consensus.labels[m, "score"] for m in shuffled[:60]]
    assert [entry.oracle for entry in on_scale] == ["low"] * 60
    assert [entry.value for entry in on_scale] == pytest.approx(
        [truth[m][0] for m in shuffled[:60]]
    )


def test_a_label_as_predicted_changes_no_agreed_value(shuffled):
    truth = drawn(shuffled, 6)
    known = labels(truth, shuffled[:40], "low", 0.05) + labels(truth, shuffled[:6], "high", 0.05)
    before = agree(ON_LOW, known)
    (link,) = before.links
    newcomer = shuffled[20]
    said = link.offset + link.slope * before.labels[newcomer, "score"].value
    after = agree(ON_LOW, [*known, Label(newcomer, SCORE, said, 0.05, "high")])
    values = [entry.value for entry in before.labels.values()]
    for pair, entry in before.labels.items():
        shift = abs(after.labels[pair].value - entry.value)
        assert shift < 0.02 * (max(values) - min(values))
    assert after.labels[newcomer, "score"].oracle == "high"


def test_only_answers_on_the_goals_scale_are_taken_as_they_are(shuffled):
    truth = drawn(shuffled, 7)
    known = labels(truth, shuffled[:5], "low", 0.3)
    found = agree(ON_LOW, known)
    assert not found.links
    assert [found.labels[entry.molecule, "score"] for entry in known] == known
    assert not agree(ON_HIGH, known).labels


def test_what_the_tiers_agree_on_is_not_learned_again_to_believe_it(shuffled, monkeypatch):
    truth = drawn(shuffled, 8)
    known = labels(truth, shuffled[:40], "low") + labels(truth, shuffled[10:30], "high")
    alone = fitted(sorted(known, key=lambda entry: entry.molecule)).predict(shuffled)
    evidence._remembered.clear()
    agreed = agree(ON_LOW, known)
    monkeypatch.setattr(evidence, "_search", None)  # nothing is left to search
    again = fitted(sorted(known, key=lambda entry: entry.molecule)).predict(shuffled)
    assert all(torch.equal(a, b) for a, b in zip(alone, again, strict=True))
    assert agree(ON_LOW, known) == agreed
