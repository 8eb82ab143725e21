import pytest
import torch

from surrogates.ladder import DISAGREEMENT, FLATTEST, Ladder, Link, regress


def noise(n):
    return torch.zeros(n, dtype=torch.float64)


def test_a_line_is_found_and_so_is_the_spread_around_it():
    generator = torch.Generator().manual_seed(0)
    x = 2.0 * torch.randn(300, generator=generator, dtype=torch.float64)
    deviation = 0.3 * torch.randn(300, generator=generator, dtype=torch.float64)
    slope, offset, spread = regress(x, 4.0 + 0.7 * x + deviation, noise(300), 2.0)
    assert slope == pytest.approx(0.7, abs=0.03)
    assert offset == pytest.approx(4.0, abs=0.05)
    assert spread == pytest.approx(0.3, abs=0.05)


def test_few_labels_tell_the_level_and_hardly_the_slope():
    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert regress(x[:0], x[:0], noise(0), 1.0) == (1.0, 0.0, DISAGREEMENT)
    slope, offset, spread = regress(x[:1], x[:1] + 9.0, noise(1), 1.0)
    assert (slope, offset, spread) == pytest.approx((1.0, 9.0, DISAGREEMENT))
    slope, _, spread = regress(x, -x, noise(2), 1.0)
    assert slope > 0.5 and spread > DISAGREEMENT


def test_the_error_of_the_labels_is_no_deviation():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(400, generator=generator, dtype=torch.float64)
    y = x + torch.randn(400, generator=generator, dtype=torch.float64)
    _, _, blamed = regress(x, y, noise(400), 1.0)
    _, _, excused = regress(x, y, noise(400) + 1.0, 1.0)
    assert blamed == pytest.approx(1.0, abs=0.1)
    assert excused < 0.5


def test_a_ladder_keeps_its_scale_whoever_has_answered():
    ladder = Ladder(("xtb", "dft", "lab"), "dft")
    assert ladder.only({"xtb"}) == Ladder(("xtb", "dft"), "dft")
    with pytest.raises(ValueError, match="scale"):
        Ladder(("xtb", "dft"), "lab")
    with pytest.raises(ValueError, match="distinct"):
        Ladder(("xtb", "xtb"), "xtb")


def test_a_link_says_in_words_what_it_is():
    link = Link("homo", "xtb", "dft", 0.9, 4.0, 0.2, 12, advantage=1.5)
    assert link.is_on and str(link).startswith("homo: dft = 4 + 0.9 xtb, +- 0.2")
    off = Link("homo", "xtb", "dft", 0.9, 4.0, 0.2, 12, advantage=-0.1)
    assert not off.is_on and "with xtb left out, dft is predicted no worse" in str(off)


@pytest.mark.parametrize("slope", [FLATTEST / 2, -0.3])
def test_a_link_that_is_off_for_its_slope_says_its_slope(slope):
    off = Link("homo", "xtb", "dft", slope, 4.0, 0.2, 12)
    assert not off.is_on and f"switched off: its slope of {slope:.3g} is below" in str(off)
    assert "left out" not in str(off)
