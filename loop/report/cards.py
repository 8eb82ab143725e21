"""Cards: the dossier of one candidate, as the page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rdkit.Chem import Descriptors
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from loop.entry import Entry
from loop.report.bench import bench
from loop.report.flags import flags
from loop.report.forms import Water, water
from loop.report.lineage import Lineage, lineage
from loop.report.pictures import molecule_svg
from loop.report.rows import Row, rows
from loop.report.wording import spoken
from loop.standing import Standing
from molecules import Failure, Molecule
from molecules.dossier import PH

N_BEST = 12
N_CARDS = 24
"""The best, and the Pareto front behind them up to this many in all."""


@dataclass(frozen=True)
class Card:
    """All that a reader needs to judge one candidate."""

    entry: Entry
    title: str
    svg: str
    formula: str
    """Sum formula with charge, and the molar mass."""
    tags: tuple[str, ...]
    rows: tuple[Row, ...]
    water: Water
    flags: tuple[str, ...]
    """What to know before buying: no ground for rejection."""
    lineage: Lineage
    bench: tuple[str, ...]
    """What the laboratory has measured."""


def finalists(standing: Standing) -> list[Entry]:
    """The best scored molecules and the rest of the Pareto front, best first."""
    scored = [entry for entry in standing.entries if entry.score is not None]
    return [entry for i, entry in enumerate(scored) if i < N_BEST or entry.is_pareto][:N_CARDS]


def card(entry: Entry, standing: Standing, ph: float = PH) -> Card:
    """Assemble the dossier of one entry; `ph` is that of the electrolyte."""
    return Card(
        entry=entry,
        title=entry.name or entry.molecule.smiles,
        svg=molecule_svg(entry.molecule),
        formula=formula(entry.molecule),
        tags=_tags(entry),
        rows=tuple(rows(entry, standing)),
        water=water(entry, standing, ph),
        flags=flags(entry, {goal.quantity for goal in standing.goals}),
        lineage=lineage(entry),
        bench=bench(entry, standing),
    )


def formula(molecule: Molecule) -> str:
    """Sum formula and molar mass, such as 'C3H7NO2, 89.1 g/mol'."""
    mass = Descriptors.MolWt(molecule.rdkit)  # type: ignore[attr-defined]  # the stubs lack it
    return f"{CalcMolFormula(molecule.rdkit)}, {mass:.1f} g/mol"


def failures(entries: Sequence[Entry]) -> list[tuple[Entry, str, Failure]]:
    """(entry, quantity or oracle, failure) of every question without a number."""
    return [(e, spoken(what), f) for e in entries for what, f in sorted(e.failures.items())]


def _tags(entry: Entry) -> tuple[str, ...]:
    tags = [entry.molecule.charge_class, entry.source]
    if entry.is_pareto:
        tags.insert(0, "Pareto front")
    if entry.round is not None:
        tags.append(f"round {entry.round}")
    return tuple(tag for tag in tags if tag)
