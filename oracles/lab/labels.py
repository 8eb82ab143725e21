"""Labels: what the laboratory has found of each molecule, cell by cell, against its controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from molecules import VOCABULARY, Label, Provenance, content_hash
from oracles.lab.cells import Cell, Pair
from oracles.lab.controls import NoReferenceError, Place, controls_by_place, reference
from oracles.lab.readings import CE_FLOOR, COLUMNS, Bound, Reading, reading, window
from oracles.lab.spread import pooled_std

LEAST_STD = 0.1
NO_MEASUREMENT = "no control has this measurement"
NO_LOGARITHM = "0 has no logarithm, the limit of detection in its place would have one"
DECIMALS = 12
"""Of a label: beyond them are the last bits of a machine's logarithm."""


@dataclass(frozen=True)
class LabelSettings:
    """The knobs of `labels`."""

    ce_floor: float = CE_FLOOR
    """Least 1 - CE as a fraction; at or below it a Coulombic efficiency is a lower bound."""
    least_std: float = LEAST_STD
    """Least standard error of a label, log10: the error that all replicates share."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < 1:
                raise ValueError(f"got {name} = {value}, expected a number between 0 and 1")


@dataclass(frozen=True)
class Labelled:
    """The labels of the cells, and what has none."""

    labels: tuple[Label, ...]
    remarks: tuple[str, ...]


def labels(
    cells: Iterable[Cell], oracle: str = "lab", settings: LabelSettings | None = None
) -> Labelled:
    """One label a cell and quantity, from all cells that are known; their order does not matter.

    A label is the difference of log10 readings of a cell and of the controls of its batch under
    its condition. `censored` without a condition `bound` means that the value is a lower bound,
    with the condition `bound = upper` that it is an upper bound. `std` is that of a single cell,
    pooled over all replicates; the error of the controls, which all cells compared with them share,
    is not in it: the condition `controls` says how many there were.

    Args:
        cells: of all imports; those of one batch belong together.
        oracle: name of the oracle in the record.
        settings: floors; by default those of `LabelSettings`.

    Raises:
        ValueError: two cells have one name.
    """
    settings = settings or LabelSettings()
    known = sorted(cells, key=lambda cell: cell.cell_id)
    _expect_distinct(known)
    record = Provenance(method="laboratory", settings_hash=content_hash(asdict(settings)))
    controls = controls_by_place(known)
    found: list[Label] = []
    missing: dict[str, list[str]] = {}
    for quantity in COLUMNS:
        std = max(pooled_std(known, quantity, settings.ce_floor), settings.least_std)
        groups = _readings(controls, quantity, settings)
        references = {where: _reference(group, quantity) for where, group in groups.items()}
        for cell in known:
            own = reading(cell, quantity, settings.ce_floor)
            if own is None or cell.molecule is None:
                continue
            place = cell.control_batch_id, cell.base, window(cell, quantity)
            answer = _difference(own, references.get(place, NO_MEASUREMENT))
            if isinstance(answer, str):
                missing.setdefault(f"no {quantity}: {answer}", []).append(cell.cell_id)
                continue
            found.append(
                Label(
                    cell.molecule,
                    VOCABULARY[quantity],
                    round(answer.value, DECIMALS),
                    std,
                    oracle,
                    answer.bound is not Bound.EXACT,
                    conditions(cell, len(groups[place]), answer.bound),
                    record,
                )
            )
    return Labelled(tuple(found), tuple(_remarks(known, missing)))


def conditions(cell: Cell, n_controls: int, bound: Bound = Bound.EXACT) -> tuple[Pair, ...]:
    """Under which a label of a cell holds; nothing is averaged over them.

    Cells compared with the same `controls` share the batch of these (`control_batch`, where it is
    not their own) and all conditions of the base electrolyte and the test.

    Where a dose or a concentration is not known in mol/L, `additive_dose` or `base_dose` gives its
    text in place of `additive_molar` or `base_molar`, for models of the dose to pass over.
    """
    return (
        ("cell", cell.cell_id),
        ("batch", cell.batch_id),
        cell.dose,
        *cell.base,
        ("controls", float(n_controls)),
        *(("control_batch", cell.control_batch_id),) * (cell.control_batch_id != cell.batch_id),
        *((("counterion", cell.counterion),) if cell.counterion else ()),
        *((("bound", "upper"),) if bound is Bound.UPPER else ()),
    )


def _readings(
    controls: Mapping[Place, Sequence[Cell]], quantity: str, settings: LabelSettings
) -> dict[tuple[object, ...], list[Reading]]:
    """What each of the controls says, by batch, condition and window."""
    readings: dict[tuple[object, ...], list[Reading]] = {}
    for place, group in controls.items():
        for control in group:
            found = reading(control, quantity, settings.ce_floor)
            if found is not None:
                readings.setdefault((*place, window(control, quantity)), []).append(found)
    return readings


def _reference(readings: Sequence[Reading], quantity: str) -> Reading | str:
    """What cells are compared with, or why there is no such."""
    try:
        return reference(readings, quantity)
    except NoReferenceError as error:
        return str(error)


def _difference(own: Reading, of_controls: Reading | str) -> Reading | str:
    """The reading of a label, or why there is none."""
    if isinstance(of_controls, str):
        return of_controls
    return own.minus(of_controls) or "cell and controls are bounds on opposite sides"


def _remarks(cells: Sequence[Cell], missing: Mapping[str, Sequence[str]]) -> list[str]:
    """What a person should know of the cells without a label."""
    kept_out = [cell.cell_id for cell in cells if not cell.is_molecular]
    flagged = [cell.cell_id for cell in cells if cell.is_flagged]
    no_dose = [c.cell_id for c in cells if c.molecule and c.additive_molar is None]
    zeros = {
        f"no {quantity}: {NO_LOGARITHM}": [c.cell_id for c in cells if getattr(c, column) == 0]
        for quantity, column in COLUMNS.items()
    }
    notes = {
        **missing,
        **zeros,
        "polymers and mixtures, kept as records without labels": kept_out,
        "soft shorts without onset, upper bounds until a person confirms": flagged,
        "doses not known in mol/L, labelled by their text": no_dose,
    }
    return [f"{note}: {', '.join(names)}" for note, names in notes.items() if names]


def _expect_distinct(cells: Sequence[Cell]) -> None:
    counts = Counter(cell.cell_id for cell in cells)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"got the cells {', '.join(twice)} more than once, expected each once")
