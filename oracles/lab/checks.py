"""Checks: the rows of a sheet become cells, or faults that say how to mend them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from oracles.lab import consistency, history
from oracles.lab.building import build_cell
from oracles.lab.cells import Cell
from oracles.lab.controls import controls_by_place
from oracles.lab.faults import Caution, Fault
from oracles.lab.reading import RawSheet
from oracles.lab.rows import Finding, Row
from oracles.lab.salts import MOLAR_MASSES
from oracles.lab.schema import column_faults, parse_row
from oracles.lab.structure import Resolve, read_additive


@dataclass(frozen=True)
class Checked:
    """What a sheet says, as far as it can be believed."""

    cells: tuple[Cell, ...]
    """New cells, in the order of the sheet."""
    faults: tuple[Fault, ...]
    """Why rows were rejected; such a row gives no cell."""
    warnings: tuple[Caution, ...]
    """What a person should look at in the rows that were accepted."""
    remarks: tuple[str, ...]
    """About the sheet as a whole."""
    unchanged: tuple[Cell, ...]
    """Cells that are known already, with the same content."""


def check(
    raw: RawSheet,
    *,
    today: date,
    resolve: Resolve | None = None,
    known_cells: Mapping[str, Cell] | None = None,
    without_control: bool = False,
    replaces: bool = False,
) -> Checked:
    """Check a sheet, row by row and against the cells known before.

    Args:
        raw: as `read_sheet` gives it.
        today: later dates are faults.
        resolve: the molecule of a candidate_id, or None where there is no such candidate.
        known_cells: earlier imports by cell_id; their controls count.
        without_control: accept cells without a control of their batch and condition; they give no
            labels until one is imported.
        replaces: rows take the place of known cells of their name and another content.
    """
    known = dict(known_cells or {})
    findings = _Findings(raw.faults)
    rows = _parsed(raw, findings)
    built = _built(rows, findings, resolve, today)
    if replaces:
        findings.add(_replaced(rows, built, known))
        names = {cell.cell_id for cell in built.values() if cell != known.get(cell.cell_id)}
        known = {name: cell for name, cell in known.items() if name not in names}
    _refuse_duplicates(rows, built, known, findings)
    accepted = {
        n: cell
        for n, cell in built.items()
        if n not in findings.rejected
        and (cell.cell_id in known or not consistency.is_blank(rows[n]))
    }
    _refuse_uncontrolled(rows, accepted, known, findings, without_control)
    accepted = {n: cell for n, cell in accepted.items() if n not in findings.rejected}
    once = {cell.cell_id: (rows[number], cell) for number, cell in reversed(accepted.items())}
    in_order = sorted(once.values(), key=lambda pair: pair[0].number)
    new = [cell for _, cell in in_order if cell.cell_id not in known]
    unchanged = [cell for _, cell in in_order if cell.cell_id in known]
    by_name = {name: row for name, (row, _) in once.items()}
    findings.add(history.cautions(by_name, new, known.values()))
    return Checked(
        tuple(new),
        tuple(sorted(findings.faults)),
        tuple(sorted({*raw.cautions, *findings.cautions()})),
        (*raw.remarks, *_salt_remarks(new)),
        tuple(unchanged),
    )


class _Findings:
    """Faults and cautions as they come: one fault a cell of the sheet, the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: list[Fault] = []
        self._cautions: list[Caution] = []
        self._places: set[tuple[int, str]] = set()
        self.rejected: set[int] = set()
        self.add(faults)

    def add(self, found: Iterable[Finding]) -> None:
        for finding in found:
            place = finding.row, finding.column
            if isinstance(finding, Caution):
                self._cautions.append(finding)
            elif place not in self._places:
                self._places.add(place)
                self.rejected.add(finding.row)
                self.faults.append(finding)

    def cautions(self) -> list[Caution]:
        """Those of rows that were accepted."""
        return [caution for caution in self._cautions if caution.row not in self.rejected]


def _parsed(raw: RawSheet, findings: _Findings) -> dict[int, Row]:
    rows = {}
    for line in raw.rows:
        rows[line.number], faults = parse_row(line.number, dict(line.cells))
        findings.add(faults)
    findings.add(column_faults(list(rows.values())))
    return rows


