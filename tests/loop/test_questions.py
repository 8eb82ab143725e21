import pytest

from loop.questions import answered, ask
from molecules import Failure, Label, Molecule, Quantity
from molecules.store import Store
from oracles.base import Cost, OracleUnavailableError

A, B, C = (Quantity(name, "1") for name in "abc")
MOLECULES = [Molecule.from_smiles(s) for s in ("CCO", "CCN", "CCC")]


class Talker:
    """An oracle that says what it was told to say, then raises if told so."""

    name, tier, quantities, cost = "talker", 1, (A, B), Cost()

    def __init__(self, outcomes, error=None):
        self.outcomes, self.error = outcomes, error

    def open(self, workers, calculations):
        pass

    def query(self, molecules):
        yield from self.outcomes
        if self.error:
            raise self.error


def label(molecule, quantity, value=1.0):
    return Label(molecule, quantity, value, 0.0, "talker")


def test_every_question_gets_exactly_one_outcome_whatever_the_oracle_does():
    said = [
        label(MOLECULES[0], A),
        label(MOLECULES[0], A, 2.0),
        label(MOLECULES[0], C),
        label(MOLECULES[1], A),
    ]
    given = list(ask(Talker(said, RuntimeError("lost the licence")), MOLECULES))
    questions = [
        (o.molecule, o.quantity.name if isinstance(o, Label) else o.quantity) for o, _ in given
    ]
    assert sorted(questions) == sorted((m, q) for m in MOLECULES for q in "ab")
    failures = [o for o, _ in given if isinstance(o, Failure)]
    assert all(f.status == "crashed" and "lost the licence" in f.reason for f in failures)
    assert sum(is_last for _, is_last in given) == len(MOLECULES)


def test_a_failure_of_everything_answers_every_quantity():
    said = [Failure(MOLECULES[0], "talker", "timeout", "too slow")]
    assert [o for o, _ in ask(Talker(said), MOLECULES[:1])] == said


def test_answered_counts_every_quantity(tmp_path):
    store = Store.open(tmp_path / "store.db")
    oracle = Talker([])
    store.add(label(MOLECULES[0], A))
    store.add(label(MOLECULES[1], A))
    store.add(Failure(MOLECULES[1], "talker", "crashed", "boom", "b"))
    store.add(Failure(MOLECULES[2], "talker", "crashed", "boom"))
    assert answered(store.records(), oracle) == {
        MOLECULES[0]: False,
        MOLECULES[1]: True,
        MOLECULES[2]: True,
    }
    store.close()


def test_the_machines_trouble_is_no_molecules_failure():
    broken = Talker([label(MOLECULES[0], A)], OracleUnavailableError("the disk is full"))
    asked = ask(broken, MOLECULES)
    assert next(asked)[0].value == 1.0
    with pytest.raises(OracleUnavailableError, match="disk"):
        list(asked)
