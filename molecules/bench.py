"""Bench: the laboratory's part of a record: sheets, cells, and what people decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from molecules import tables
from molecules.label import Label
from molecules.molecule import Molecule
from molecules.rows import outcome_row
from molecules.transactions import add_molecule, now, writing

VETO, WISH = "veto", "wish"
"""Kinds of decision: never ask the laboratory about a molecule; ask about it next."""


@dataclass(frozen=True)
class Sheet:
    """A results file that was imported."""

    sha256: str
    name: str
    encoding: str
    at: str = ""
    """UTC, ISO 8601; set when it is committed."""


@dataclass(frozen=True)
class Decision:
    """What a person decided about asking the laboratory, and why; the latest one counts."""

    molecule: Molecule
    kind: str
    reason: str
    at: str = ""


@dataclass(frozen=True)
class BenchChange:
    """An import or a withdrawal: committed whole or not at all."""

    sheet: Sheet | None = None
    cells: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """New cells by `cell_id`, as JSON."""
    withdrawn_cells: Mapping[str, str] = field(default_factory=dict)
    """`cell_id` to reason."""
    withdrawn_labels: Mapping[int, str] = field(default_factory=dict)
    """Id of an outcome to reason."""
    labels: Sequence[Label] = ()

    @property
    def is_empty(self) -> bool:
        """Whether committing it would change nothing."""
        return not (self.cells or self.withdrawn_cells or self.withdrawn_labels or self.labels)


class StoredBench:
    """The laboratory's part of a store; get it as `store.bench`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def sheets(self) -> list[Sheet]:
        """Every file that was imported, the first first."""
        query = sa.select(tables.sheets).order_by(tables.sheets.c.id)
        with self._engine.connect() as connection:
            return [
                Sheet(row.sha256, row.name, row.encoding, row.at)
                for row in connection.execute(query)
            ]

    def cells(self) -> dict[str, Mapping[str, Any]]:
        """Every cell that was not withdrawn, by `cell_id`, in the order of import."""
        table = tables.cells
        query = sa.select(table).where(table.c.withdrawn.is_(None)).order_by(table.c.id)
        with self._engine.connect() as connection:
            return {row.cell_id: row.content for row in connection.execute(query)}

    def batches(self) -> list[str]:
        """Every batch in the order in which it first came, also those withdrawn since."""
        query = sa.select(tables.cells.c.content).order_by(tables.cells.c.id)
        with self._engine.connect() as connection:
            names = [str(row.content["batch_id"]) for row in connection.execute(query)]
        return list(dict.fromkeys(names))

    def withdrawn_cells(self) -> list[tuple[str, Mapping[str, Any], str]]:
        """`cell_id`, content and reason of every withdrawn cell, in the order of import."""
        table = tables.cells
        query = sa.select(table).where(table.c.withdrawn.is_not(None)).order_by(table.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query)
            return [(row.cell_id, row.content, row.reason) for row in rows]

    def overruled(self) -> set[int]:
        """Labels whose cell a person took back after them: the corrected cell is another one."""
        labels, cells, gone = tables.outcomes, tables.cells, tables.withdrawals
        query = sa.select(labels.c.id, labels.c.conditions, gone.c.at).join_from(
            labels, gone, gone.c.outcome_id == labels.c.id
        )
        latest = (
            sa.select(cells.c.cell_id, sa.func.max(cells.c.withdrawn))
            .where(cells.c.withdrawn.is_not(None))
            .group_by(cells.c.cell_id)
        )
        with self._engine.connect() as connection:
            taken_back = {name: at for name, at in connection.execute(latest)}
            withdrawn = connection.execute(query).all()
        return {
            number
            for number, conditions, at in withdrawn
            if at <= taken_back.get(dict(conditions).get("cell"), "")
        }

    def decisions(self) -> dict[Molecule, Decision]:
        """The latest decision about each molecule."""
        query = sa.select(tables.decisions).order_by(tables.decisions.c.id)
        with self._engine.connect() as connection:
            found = [
                Decision(Molecule(row.smiles), row.kind, row.reason, row.at)
                for row in connection.execute(query)
            ]
        return {decision.molecule: decision for decision in found}

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Keep what a person decided."""
        with writing(self._engine) as connection:
            for decision in decisions:
                add_molecule(connection, decision.molecule)
                connection.execute(
                    tables.decisions.insert().values(
                        smiles=decision.molecule.smiles,
                        kind=decision.kind,
                        reason=decision.reason,
                        at=now(),
                    )
                )

    def commit(self, change: BenchChange, source: str) -> None:
        """Write a change in one transaction.

        Args:
            change: of labels, those withdrawn go before those that come in their place.
            source: of the new labels, as the record calls it.
        """
        with writing(self._engine) as connection:
            sheet = None
            if change.sheet is not None:
                row = {k: getattr(change.sheet, k) for k in ("sha256", "name", "encoding")}
                inserted = connection.execute(tables.sheets.insert().values(**row, at=now()))
                sheet = (inserted.inserted_primary_key or [None])[0]
            for cell_id, reason in change.withdrawn_cells.items():
                connection.execute(
                    tables.cells.update()
                    .where(tables.cells.c.cell_id == cell_id, tables.cells.c.withdrawn.is_(None))
                    .values(withdrawn=now(), reason=reason)
                )
            for cell_id, content in change.cells.items():
                connection.execute(
                    tables.cells.insert().values(
                        cell_id=cell_id, sheet_id=sheet, content=dict(content), reason=""
                    )
                )
            for outcome_id, reason in change.withdrawn_labels.items():
                connection.execute(
                    tables.withdrawals.insert().values(
                        outcome_id=outcome_id, reason=reason, at=now()
                    )
                )
            for label in change.labels:
                add_molecule(connection, label.molecule)
                connection.execute(
                    tables.outcomes.insert().values(outcome_row(label, None, source))
                )
