"""Tables of plain text for the terminal."""

from __future__ import annotations

from collections.abc import Sequence


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align `rows` under `header`."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))
        for row in [header, *rows]
    ]
    return "\n".join(
        [lines[0].rstrip(), "-" * len(lines[0].rstrip()), *(x.rstrip() for x in lines[1:])]
    )
