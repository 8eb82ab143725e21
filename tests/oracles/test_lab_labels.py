"""Labels of the laboratory against numbers worked out by hand, and the laws they obey."""

import json
import math
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_sheet import good_cells

from molecules import VOCABULARY
from oracles.lab import Cell, LabelSettings, failures_per_cells, labels
from oracles.lab.controls import median
from oracles.lab.readings import Bound, Reading

HERE = Path(__file__).parent
CONTROL = replace(good_cells()[0], cycles=None)
ADDITIVE = replace(good_cells()[3], cycles=None)
NOTHING = {"overpotential_mV": None, "h2_umol_cm2_h": None, "corrosion_uA_cm2": None}


def control(name, hours, **values):
    return replace(CONTROL, cell_id=name, lifetime_h=hours, **{**NOTHING, **values})


def additive(name, hours, **values):
    return replace(ADDITIVE, cell_id=name, lifetime_h=hours, **{**NOTHING, **values})


def running(cell):
    return replace(cell, is_censored=True, end_reason="running")


def soft_short(cell, onset=None):
    return replace(cell, is_censored=None, end_reason="soft_short", soft_short_onset_h=onset)


CONTROLS = [control("c1", 100.0), control("c2", 120.0), control("c3", 140.0)]


def of(cells, quantity="lifetime_ratio", **knobs):
    found = labels(cells, settings=LabelSettings(**knobs)).labels
    return [label for label in found if label.quantity.name == quantity]


def test_the_labels_of_the_good_sheet_by_hand():
    """log10 of 600/120, 800/120 (still ran), 500/120 (onset); of (1 - CE) and of rates in ratio."""
    found = {(x.quantity.name, dict(x.conditions)["cell"]): x for x in labels(good_cells()).labels}
    expected = {
        ("lifetime_ratio", "A11"): (math.log10(5), False),
        ("lifetime_ratio", "A12"): (math.log10(800 / 120), True),
        ("lifetime_ratio", "A13"): (math.log10(500 / 120), False),
        ("coulombic_efficiency", "B11"): (math.log10((2.0 * 1.8 * 1.6) ** (1 / 3) / 1.0), False),
        ("hydrogen_rate", "A11"): (math.log10(0.55 / (1.25 * 1.5 * 1.35) ** (1 / 3)), False),
        ("corrosion", "A12"): (math.log10(14 / (30 * 32 * 35) ** (1 / 3)), False),
        ("overpotential", "A13"): (math.log10(57.5 / (60 * 62 * 64) ** (1 / 3)), False),
    }
    assert len(found) == 3 * 5
    for key, (value, is_censored) in expected.items():
        assert found[key].value == pytest.approx(value, abs=1e-9)
        assert found[key].censored == is_censored
        assert found[key].quantity == VOCABULARY[key[0]]
        assert found[key].oracle == "lab"
    assert all(label.quantity.unit == "log10" for label in found.values())


def test_the_conditions_of_a_label_are_named_in_order():
    assert of(good_cells())[0].conditions == (
        ("cell", "A11"),
        ("batch", "2026-A"),
        ("additive_molar", 0.1),
        ("base_salt", "ZnSO4"),
        ("base_molar", 2.0),
        ("cell_type", "Zn||Zn"),
        ("temperature_C", 25.0),
        ("current_mA_cm2", 5.0),
        ("capacity_mAh_cm2", 2.5),
        ("protocol", "plain"),
        ("controls", 3.0),
    )


def test_a_batch_that_borrows_its_controls_says_whose():
    borrowed = replace(
        additive("a", 600.0), batch_id="other", control_batch_id=CONTROLS[0].batch_id
    )
    (label,) = of([*CONTROLS, borrowed])
    assert dict(label.conditions)["controls"] == 3.0
    assert dict(label.conditions)["control_batch"] == CONTROLS[0].batch_id


