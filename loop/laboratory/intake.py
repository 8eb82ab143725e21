"""Intake: what a results sheet would change in the record, and how that is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from loop.laboratory.request import molecule_of
from loop.laboratory.revision import Revision, key_of, revise
from molecules import Label, Molecule
from molecules.bench import BenchChange, Sheet
from molecules.store import Store
from oracles.lab import Caution, Cell, Checked, Labelled, LabelSettings, RawSheet, check, labels
from oracles.lab.laboratory import Laboratory

Form = Callable[[Molecule], Molecule]
"""The form of a molecule that the campaign asks about."""


@dataclass(frozen=True)
class Intake:
    """A sheet, checked against the record, and the change that it asks for."""

    sheet: RawSheet
    checked: Checked
    labelled: Labelled
    revision: Revision
    refused: tuple[str, ...]
    """Cells that a person withdrew, and that the same row does not bring back."""
    change: BenchChange


def take_in(
    sheet: RawSheet,
    store: Store,
    laboratory: Laboratory,
    form: Form,
    *,
    without_control: bool = False,
    replace_why: str = "",
) -> Intake:
    """Check a sheet and work out what it changes; nothing is written.

    With `replace_why`, rows of known cells with another content take their place.
    """
    records, known = store.records(), known_cells(store)
    checked = check(
        sheet,
        resolve=lambda name: molecule_of(name, records),
        known_cells=known,
        without_control=without_control,
        replaces=bool(replace_why),
        today=datetime.now(UTC).astimezone().date(),
    )
    withdrawn = {
        (name, Cell.from_json(content).content): reason
        for name, content, reason in store.bench.withdrawn_cells()
    }
    why = {cell.cell_id: withdrawn.get((cell.cell_id, cell.content)) for cell in checked.cells}
    new = {cell.cell_id: cell for cell in checked.cells if why[cell.cell_id] is None}
    labelled = labels_of({**known, **new}, laboratory, form)
    revision = revise(store, laboratory.name, labelled.labels)
    return Intake(
        sheet,
        checked,
        labelled,
        revision,
        tuple(f"{name} was withdrawn ({text}) and stays so" for name, text in why.items() if text),
        BenchChange(
            Sheet(sheet.sha256, sheet.path.name, sheet.encoding),
            {name: cell.to_json() for name, cell in new.items()},
            {name: f"replaced: {replace_why}" for name in new if name in known},
            withdrawn_labels=revision.withdrawn(f"import of {sheet.path.name}"),
            labels=revision.labels(),
        ),
    )


def known_cells(store: Store) -> dict[str, Cell]:
    """Every cell of the record that counts, by name."""
    return {name: Cell.from_json(content) for name, content in store.bench.cells().items()}


def labels_of(cells: Mapping[str, Cell], laboratory: Laboratory, form: Form) -> Labelled:
    """The labels that follow from all cells, each of the molecule that the campaign asks about.

    A person draws what is in the bottle; in water it is the form that the campaign has numbers of.
    A cell that names a candidate is of that candidate as it was asked.
    """
    settings = LabelSettings(laboratory.smallest_inefficiency, laboratory.noise_floor)
    found = labels(cells.values(), laboratory.name, settings)
    moved: dict[str, dict[str, None]] = {}
    told = []
    for label in found.labels:
        name = key_of(label)[0]
        molecule = label.molecule if cells[name].candidate_id else form(label.molecule)
        if molecule != label.molecule:
            note = f"{label.molecule} is {molecule} in the electrolyte, and so labelled"
            moved.setdefault(note, {})[name] = None
        told.append(replace(label, molecule=molecule))
    remarks = (f"{note}: {', '.join(names)}" for note, names in moved.items())
    return Labelled(tuple(told), (*found.remarks, *remarks))


def told(intake: Intake) -> str:
    """What was wrong with a sheet, and what it changes, line by line."""
    sheet, checked, revision = intake.sheet, intake.checked, intake.revision
    lines = [
        f"{sheet.path.name}: read as {sheet.encoding}; {len(intake.change.cells)} new cells, "
        f"{len(checked.unchanged)} known already, {len({f.row for f in checked.faults})} rows "
        "rejected"
    ]
    lines += [f"rejected  {fault}" for fault in checked.faults]
    lines += [f"warning   {text}" for text in _warnings(checked.warnings)]
    lines += [
        f"note      {text}"
        for text in (*checked.remarks, *intake.labelled.remarks, *intake.refused)
    ]
    for label in revision.new:
        lines.append(f"+ {described(label)}")
    for record, label in revision.changed:
        old = record.outcome
        assert isinstance(old, Label)
        lines.append(f"~ {described(label)}, was {old.value:+.3f} (label {record.id})")
    for record in revision.gone:
        assert isinstance(record.outcome, Label)
        lines.append(f"- label {record.id}: {described(record.outcome)}")
    return "\n".join(lines)


def _warnings(cautions: Sequence[Caution]) -> list[str]:
    """Cautions in words, those of several rows that say the same together."""
    rows: dict[Caution, list[int]] = {}
    for caution in cautions:
        rows.setdefault(replace(caution, row=0), []).append(caution.row)
    return [
        str(replace(caution, row=numbers[0])).replace(
            f"row {numbers[0]}", f"rows {', '.join(map(str, numbers))}", 1
        )
        if len(numbers) > 1
        else str(replace(caution, row=numbers[0]))
        for caution, numbers in rows.items()
    ]


def described(label: Label) -> str:
    """A label in one line: cell, molecule, quantity, value."""
    told = dict(label.conditions)
    bound = ("at most " if told.get("bound") else "at least ") if label.censored else ""
    dose = told.get("additive_molar", told.get("additive_dose", ""))
    unit = " M" if isinstance(dose, float) else ""
    shown = f"{dose:g}" if isinstance(dose, float) else dose
    name = told.get("cell") or told.get("row", "")
    return (
        f"{name}  {label.molecule}  {shown}{unit}  {label.quantity.name} = "
        f"{bound}{label.value:+.3f} +- {label.std:.2f}"
    )


def listed(store: Store, names: Sequence[str]) -> str:
    """The labels of the laboratory with their numbers, for do=withdraw."""
    rows = [
        f"{record.id}  {described(record.outcome)}  ({record.source})"
        for record in store.records()
        if isinstance(record.outcome, Label) and record.outcome.quantity.name in names
    ]
    return "\n".join(rows) or "no label of the laboratory yet"
