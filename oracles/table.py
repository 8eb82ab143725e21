"""TableOracle: answers from known labels, for backtests and tests."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from molecules import (
    VOCABULARY,
    Failure,
    InvalidMoleculeError,
    Label,
    Molecule,
    Outcome,
    Provenance,
    Quantity,
    Status,
)
from oracles.base import Calculations, Cost, Workers

Table = dict[Molecule, dict[str, Outcome]]
_SKIPPED = {"pending", "withdrawn"}


class TableOracle:
    """What a csv file in the export format says, and nothing else.

    Columns: `smiles, quantity, value`; optional `std, status, reason, unit, oracle, censored`.
    A row whose quantity is empty is a failure of all quantities. A molecule or quantity that the
    table lacks is a Failure with status `unsupported`.
    """

    def __init__(
        self,
        file: str | Path,
        quantities: Mapping[str, str],
        *,
        name: str = "table",
        tier: int = 1,
        cost: float | Cost = 0.0,
        rows_of: str | None = None,
    ) -> None:
        """Store where the answers lie; the file is read at the first question.

        Args:
            file: csv file, UTF-8 with or without byte-order mark.
            quantities: name -> unit of what is answered.
            name: name of the oracle in the record.
            tier: rank of trust among the oracles of the same quantity.
            cost: seconds that one question is counted as, whatever it costs to read a table.
            rows_of: only rows whose `oracle` column has this name; None takes all.
        """
        if not quantities:
            raise ValueError("got no quantities, expected at least one such as {gap: eV}")
        self.file = Path(file)
        self.quantities = tuple(
            VOCABULARY[q] if q in VOCABULARY and VOCABULARY[q].unit == unit else Quantity(q, unit)
            for q, unit in quantities.items()
        )
        self.name = name
        self.tier = tier
        self.cost = cost if isinstance(cost, Cost) else Cost(constant=cost)
        self.rows_of = rows_of
        self._table: Table | None = None

    def can_answer(self, molecule: Molecule) -> bool:
        """Whether the table knows anything of the molecule."""
        return molecule in self._read()

    @property
    def molecules(self) -> list[Molecule]:
        """Every molecule of which the table knows an answer, in the order of the file."""
        return list(self._read())

    def open(self, workers: Workers, calculations: Calculations) -> None:
        """Read the file, so that its faults show before the first question."""
        self._read()

    def query(self, molecules: Sequence[Molecule]) -> Iterator[Outcome]:
        """Yield one outcome a distinct molecule and quantity."""
        table = self._read()
        for molecule in dict.fromkeys(molecules):
            known = table.get(molecule, {})
            for quantity in self.quantities:
                yield known.get(quantity.name) or Failure(
                    molecule,
                    self.name,
                    Status.UNSUPPORTED,
                    f"{self.file.name} has no {quantity.name} of this molecule",
                    quantity.name,
                )

    def _read(self) -> Table:
        if self._table is None:
            self._table = self._parse()
        return self._table

    def _parse(self) -> Table:
        try:
            file = self.file.open(encoding="utf-8-sig", newline="")
        except OSError as error:
            raise ValueError(
                f"oracle {self.name}: got table {self.file}, which cannot be read ({error})"
            ) from error
        table: Table = {}
        with file:
            rows = csv.DictReader(file)
            missing = {"smiles", "quantity", "value"} - set(rows.fieldnames or ())
            if missing:
                raise ValueError(
                    f"{self.file}: got columns {', '.join(rows.fieldnames or ())}; expected also "
                    f"{', '.join(sorted(missing))}"
                )
            for row in rows:
                try:
                    self._take(table, {k: v.strip() for k, v in row.items() if k and v})
                except (ValueError, InvalidMoleculeError) as error:
                    raise ValueError(f"{self.file}, line {rows.line_num}: {error}") from error
        return table

    def _take(self, table: Table, row: Mapping[str, str]) -> None:
        """Put one row's outcomes into the table; refuse a contradiction."""
        status = row.get("status", "ok")
        if status in _SKIPPED or (self.rows_of and row.get("oracle") != self.rows_of):
            return
        named = row.get("quantity")
        wanted = [q for q in self.quantities if named in (None, q.name)]
        for quantity in wanted:
            outcome = self._outcome(row, quantity, status)
            known = table.setdefault(outcome.molecule, {}).setdefault(quantity.name, outcome)
            if known != outcome:
                raise ValueError(
                    f"got a second {quantity.name} of {outcome.molecule}, which differs; expected "
                    "one answer: keep one row, or choose with rows_of=ORACLE"
                )

    def _outcome(self, row: Mapping[str, str], quantity: Quantity, status: str) -> Label | Failure:
        molecule = Molecule.from_smiles(row.get("smiles", ""))
        record = Provenance(method=f"table {self.file.name}")
        if status != Status.OK:
            reason = row.get("reason", "")
            return Failure(molecule, self.name, status, reason, quantity.name, record)
        unit = row.get("unit", quantity.unit)
        if unit != quantity.unit:
            raise ValueError(f"got {quantity.name} in {unit}, expected {quantity.unit}")
        value, std = float(row.get("value", "nan")), float(row.get("std", "0"))
        is_censored = row.get("censored", "0").lower() in {"1", "true"}
        return Label(molecule, quantity, value, std, self.name, is_censored, provenance=record)
