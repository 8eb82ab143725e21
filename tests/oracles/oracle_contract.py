"""The contract suite: what every oracle must do, inherited by the tests of each one."""

import math

import pytest

from molecules import Failure, Label, Molecule, Status


class OracleContract:
    """Give `oracle` (opened) and `molecules`; inherit the laws."""

    @pytest.fixture(scope="class")
    @classmethod
    def oracle(cls):
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def molecules(cls):
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def outcomes(cls, oracle, molecules):
        return list(oracle.query(molecules))

    def test_there_is_exactly_one_outcome_a_molecule_and_quantity(
        self, oracle, molecules, outcomes
    ):
        names = [q.name for q in oracle.quantities]
        given = [
            (outcome.molecule, name)
            for outcome in outcomes
            for name in (
                [outcome.quantity.name]
                if isinstance(outcome, Label)
                else names
                if outcome.quantity is None
                else [outcome.quantity]
            )
        ]
        assert sorted(given) == sorted((m, name) for m in set(molecules) for name in names)

    def test_a_molecule_named_twice_is_answered_once(self, oracle, molecules, outcomes):
        again = list(oracle.query([molecules[0], molecules[0]]))
        assert len(again) == sum(o.molecule == molecules[0] for o in outcomes)

    def test_labels_are_finite_and_failures_have_a_reason(self, outcomes):
        for outcome in outcomes:
            if isinstance(outcome, Label):
                assert math.isfinite(outcome.value) and outcome.std >= 0
            else:
                assert isinstance(outcome, Failure)
                assert outcome.status in set(Status) - {Status.OK}
                assert outcome.reason

    def test_outcomes_carry_the_name_of_the_oracle_and_its_quantities(self, oracle, outcomes):
        assert {o.oracle for o in outcomes} == {oracle.name}
        assert all(o.quantity in oracle.quantities for o in outcomes if isinstance(o, Label))

    def test_asking_again_gives_the_same_numbers(self, oracle, molecules, outcomes):
        def numbers(found):
            return {(o.molecule, o.quantity): o.value for o in found if isinstance(o, Label)}

        assert numbers(oracle.query(molecules)) == numbers(outcomes)

    def test_no_molecules_give_no_outcomes(self, oracle):
        assert list(oracle.query([])) == []

    def test_the_cost_is_positive_seconds(self, oracle, molecules):
        assert all(math.isfinite(oracle.cost(m)) and oracle.cost(m) >= 0 for m in molecules)

    def test_the_tier_is_a_whole_number(self, oracle):
        assert isinstance(oracle.tier, int)


ETHANOL, WATER, UREA = (Molecule.from_smiles(s) for s in ("CCO", "O", "NC(N)=O"))
