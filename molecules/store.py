"""Store: the append-only record of a campaign, and the only state it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from molecules import tables
from molecules.bench import StoredBench
from molecules.calculation import Calculation
from molecules.candidate import Candidate
from molecules.label import Failure, Label, Outcome, Pending
from molecules.rows import (
    Record,
    conditions_of,
    outcome_row,
    quantity_name,
    read_candidate,
    read_record,
)
from molecules.transactions import add_molecule, now, writing


@dataclass(frozen=True)
class Round:
    """One round of a campaign; open while its candidates are being asked."""

    number: int
    started: str
    finished: str | None
    metrics: Mapping[str, Any]


class Store:
    """The record of one campaign; several processes may hold it open at once.

    Every write is one `BEGIN IMMEDIATE` transaction, committed before the call returns.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.calculations = StoredCalculations(engine)
        self.bench = StoredBench(engine)

    @classmethod
    def open(cls, location: str | Path, create: bool = True) -> Store:
        """Open the record at a file path or an SQLAlchemy URL.

        Raises:
            StoreError: it cannot be opened; the message says what to do.
        """
        text = str(location)
        url = sa.make_url(text) if "://" in text else sa.URL.create("sqlite", database=text)
        return cls(tables.open_engine(url, create))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def add(self, outcome: Outcome, round: int | None = None, source: str = "") -> bool:
        """Commit one outcome; return False where the question already has an answer.

        An answer to a Pending replaces nothing: both rows stay, and the answer is what counts.
        """
        row = outcome_row(outcome, round, source)
        with writing(self._engine) as connection:
            add_molecule(connection, outcome.molecule)
            if not isinstance(outcome, Pending) and _is_answered(connection, outcome):
                return False
            connection.execute(tables.outcomes.insert().values(row))
        return True

    def records(self) -> list[Record]:
        """All outcomes that were not withdrawn, in the order of their commit."""
        withdrawn = sa.select(tables.withdrawals.c.outcome_id)
        query = (
            sa.select(tables.outcomes)
            .where(tables.outcomes.c.id.not_in(withdrawn))
            .order_by(tables.outcomes.c.id)
        )
        with self._engine.connect() as connection:
            return [read_record(row._asdict()) for row in connection.execute(query)]

    def withdrawn(self) -> list[tuple[Record, str]]:
        """Outcomes that were withdrawn, each with its reason, in the order of their commit."""
        query = (
            sa.select(tables.outcomes, tables.withdrawals.c.reason.label("why"))
            .join(tables.withdrawals, tables.withdrawals.c.outcome_id == tables.outcomes.c.id)
            .order_by(tables.outcomes.c.id)
        )
        with self._engine.connect() as connection:
            rows = [row._asdict() for row in connection.execute(query)]
        return [(read_record(row), row["why"]) for row in rows]

    def withdraw(self, record_id: int, reason: str) -> None:
        """Take an outcome out of the belief; its row stays.

        Raises:
            KeyError: no outcome of this id, or it was withdrawn before.
        """
        if record_id not in {record.id for record in self.records()}:
            raise KeyError(f"got outcome {record_id}, expected the id of an outcome that counts")
        with writing(self._engine) as connection:
            connection.execute(
                tables.withdrawals.insert().values(outcome_id=record_id, reason=reason, at=now())
            )

    def begin_round(
        self, number: int, candidates: Sequence[Candidate], metrics: Mapping[str, Any] | None = None
    ) -> None:
        """Commit a round's questions before any of them is asked.

        Raises:
            StoreError: the round was begun before, by another run on this store.
        """
        with writing(self._engine) as connection:
            try:
                connection.execute(
                    tables.rounds.insert().values(
                        number=number, started=now(), metrics=dict(metrics or {})
                    )
                )
            except sa.exc.IntegrityError as error:
                raise tables.StoreError(
                    f"round {number} was begun by another run on this store; expected one run at a "
                    "time; wait for the other one, then run again"
                ) from error
            for position, candidate in enumerate(candidates):
                add_molecule(connection, candidate.molecule)
                connection.execute(
                    tables.candidates.insert().values(
                        round=number,
                        position=position,
                        smiles=candidate.molecule.smiles,
                        oracle=candidate.oracle,
                        score=candidate.score,
                        mean=dict(candidate.mean),
                        std=dict(candidate.std),
                        source=candidate.source,
                        parents=[m.smiles for m in candidate.parents],
                        why=candidate.why,
                    )
                )

    def note_round(self, number: int, metrics: Mapping[str, Any], finished: bool = True) -> None:
        """Commit what was measured of a round; `finished` closes it."""
        with writing(self._engine) as connection:
            known = connection.scalar(
                sa.select(tables.rounds.c.metrics).where(tables.rounds.c.number == number)
            )
            values: dict[str, Any] = {"metrics": {**(known or {}), **metrics}}
            if finished:
                values["finished"] = now()
            connection.execute(
                tables.rounds.update().where(tables.rounds.c.number == number).values(values)
            )

    def rounds(self) -> list[Round]:
        """All rounds, first to last."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(tables.rounds).order_by(tables.rounds.c.number))
            return [Round(r.number, r.started, r.finished, r.metrics) for r in rows]

    def candidates(self, number: int | None = None) -> list[tuple[int, Candidate]]:
        """(round, candidate) of one round or of all, in the order they were chosen."""
        query = sa.select(tables.candidates).order_by(
            tables.candidates.c.round, tables.candidates.c.position
        )
        if number is not None:
            query = query.where(tables.candidates.c.round == number)
        with self._engine.connect() as connection:
            return [(row.round, read_candidate(row._asdict())) for row in connection.execute(query)]


class StoredCalculations:
    """The calculation cache of a store: content hash to payload."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def get(self, key: str) -> Calculation | None:
        """The calculation of this key, or None."""
        table = tables.calculations
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(table).where(table.c.key == key)).first()
        return None if row is None else Calculation(row.key, row.method, row.payload)

    def put(self, calculation: Calculation) -> None:
        """Remember; the same key twice is ignored."""
        table = tables.calculations
        with writing(self._engine) as connection:
            known = sa.select(table.c.key).where(table.c.key == calculation.key)
            if connection.scalar(known) is None:
                connection.execute(
                    table.insert().values(
                        key=calculation.key,
                        method=calculation.method,
                        payload=dict(calculation.payload),
                    )
                )


def _is_answered(connection: sa.Connection, outcome: Label | Failure) -> bool:
    """Whether the same oracle has already answered this question under the same conditions."""
    table = tables.outcomes
    quantity = quantity_name(outcome)
    query = sa.select(table.c.quantity, table.c.conditions).where(
        table.c.smiles == outcome.molecule.smiles,
        table.c.oracle == outcome.oracle,
        table.c.kind != "pending",
        table.c.id.not_in(sa.select(tables.withdrawals.c.outcome_id)),
    )
    conditions = conditions_of(outcome)
    return any(
        row.conditions == conditions and (row.quantity is None or row.quantity == quantity)
        for row in connection.execute(query)
    )
