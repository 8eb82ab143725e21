"""FunctionOracle: any function is an oracle, and its trouble is a Failure of one molecule."""

import pytest
from oracle_contract import ETHANOL, UREA, WATER, OracleContract

from molecules import Failure, Label, Status
from oracles.function import FunctionOracle


def opened(function, workers, calculations, **settings):
    oracle = FunctionOracle(f"worker_tasks:{function}", "score", "1", cost=0.01, **settings)
    oracle.open(workers, calculations)
    return oracle


class TestContract(OracleContract):
    @pytest.fixture(scope="class")
    @classmethod
    def oracle(cls, workers):
        return opened("refuse_carbon", workers, None, std=0.2, name="mine")

    @pytest.fixture(scope="class")
    @classmethod
    def molecules(cls):
        return [WATER, ETHANOL, UREA]


def test_the_value_is_what_the_function_returns(workers, calculations):
    oracle = opened("length", workers, calculations, std=0.5, name="mine", tier=2)
    (label,) = oracle.query([ETHANOL])
    assert isinstance(label, Label)
    assert (label.value, label.std, label.oracle, label.quantity.unit) == (3.0, 0.5, "mine", "1")
    record = label.provenance
    assert record.method == "worker_tasks:length" and record.settings_hash and record.host
    assert record.started.endswith("+00:00") and record.seconds >= 0


@pytest.mark.parametrize(
    ("function", "status", "reason"),
    [
        ("nothing", Status.CRASHED, "NoneType"),
        ("not_a_number", Status.CRASHED, "nan"),
        ("divide_by_zero", Status.CRASHED, "ZeroDivisionError"),
        ("refuse_carbon", Status.UNSUPPORTED, "no carbon"),
    ],
)
def test_an_answer_that_is_no_number_is_a_failure(workers, calculations, function, status, reason):
    (failure,) = opened(function, workers, calculations).query([ETHANOL])
    assert isinstance(failure, Failure)
    assert failure.status == status and reason in failure.reason
    assert failure.quantity == "score"


def test_a_segfault_of_one_molecule_leaves_the_others(workers, calculations):
    oracle = opened("crash_on_nitrogen", workers, calculations)
    outcomes = {o.molecule: o for o in oracle.query([WATER, UREA, ETHANOL])}
    assert isinstance(outcomes[UREA], Failure) and outcomes[UREA].status == Status.CRASHED
    assert isinstance(outcomes[WATER], Label) and isinstance(outcomes[ETHANOL], Label)


@pytest.mark.parametrize(
    ("function", "named"),
    [
        ("absent_module:f", "absent_module"),
        ("worker_tasks:absent", "absent"),
        ("worker_tasks:not_callable", "int"),
    ],
)
def test_a_function_that_cannot_be_had_is_refused_at_the_door(
    workers, calculations, function, named
):
    oracle = FunctionOracle(function, "score", "1", cost=1.0)
    with pytest.raises(ValueError, match=named):
        oracle.open(workers, calculations)


def test_a_name_without_a_function_is_refused():
    with pytest.raises(ValueError, match=r"package\.module:name"):
        FunctionOracle("my_scores.polarity", "score", "1", cost=1.0)


def test_a_known_quantity_keeps_its_unit():
    with pytest.raises(ValueError, match="'eV'"):
        FunctionOracle("worker_tasks:length", "gap", "kcal/mol", cost=1.0)


def test_asking_before_open_is_refused():
    oracle = FunctionOracle("worker_tasks:length", "score", "1", cost=1.0)
    with pytest.raises(RuntimeError, match="open"):
        next(oracle.query([ETHANOL]))
