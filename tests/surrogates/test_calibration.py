import math

import numpy as np
import pytest
import torch

from surrogates.calibration import Forecast, calibrate, calibrate_by_origin
from surrogates.evidence import PRIOR_MEAN, hyperparameters
from surrogates.kernels import covariance
from surrogates.registry import Registry


def forecasts(rng, n, inflate=1.0):
    mean, std = rng.normal(size=n), rng.uniform(0.5, 2.0, size=n)
    value = mean + inflate * std * rng.normal(size=n)
    return [Forecast(*row) for row in zip(mean, std, value, strict=True)]


def test_honest_forecasts_cover_what_they_say():
    found = calibrate(forecasts(np.random.default_rng(0), 4000))
    assert found.coverage_50 == pytest.approx(0.50, abs=0.03)
    assert found.coverage_90 == pytest.approx(0.90, abs=0.02)
    assert found.coverage_95 == pytest.approx(0.95, abs=0.02)


def test_overconfident_forecasts_cover_less_and_cost_more():
    honest, bold = (calibrate(forecasts(np.random.default_rng(0), 2000, s)) for s in (1.0, 3.0))
    assert bold.coverage_90 < 0.5
    assert bold.nll > honest.nll


def test_a_process_whose_prior_is_true_is_calibrated(many):
    registry = Registry()
    rows = registry.encode(many)[:, 0].long()
    K = covariance(registry.compare(rows, rows), hyperparameters(PRIOR_MEAN, 1.0))
    L, generator = torch.linalg.cholesky(K), torch.Generator().manual_seed(0)
    known, unseen = rows[::2], rows[1::2]
    gain = torch.linalg.solve(K[known][:, known], K[known][:, unseen]).T
    std = (K[unseen][:, unseen] - gain @ K[known][:, unseen]).diagonal().sqrt()
    told = []
    for _ in range(40):
        value = L @ torch.randn(len(rows), generator=generator, dtype=torch.float64)
        rows_of = zip(
            (gain @ value[known]).tolist(), std.tolist(), value[unseen].tolist(), strict=True
        )
        told += [Forecast(*row) for row in rows_of]
    assert calibrate(told).coverage_90 == pytest.approx(0.9, abs=0.03)


def test_the_error_of_the_answer_widens_the_interval():
    narrow, wide = Forecast(0.0, 0.1, 1.0), Forecast(0.0, 0.1, 1.0, value_std=2.0)
    assert calibrate([narrow]).coverage_95 == 0.0
    assert calibrate([wide]).coverage_95 == 1.0


def test_the_likelihood_is_that_of_the_normal_distribution():
    assert calibrate([Forecast(1.0, 2.0, 1.0)]).nll == pytest.approx(
        0.5 * math.log(2 * math.pi * 4)
    )


def test_rank_correlation_ignores_scale_and_is_undefined_for_one_answer():
    rising = [Forecast(float(i), 1.0, float(i) ** 3) for i in range(5)]
    assert calibrate(rising).spearman == pytest.approx(1.0)
    assert calibrate(rising[:1]).spearman is None


def test_origins_are_measured_apart():
    rng = np.random.default_rng(1)
    told = [("library", f) for f in forecasts(rng, 500)]
    told += [("gflownet", f) for f in forecasts(rng, 500, 3.0)]
    found = calibrate_by_origin(told)
    assert list(found) == ["gflownet", "library"]
    assert found["gflownet"].coverage_90 < found["library"].coverage_90 - 0.2


def test_no_forecast_and_no_error_bar_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        calibrate([])
    with pytest.raises(ValueError, match="positive error bar"):
        calibrate([Forecast(0.0, 0.0, 0.0)])
