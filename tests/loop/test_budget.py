from hypothesis import given
from hypothesis import strategies as st

from loop.budget import Allowance, Budget, Limit, Spend


@given(st.integers(1, 50), st.integers(0, 100), st.integers(0, 100), st.integers(1, 3))
def test_a_round_never_asks_more_than_the_budget_has_left(batch, limit, spent, n_oracles):
    oracles = [f"oracle{i}" for i in range(n_oracles)]
    spend = Spend({oracles[0]: spent}, {})
    allowance = Budget(Limit(calls=limit)).allowance(batch, oracles, spend)
    assert 0 <= allowance.batch <= batch
    assert allowance.batch * n_oracles + spent <= max(limit, spent)


def test_a_tier_that_used_its_calls_stops_the_round():
    budget = Budget(tiers={"xtb": Limit(calls=10)})
    assert budget.allowance(8, ["xtb"], Spend({"xtb": 7}, {})).batch == 3
    assert budget.allowance(8, ["xtb"], Spend({"xtb": 10}, {})).batch == 0


def test_seconds_stop_further_rounds():
    budget = Budget(Limit(seconds=100))
    assert budget.allowance(8, ["xtb"], Spend({}, {"xtb": 99})).batch == 8
    assert budget.allowance(8, ["xtb"], Spend({}, {"xtb": 60, "dft": 40})).batch == 0
    tier = Budget(tiers={"dft": Limit(seconds=10)})
    assert not tier.allowance(8, ["dft"], Spend({}, {"dft": 11})).allows("dft")


def test_an_oracle_without_a_limit_is_allowed():
    assert Allowance(4, {"xtb": 2}).allows("other", 100)
    assert not Allowance(4, {"xtb": 2}).allows("xtb", 3)
