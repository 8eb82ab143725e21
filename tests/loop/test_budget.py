import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.budget import Allowance, Budget, Limit, Spend
from loop.costs import learned_costs
from molecules import VOCABULARY, Failure, Label, Molecule, Provenance
from molecules.store import Store
from oracles.base import Cost


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


def test_a_tier_that_is_used_up_does_not_stop_the_others():
    budget = Budget(tiers={"dft": Limit(calls=2)})
    allowance = budget.allowance(8, ["dft", "xtb"], Spend({"dft": 2, "xtb": 8}, {}))
    assert allowance.batch == 8
    assert allowance.allows("xtb", 8) and not allowance.allows("dft")


def test_seconds_stop_further_rounds():
    budget = Budget(Limit(seconds=100))
    assert budget.allowance(8, ["xtb"], Spend({}, {"xtb": 99})).batch == 8
    assert budget.allowance(8, ["xtb"], Spend({}, {"xtb": 60, "dft": 40})).batch == 0
    tier = Budget(tiers={"dft": Limit(seconds=10)})
    assert not tier.allowance(8, ["dft"], Spend({}, {"dft": 11})).allows("dft")


def test_a_tier_answers_no_more_than_its_share_of_a_round():
    budget = Budget(Limit(calls=20), {"dft": Limit(calls=5, per_round=2)})
    assert budget.calls("dft", Spend({}, {}), 8) == 2
    assert budget.calls("dft", Spend({"dft": 4}, {}), 8) == 1
    assert budget.calls("dft", Spend({"xtb": 11}, {}), 8) == 1
    assert budget.calls("dft", Spend({"xtb": 12}, {}), 8) == 0
    assert budget.calls("xtb", Spend({}, {}), 0) == 20


def test_the_forecast_is_what_the_rounds_would_ask():
    budget = Budget(Limit(calls=30), {"dft": Limit(per_round=2), "xtb": Limit(per_round=5)})
    spend = Spend({"xtb": 5}, {})
    molecules, asked = budget.forecast(range(1, 4), 8, ["xtb"], ["dft"], spend)
    assert (molecules, dict(asked)) == (15, {"xtb": 15, "dft": 4})  # none promoted in round 1
    molecules, asked = budget.forecast(range(2, 100), 8, ["xtb"], ["dft"], spend)
    assert asked.total() == 25 and molecules == asked["xtb"]
    assert budget.forecast(range(3, 3), 8, ["xtb"], ["dft"], spend) == (0, {})


def test_learned_costs_follow_the_seconds_of_small_and_large_molecules(tmp_path):
    store = Store.open(tmp_path / "store.db")
    molecules = [Molecule.from_smiles("C" * n + "O") for n in range(1, 12)]
    truth = Cost(4.0, 0.5, 2.0)
    assert learned_costs({"xtb": Cost(1.0, 0.1, 2.0)}, []) == {"xtb": Cost(1.0, 0.1, 2.0)}
    configured = Cost(10.0, 0.01, 2.0)
    for n in (1, len(molecules)):
        for molecule in molecules[:n]:
            share = Provenance(seconds=truth(molecule))
            store.add(Label(molecule, VOCABULARY["homo"], -1.0, 0.0, "xtb", provenance=share))
        learned = learned_costs({"xtb": configured}, store.records())["xtb"]
        if n == 1:  # one answer scales
            assert learned(molecules[0]) == pytest.approx(truth(molecules[0]))
    asked = [truth(m) for m in molecules]
    bent = [learned(m) for m in molecules]
    scaled = [configured(m) * sum(asked) / sum(map(configured, molecules)) for m in molecules]
    assert np.abs(np.subtract(bent, asked)).max() < 0.6 * np.abs(np.subtract(scaled, asked)).max()
    assert learned.power == 2.0


def test_an_oracle_without_a_limit_is_allowed():
    assert Allowance(4, {"xtb": 2}).allows("other", 100)
    assert not Allowance(4, {"xtb": 2}).allows("xtb", 3)


def test_a_molecule_is_one_call_and_its_outcomes_share_its_seconds(tmp_path):
    store = Store.open(tmp_path / "store.db")
    urea, glycol = map(Molecule.from_smiles, ("NC(N)=O", "OCCO"))
    share = Provenance(started="2026-01-01T00:00:00+00:00", seconds=2.0)
    store.add(Label(urea, VOCABULARY["homo"], -10.0, 0.0, "xtb", provenance=share))
    store.add(Label(urea, VOCABULARY["gap"], 6.0, 0.0, "xtb", provenance=share))
    store.add(Failure(glycol, "xtb", "timeout", "too slow", None, Provenance(seconds=60.0)))
    spend = Spend.of(store.records())
    store.close()
    assert spend == Spend({"xtb": 2}, {"xtb": 64.0})