def test_a_counterion_is_a_condition_and_a_dose_without_molar_mass_a_text():
    (label,) = of(
        [
            *CONTROLS,
            additive("a", 600.0, counterion="[Na+]", additive_molar=None, additive_dose="5 vol%"),
        ]
    )
    assert label.conditions[2] == ("additive_dose", "5 vol%")
    assert label.conditions[-1] == ("counterion", "[Na+]")


@pytest.mark.parametrize(
    ("times", "is_failed", "expected"),
    [
        ([100, 120, 140], [1, 1, 1], 120),
        ([100, 140], [1, 1], 120),
        ([100, 140], [1, 0], 100),
        ([100, 120, 140], [1, 0, 1], 140),  # S: 2/3 at 100, 0 at 140
        ([100, 120, 140, 160], [1, 0, 1, 1], 140),  # S: 3/4, then 3/8 at 140
        ([50, 60, 70, 80, 90, 100], [1, 1, 0, 1, 0, 1], 80),  # S: 5/6, 4/6, 4/9 at 80
        ([100, 100, 200], [1, 0, 1], 200),
    ],
)
def test_the_kaplan_meier_median_by_hand(times, is_failed, expected):
    assert median([float(t) for t in times], [bool(f) for f in is_failed]) == expected


@given(st.lists(st.floats(1, 1e4), min_size=1, max_size=9))
@settings(deadline=None, max_examples=40)
def test_without_censoring_it_is_the_ordinary_median(times):
    assert median(times, [True] * len(times)) == pytest.approx(statistics.median(times))


def test_the_median_of_censored_controls_is_what_cells_are_compared_with():
    """Failures at 100 and 140, one still running at 120: S = 2/3, then 0 at 140."""
    cells = [control("c1", 100.0), running(control("c2", 120.0)), control("c3", 140.0)]
    (label,) = of([*cells, additive("a", 700.0)])
    assert label.value == pytest.approx(math.log10(5))
    assert not label.censored


def test_more_than_half_of_the_controls_running_gives_no_label():
    cells = [running(control("c1", 100.0)), running(control("c2", 120.0)), control("c3", 140.0)]
    found = labels([*cells, additive("a", 700.0)])
    assert not found.labels
    assert found.remarks == (
        "no lifetime_ratio: 2 of 3 controls still ran: the ratio is an upper bound only: a",
    )


def test_a_soft_short_without_onset_is_an_upper_bound_until_confirmed_and_after():
    flagged = soft_short(additive("a", 600.0))
    found = labels([*CONTROLS, flagged])
    (label,) = found.labels
    assert (label.value, label.censored) == (pytest.approx(math.log10(5)), True)
    assert label.conditions[-1] == ("bound", "upper")
    assert any("until a person confirms: a" in remark for remark in found.remarks)
    confirmed = labels([*CONTROLS, replace(flagged, soft_short_confirmed=True)])
    assert (confirmed.labels, confirmed.remarks) == (found.labels, ())


def test_a_soft_short_with_onset_is_a_failure_then():
    (label,) = of([*CONTROLS, soft_short(additive("a", 900.0), onset=600.0)])
    assert (label.value, label.censored) == (pytest.approx(math.log10(5)), False)


def test_controls_that_soft_shorted_unseen_bound_the_median_from_above():
    """Ends 100, 120, 140: the median is 120 if the last failed at once too, or at most 120."""
    late = [*CONTROLS[:2], soft_short(CONTROLS[2])]
    (label,) = of([*late, additive("a", 600.0)])
    assert (label.value, label.censored, label.conditions[-1][0]) == (
        pytest.approx(math.log10(5)),
        True,
        "controls",
    )
    early = [soft_short(CONTROLS[0]), *CONTROLS[1:]]
    assert not of([*early, additive("a", 600.0)])[0].censored
    both = labels([*late, soft_short(additive("a", 600.0))])
    assert not both.labels
    assert any("opposite sides" in remark for remark in both.remarks)


