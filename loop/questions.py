"""Asking one oracle: what is already answered, and exactly one outcome for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from molecules import Failure, Label, Molecule, Outcome, Pending, Status
from molecules.rows import Record
from oracles.base import Oracle, OracleUnavailableError


def answered(records: Sequence[Record], oracle: Oracle) -> dict[Molecule, bool]:
    """Whether every quantity of `oracle` has an outcome, for each molecule it was asked about."""
    missing: dict[Molecule, set[str]] = {}
    for record in records:
        outcome = record.outcome
        if outcome.oracle != oracle.name:
            continue
        names = missing.setdefault(outcome.molecule, {q.name for q in oracle.quantities})
        names -= _answers(outcome, oracle)
    return {molecule: not names for molecule, names in missing.items()}


def ask(oracle: Oracle, molecules: Sequence[Molecule]) -> Iterator[tuple[Outcome, bool]]:
    """Yield (outcome, whether it was the molecule's last), one outcome a molecule and quantity.

    An oracle that raises, or that stays silent about a question, is recorded as Failures of the
    questions it left open: the campaign goes on, and nothing is asked for ever.
    """
    missing = {molecule: {q.name for q in oracle.quantities} for molecule in molecules}
    reason = "the oracle gave no answer"
    try:
        for outcome in oracle.query(molecules) if molecules else ():
            names = missing.get(outcome.molecule, set())
            given = _answers(outcome, oracle) & names
            if given:
                names -= given
                yield outcome, not names
    except OracleUnavailableError:
        raise  # the machine's trouble, no molecule's: the round stays open
    except Exception as error:  # an oracle of the user's own: its trouble is an outcome
        reason = f"the oracle raised {type(error).__name__}: {error}"
    for molecule, names in missing.items():
        for position, name in enumerate(sorted(names), 1):
            failure = Failure(molecule, oracle.name, Status.CRASHED, reason, name)
            yield failure, position == len(names)


def _answers(outcome: Outcome, oracle: Oracle) -> set[str]:
    match outcome:
        case Label():
            return {outcome.quantity.name}
        case Failure() | Pending() if outcome.quantity is not None:
            return {outcome.quantity}
        case _:
            return {q.name for q in oracle.quantities}
