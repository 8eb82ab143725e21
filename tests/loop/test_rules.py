import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.rules import Rules


def far_apart(n: int) -> torch.Tensor:
    return torch.eye(n, dtype=torch.float64)


def flags(n_generated: int, n_library: int) -> torch.Tensor:
    return torch.tensor([True] * n_generated + [False] * n_library)


@settings(deadline=None)
@given(st.integers(2, 12), st.integers(0, 15), st.integers(0, 15), st.integers(0, 999))
def test_a_batch_is_full_distinct_and_meets_its_quotas_where_the_pool_can(
    size, n_generated, n_library, seed
):
    is_generated = flags(n_generated, n_library)
    size = min(size, len(is_generated))
    worth = torch.rand(len(is_generated), generator=torch.Generator().manual_seed(seed)).double()
    chosen = Rules(0.2, 0.4).fill(size, is_generated, far_apart(len(worth)), lambda _: worth)
    assert len(set(chosen)) == len(chosen) == size
    generated = int(is_generated[chosen].sum())
    assert generated >= min(0.4 * size, n_generated)
    assert size - generated >= min(0.2 * size, n_library)


def test_without_pressure_the_best_is_picked_first():
    worth = torch.tensor([0.1, 0.9, 0.5, 0.7], dtype=torch.float64)
    chosen = Rules(0.0, 0.0).fill(3, flags(2, 2), far_apart(4), lambda _: worth)
    assert chosen == [1, 3, 2]


def test_the_first_batch_has_its_generated_share_exactly():
    rules = Rules(initial_generated=0.25).for_first_batch()
    worth = torch.arange(40, dtype=torch.float64).flip(0)
    chosen = rules.fill(8, flags(20, 20), far_apart(40), lambda _: worth)
    assert sum(i < 20 for i in chosen) == 2


def test_near_copies_are_skipped_until_nothing_else_is_left():
    similarity = torch.eye(3, dtype=torch.float64)
    similarity[0, 1] = similarity[1, 0] = 0.9
    worth = torch.tensor([3.0, 2.0, 1.0], dtype=torch.float64)
    rules = Rules(0.0, 0.0, sphere=0.65)
    assert rules.fill(2, flags(0, 3), similarity, lambda _: worth) == [0, 2]
    assert rules.fill(3, flags(0, 3), similarity, lambda _: worth) == [0, 2, 1]


@pytest.mark.parametrize(("size", "audits"), [(1, 0), (4, 1), (8, 1), (16, 2), (24, 3)])
def test_an_eighth_of_a_batch_are_audits(size, audits):
    assert Rules().n_audits(size) == audits


def test_impossible_shares_are_refused():
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        Rules(library=1.2)
    with pytest.raises(ValueError, match="lower one"):
        Rules(library=0.7, generated=0.4)