def _built(
    rows: Mapping[int, Row], findings: _Findings, resolve: Resolve | None, today: date
) -> dict[int, Cell]:
    """The cell of every row that is sound in itself."""
    cells = {}
    for number, row in rows.items():
        findings.add(consistency.findings(row, today))
        additive = None
        if row.flag("is_control") is False:
            additive, found = read_additive(row, resolve)
            findings.add(found)
        if number not in findings.rejected:
            cells[number], found = build_cell(row, additive)
            findings.add(found)
    return {number: cell for number, cell in cells.items() if number not in findings.rejected}


def _refuse_duplicates(
    rows: Mapping[int, Row],
    built: Mapping[int, Cell],
    known: Mapping[str, Cell],
    findings: _Findings,
) -> None:
    """One cell_id is one cell: a second content may be a correction or a slip, a person decides."""
    same_name: dict[str, list[int]] = {}
    for number, row in rows.items():
        if name := row.text("cell_id"):
            same_name.setdefault(name, []).append(number)
    for name, numbers in same_name.items():
        contents = {built[n] if n in built else tuple(rows[n].texts.items()) for n in numbers}
        if len(contents) > 1:
            others = ", ".join(map(str, numbers))
            expected = f"one content for one cell; rows {others} differ"
            mend = "give each cell a name of its own, or remove the row that is wrong"
            findings.add(rows[n].fault("cell_id", expected, mend) for n in numbers)
        elif len(numbers) > 1:
            why = f"the same row as row {numbers[0]}, taken once"
            findings.add(
                rows[n].caution("cell_id", why, "remove the repeated row") for n in numbers[1:]
            )
        if name in known:
            differing = [n for n in numbers if n in built and built[n] != known[name]]
            mend = (
                "to correct it, or when a running cell has ended, add do.replace='why'; another "
                "cell needs another name"
            )
            findings.add(
                rows[n].fault("cell_id", _as_before(built[n], known[name]), mend) for n in differing
            )


def _refuse_uncontrolled(
    rows: Mapping[int, Row],
    accepted: Mapping[int, Cell],
    known: Mapping[str, Cell],
    findings: _Findings,
    without_control: bool,
) -> None:
    """A cell without a control of its batch under its condition tells nothing of its additive."""
    controls = controls_by_place([*accepted.values(), *known.values()])
    lost = {
        row.text("batch_id")
        for number, row in rows.items()
        if number in findings.rejected and row.flag("is_control")
    }
    for number, cell in accepted.items():
        is_known = known.get(cell.cell_id) == cell
        if cell.is_control or is_known or (cell.control_batch_id, cell.base) in controls:
            continue
        others = [
            c for (b, _), group in controls.items() if b == cell.control_batch_id for c in group
        ]
        if others:
            difference = min((_difference(cell, other) for other in others), key=len)
            mend = f"its controls differ in {', '.join(difference)}: correct it, or add a control"
        elif cell.control_batch_id in lost:
            mend = "its controls were rejected: mend their rows first"
        else:
            mend = "add a row with is_control = 1, or import the batch's controls first"
        row = rows[number]
        if without_control:
            findings.add([row.caution("control_batch_id", "no control, and so no label", mend)])
        else:
            expected = "a batch with a control under the same conditions"
            findings.add([row.fault("control_batch_id", expected, mend)])
    for number, cell in accepted.items():
        if not cell.is_control and cell.control_batch_id != cell.batch_id:
            why = "controls of another batch: what differs between batches is in the label"
            findings.add(
                [rows[number].caution("control_batch_id", why, "build controls in each batch")]
            )


def _replaced(
    rows: Mapping[int, Row], built: Mapping[int, Cell], known: Mapping[str, Cell]
) -> Iterator[Finding]:
    for number, cell in built.items():
        earlier = known.get(cell.cell_id)
        if earlier is not None and cell != earlier:
            why = f"replaces {_as_before(cell, earlier)}"
            yield rows[number].caution("cell_id", why, "nothing to do if that is meant")


def _as_before(cell: Cell, earlier: Cell) -> str:
    now, then = cell.to_json(), earlier.to_json()
    changes = [f"{k} {then[k]!r}, not {now[k]!r}" for k in now if now[k] != then[k]]
    return f"the content imported before under this name ({'; '.join(changes)})"


def _difference(cell: Cell, control: Cell) -> list[str]:
    pairs = zip(cell.base, control.base, strict=True)
    return [f"{name} ({other}, not {own})" for (name, own), (_, other) in pairs if own != other]


def _salt_remarks(cells: Sequence[Cell]) -> list[str]:
    unknown = sorted({cell.base_salt for cell in cells} - set(MOLAR_MASSES))
    if not unknown:
        return []
    return [f"salts not in our list, compared as they are written: {', '.join(unknown)}"]
