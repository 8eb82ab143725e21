import pytest
import torch

from molecules import Label, Molecule
from molecules.quantity import VOCABULARY
from surrogates.conditions import REFERENCE, Conditions, complete, side


def correlation(**stated):
    """Of a test under `stated` with one at the reference."""
    here = Conditions.of([REFERENCE])
    return float(Conditions.of([complete(stated, {})]).correlation(here))


def test_a_condition_that_nobody_states_is_the_reference():
    assert correlation() == 1.0
    assert complete({"protocol": "Aurbach"}, {"temperature_C": 0.0})["temperature_C"] == 0.0
    assert complete({"temperature_C": 40.0}, {"temperature_C": 0.0})["temperature_C"] == 40.0


@pytest.mark.parametrize(
    "stated",
    [
        {"current_mA_cm2": 5.0},
        {"capacity_mAh_cm2": 10.0},
        {"temperature_C": -10.0},
        {"base_molar": 0.5},
        {"base_salt": "Zn(OTf)2"},
        {"cell_type": "Zn||Cu"},
        {"protocol": "Aurbach"},
    ],
)
def test_every_condition_makes_tests_less_alike(stated):
    assert 0.05 < correlation(**stated) < 0.95


def test_the_further_a_condition_is_the_less_a_test_tells():
    steps = [correlation(current_mA_cm2=c) for c in (1.0, 2.0, 5.0, 20.0)]
    assert steps == sorted(steps, reverse=True)
    assert correlation(current_mA_cm2=5.0) == pytest.approx(correlation(current_mA_cm2=0.2))


def test_correlations_of_any_conditions_are_positive_definite():
    words = [
        complete(
            {"base_salt": s, "cell_type": c, "current_mA_cm2": i, "temperature_C": t}, REFERENCE
        )
        for s in ("ZnSO4", "ZnCl2", "Zn(OTf)2")
        for c in ("Zn||Zn", "Zn||Cu", "full")
        for i in (0.5, 5.0)
        for t in (0.0, 25.0)
    ]
    table = Conditions.of(words)
    assert torch.linalg.eigvalsh(table.correlation(table)).min() > -1e-9


def test_a_censored_label_is_a_lower_bound_unless_it_says_upper():
    def label(censored, *conditions):
        quantity = VOCABULARY["lifetime_ratio"]
        return Label(Molecule("C"), quantity, 0.1, 0.1, "lab", censored, conditions)

    assert side(label(False)) == 0.0
    assert side(label(True, ("cell", "c1"))) == 1.0
    assert side(label(True, ("bound", "upper"))) == -1.0