@pytest.mark.parametrize(
    ("cell", "controls", "value", "bound"),
    [
        (99.0, 98.0, math.log10(2), None),
        (99.95, 98.0, math.log10(20), "lower"),
        (99.9, 98.0, math.log10(20), "lower"),
        (100.3, 98.0, math.log10(20), "lower"),
        (98.0, 99.95, -math.log10(20), "upper"),
    ],
)
def test_an_efficiency_is_floored_where_the_cycler_sees_nothing(cell, controls, value, bound):
    cells = [control(f"c{i}", None, ce_avg_pct=controls) for i in range(3)]
    (label,) = of([*cells, additive("a", None, ce_avg_pct=cell)], "coulombic_efficiency")
    assert label.value == pytest.approx(value, abs=1e-9)
    assert label.censored == (bound is not None)
    assert (label.conditions[-1] == ("bound", "upper")) == (bound == "upper")


def test_efficiencies_floored_on_both_sides_say_nothing():
    cells = [control("c", None, ce_avg_pct=99.95), additive("a", None, ce_avg_pct=99.99)]
    assert not labels(cells).labels
    assert of(cells, "coulombic_efficiency", ce_floor=1e-5)[0].value == pytest.approx(math.log10(5))


def test_efficiencies_of_other_cycles_are_not_compared():
    cells = [
        control("c", None, ce_avg_pct=98.0, ce_from_cycle=1, ce_to_cycle=10),
        additive("a", None, ce_avg_pct=99.0, ce_from_cycle=11, ce_to_cycle=20),
    ]
    assert labels(cells).remarks == ("no coulombic_efficiency: no control has this measurement: a",)


def test_a_rate_of_zero_has_no_label():
    cells = [control("c", None, h2_umol_cm2_h=1.0), additive("a", None, h2_umol_cm2_h=0.0)]
    found = labels(cells)
    assert found.labels == ()
    assert "limit of detection" in str(found.remarks)


def test_nothing_is_averaged_over_currents():
    other = {"current_mA_cm2": 1.0, "capacity_mAh_cm2": 0.5}
    cells = [
        *CONTROLS,
        control("c4", 1000.0, **other),
        additive("a", 600.0),
        additive("b", 2000.0, **other),
    ]
    assert [label.value for label in of(cells)] == [
        pytest.approx(math.log10(5)),
        pytest.approx(math.log10(2)),
    ]


def test_the_error_is_the_pooled_spread_of_replicates_with_a_floor():
    """Two groups of two, log10 differing by 1 and by 0.5: sqrt((0.5 + 0.125) / 2)."""
    one = {"additive_molar": 0.1}
    two = {"additive_molar": 0.2}
    cells = [
        control("c1", 100.0),
        additive("a", 100.0, **one),
        additive("b", 1000.0, **one),
        additive("d", 100.0, **two),
        additive("e", 100.0 * 10**0.5, **two),
    ]
    (std,) = {label.std for label in of(cells)}
    assert std == pytest.approx(math.sqrt(0.3125))
    assert {label.std for label in of([*CONTROLS, additive("a", 600.0)])} == {0.1}
    assert of(CONTROLS + [additive("a", 600.0)], least_std=0.2)[0].std == 0.2


def test_polymers_and_mixtures_are_kept_out_and_said():
    found = labels([*CONTROLS, additive("p", 900.0, smiles="*CCO*", is_molecular=False)])
    assert found.labels == ()
    assert found.remarks == ("polymers and mixtures, kept as records without labels: p",)


def test_two_cells_of_one_name_are_refused():
    with pytest.raises(ValueError, match="c1 more than once"):
        labels([*CONTROLS, CONTROLS[0]])


@pytest.mark.parametrize("knobs", [{"ce_floor": 0.0}, {"least_std": -0.1}, {"ce_floor": 1.0}])
def test_settings_out_of_range_are_refused(knobs):
    with pytest.raises(ValueError, match="between 0 and 1"):
        LabelSettings(**knobs)


