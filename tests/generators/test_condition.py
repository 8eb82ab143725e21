import torch

from generators.condition import N_BINS, Condition, draw_conditions

BETAS = (8.0, 48.0)


def test_a_larger_value_fills_no_bin_less() -> None:
    weights = torch.linspace(0, 1, 101)
    condition = Condition(torch.stack([weights, 1 - weights], 1), torch.linspace(*BETAS, 101))
    code = condition.encode(BETAS).reshape(101, 3, N_BINS)
    assert (code[1:, 0] >= code[:-1, 0]).all()
    assert (code[1:, 2] >= code[:-1, 2]).all()
    torch.testing.assert_close(code[:, 0].sum(-1) / N_BINS, weights)


def test_the_ends_of_the_range_are_empty_and_full() -> None:
    code = Condition(torch.ones(2, 1), torch.tensor(BETAS)).encode(BETAS)
    assert not code[0, N_BINS:].any()
    assert (code[1, N_BINS:] == 1).all()


def test_preferences_are_on_the_simplex_and_of_mean_one_over_m() -> None:
    drawn = draw_conditions(20_000, 4, BETAS, torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn.preference.sum(-1), torch.ones(20_000))
    torch.testing.assert_close(drawn.preference.mean(0), torch.full((4,), 0.25), atol=0.01, rtol=0)
    assert drawn.beta.min() >= 8
    assert drawn.beta.max() <= 48


def test_a_single_beta_needs_no_range() -> None:
    drawn = draw_conditions(3, 1, (20.0, 20.0), torch.Generator().manual_seed(0))
    assert drawn.beta.tolist() == [20, 20, 20]
    assert torch.isfinite(drawn.encode((20.0, 20.0))).all()
