import itertools

import pytest
import torch

from generators.environment import TokenSequences
from generators.policy import SequencePolicy, StatePolicy
from generators.trajectory import Trajectories, concatenate

SPACE = TokenSequences(5, stop=1, first=2, max_tokens=3)


def all_words() -> Trajectories:
    words = [w for n in (1, 2, 3) for w in itertools.product((2, 3, 4), repeat=n)]
    rows = [[*word, SPACE.stop, 0, 0, 0][: SPACE.horizon] for word in words]
    actions = torch.tensor(rows)
    return Trajectories(actions, actions > 0)


def randomised(policy: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.5)
    return policy


@pytest.mark.parametrize(
    "policy", [StatePolicy(SPACE, n_condition=3), SequencePolicy(SPACE, 3, n_hidden=8)]
)
def test_the_probabilities_of_all_words_sum_to_one(policy: torch.nn.Module) -> None:
    words = all_words()
    condition = torch.rand(1, 3, generator=torch.Generator().manual_seed(1)).expand(len(words), -1)
    flows = randomised(policy).flows(words, condition)
    assert float(flows.log_forward.exp().sum().detach()) == pytest.approx(1, abs=1e-5)
    assert not flows.log_backward.any()


def test_a_word_has_the_product_of_its_tokens_probabilities() -> None:
    policy = randomised(SequencePolicy(SPACE, n_hidden=8))
    words = all_words()
    log_P = policy.flows(words, torch.zeros(len(words), 0)).log_forward
    word = words.actions.tolist().index([3, 2, 1, 0])
    expected, hidden, token = torch.zeros(()), torch.zeros(1, 1, 8), 0
    for t, following in enumerate([3, 2, 1]):
        output, hidden = policy.gru(policy.embedding(torch.tensor([[token]])), hidden)
        logits = policy.logits(output)[0, 0]
        logits = logits.masked_fill(~SPACE.allowed_after[t], float("-inf"))
        expected = expected + logits.log_softmax(-1)[following]
        token = following
    torch.testing.assert_close(log_P[word], expected)


def test_gradients_agree_with_finite_differences() -> None:
    policy = randomised(SequencePolicy(SPACE, 2, n_hidden=6, n_embedding=4)).double()
    words = all_words().rows(torch.tensor([0, 7, 30]))
    condition = torch.rand(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    policy.flows(words, condition).log_forward.sum().backward()
    for weight in policy.parameters():
        if weight.grad is None:  # the flow head does not enter the probability
            continue
        flat, step = weight.data.flatten(), 1e-6
        sides = []
        for sign in (1, -1):
            flat[0] += sign * step
            weight.data = flat.reshape(weight.shape)
            sides.append(float(policy.flows(words, condition).log_forward.sum().detach()))
            flat[0] -= sign * step
        weight.data = flat.reshape(weight.shape)
        slope = (sides[0] - sides[1]) / (2 * step)
        assert float(weight.grad.flatten()[0]) == pytest.approx(slope, abs=1e-6, rel=1e-4)


@pytest.mark.parametrize("policy", [StatePolicy(SPACE), SequencePolicy(SPACE, n_hidden=8)])
def test_words_are_drawn_as_often_as_they_are_probable(policy: torch.nn.Module) -> None:
    randomised(policy)
    words = all_words()
    expected = policy.flows(words, torch.zeros(len(words), 0)).log_forward.exp().detach()
    drawn = policy.sample(torch.zeros(20_000, 0), torch.Generator().manual_seed(0))
    widened = concatenate([words, drawn]).actions[len(words) :]
    hits = (widened[:, None] == words.actions[None]).all(-1)
    assert hits.any(-1).all()
    frequency = hits.double().mean(0)
    assert float((frequency - expected).abs().max()) < 0.012


def test_the_same_seed_draws_the_same_words() -> None:
    policy = randomised(SequencePolicy(SPACE, n_hidden=8))
    first, second, other = (
        policy.sample(torch.zeros(50, 0), torch.Generator().manual_seed(seed)).actions
        for seed in (0, 0, 1)
    )
    assert first.equal(second)
    assert first.shape != other.shape or not first.equal(other)


def test_full_exploration_is_uniform_over_allowed_tokens() -> None:
    policy = randomised(SequencePolicy(SPACE, n_hidden=8))
    drawn = policy.sample(torch.zeros(9000, 0), torch.Generator().manual_seed(0), explore=1.0)
    share = drawn.actions[:, 0].bincount(minlength=5) / 9000
    torch.testing.assert_close(share, torch.tensor([0, 0, 1 / 3, 1 / 3, 1 / 3]), atol=0.03, rtol=0)