BOUND = st.sampled_from(["fails", "runs", "shorts"])
HOURS = st.floats(1.0, 5000.0)


@st.composite
def batches(draw):
    cells = []
    for number in range(draw(st.integers(2, 9))):
        build = control if draw(st.booleans()) else additive
        cell = build(f"{number}", round(draw(HOURS), 3), batch_id=draw(st.sampled_from("AB")))
        cell = replace(cell, control_batch_id=cell.batch_id)
        end = draw(BOUND)
        cells.append({"fails": cell, "runs": running(cell), "shorts": soft_short(cell)}[end])
    return cells


@given(batches(), st.randoms())
@settings(deadline=None, max_examples=40)
def test_the_order_of_cells_does_not_matter(cells, random):
    shuffled = list(cells)
    random.shuffle(shuffled)
    assert labels(shuffled) == labels(cells)
    assert failures_per_cells(shuffled) == failures_per_cells(cells)


@given(batches(), st.floats(0.1, 10))
@settings(deadline=None, max_examples=40)
def test_the_unit_of_time_does_not_matter(cells, factor):
    slower = [replace(cell, lifetime_h=cell.lifetime_h * factor) for cell in cells]
    for one, other in zip(labels(cells).labels, labels(slower).labels, strict=True):
        assert other.value == pytest.approx(one.value, abs=1e-9)
        assert (other.censored, other.conditions) == (one.censored, one.conditions)


@given(batches())
@settings(deadline=None, max_examples=40)
def test_another_batch_changes_no_value(cells):
    alone = [cell for cell in cells if cell.batch_id == "A"]
    assert {(label.conditions, label.value) for label in labels(alone).labels} <= {
        (label.conditions, label.value) for label in labels(cells).labels
    }


@given(HOURS, HOURS, HOURS)
@settings(deadline=None, max_examples=20)
def test_exchanging_cell_and_control_changes_the_sign(hours, control_hours, other_hours):
    forward = of([control("c", control_hours), additive("a", hours)])[0].value
    backward = of([control("c", hours), additive("a", control_hours)])[0].value
    assert forward == pytest.approx(-backward, abs=1e-9)


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (Bound.EXACT, Bound.EXACT, Bound.EXACT),
        (Bound.LOWER, Bound.EXACT, Bound.LOWER),
        (Bound.EXACT, Bound.LOWER, Bound.UPPER),
        (Bound.LOWER, Bound.UPPER, Bound.LOWER),
        (Bound.UPPER, Bound.LOWER, Bound.UPPER),
        (Bound.LOWER, Bound.LOWER, None),
        (Bound.UPPER, Bound.UPPER, None),
    ],
)
def test_a_difference_of_bounds_is_a_bound_or_nothing(own, other, expected):
    difference = Reading(3.0, own).minus(Reading(1.0, other))
    assert (difference and difference.bound) == expected


def test_failures_are_counted_per_cells_tested():
    cells = [
        *CONTROLS,
        running(additive("a", 800.0)),
        soft_short(additive("b", 700.0)),
        replace(additive("d", 700.0), soft_short_onset_h=500.0),
        replace(additive("e", 600.0), end_reason="", is_censored=False),
        additive("p", 10.0, smiles="*CCO*", is_molecular=False),
    ]
    found = failures_per_cells(cells)
    assert [(row.smiles, row.cells, row.failed) for row in found] == [
        ("", 3, 3),
        ("*CCO*", 1, 1),
        ("OCC(O)CO", 4, 3),
    ]
    assert found[2].failures == {"soft_short": 2, "unknown": 1}


def test_labels_of_cells_from_json_are_the_same():
    stored = [Cell.from_json(json.loads(json.dumps(cell.to_json()))) for cell in good_cells()]
    assert labels(stored) == labels(good_cells())
