"""What a screening leaves in the home: the funnel as table and figure, and the shortlist."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from loop.report.canvas import canvas
from loop.report.funnel import bars
from molecules.files import replace_file
from molecules.filters import Count, Filters
from molecules.molecule import Molecule
from molecules.safe_cells import escaped
from molecules.text_table import columns

SHOWN_REASONS = 3


def funnel_text(counts: Sequence[Count]) -> str:
    """One line a stage: who came in, who passed, what changed, the commonest reasons."""
    rows = [
        [c.stage, f"{c.entered:,}", f"{c.passed:,}", f"{c.changed:,}" if c.changed else "", _why(c)]
        for c in counts
    ]
    return columns(["stage", "entered", "passed", "changed", "most frequent reasons"], rows)


def _why(count: Count) -> str:
    return "; ".join(f"{why} ({n:,})" for why, n in count.reasons.most_common(SHOWN_REASONS))


def write_funnel(counts: Sequence[Count], remarks: Sequence[str], folder: Path) -> None:
    """funnel.csv with every reason, funnel.md and funnel.svg."""
    with replace_file(folder / "funnel.csv") as path, path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["stage", "entered", "passed", "changed", "reason", "rejected", "example"])
        for count in counts:
            for reason, n in count.reasons.most_common() or [("", 0)]:
                head = [count.stage, count.entered, count.passed, count.changed]
                table.writerow([*head, reason, n, count.examples.get(reason, "")])
    lines = ["# The funnel", "", *(f"- {remark}" for remark in remarks), ""]
    lines += ["```", funnel_text(counts), "```", "", "![the funnel](funnel.svg)", ""]
    with replace_file(folder / "funnel.md") as path:
        path.write_text("\n".join(lines), encoding="utf-8")
    with replace_file(folder / "funnel.svg") as path:
        draw(counts, path)


def draw(counts: Sequence[Count], path: Path) -> None:
    """How many molecules passed each stage, on a logarithmic scale, first stage on top."""
    names = ["all", *(count.stage for count in counts)]
    passed = [counts[0].entered, *(count.passed for count in counts)]
    with canvas() as (figure, axes):
        figure.set_size_inches(7.0, 0.3 * len(names) + 0.8)
        bars(axes, names, passed)
        figure.savefig(path, format="svg", bbox_inches="tight")


def write_shortlist(
    chosen: pl.DataFrame, names: pl.DataFrame | None, filters: Filters, path: Path
) -> None:
    """shortlist.csv, best first: rank, smiles, what is known of it, score, predictions, flags.

    Args:
        chosen: smiles, drawn, changes, score, and the predicted quantities.
        names: of a library: smiles, name, cas, source.
        filters: of the campaign, for its flags.
        path: of the file.
    """
    if names is not None:
        chosen = chosen.join(names, left_on="drawn", right_on="smiles", how="left")
    else:
        chosen = chosen.with_columns(name=pl.lit(""), cas=pl.lit(""), source=pl.lit(""))
    found = [Molecule(smiles) for smiles in chosen["smiles"]]
    flags = ["; ".join(filters.alerts(molecule)) for molecule in found]
    keys = [molecule.inchikey for molecule in found]
    first = ["rank", "smiles", "inchikey", "name", "cas", "source", "score"]
    table = chosen.with_columns(
        rank=pl.int_range(1, chosen.height + 1),
        inchikey=pl.Series(keys, dtype=pl.String),
        flags=pl.Series(flags, dtype=pl.String),
    )
    others = [name for name in table.columns if name not in first]
    with replace_file(path) as temporary:
        shown = escaped(table.select(*first, *others).lazy()).collect()
        shown.write_csv(temporary, float_precision=4)
