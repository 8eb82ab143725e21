"""Canvas: a matplotlib figure that becomes inline SVG in the page's own colours and fonts."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#0a0b0c"
LINE = "#c0c1c2"
LIBRARY = "#1a6fb3"
GENERATED = "#c2571b"
FRONT = "#0b8a5e"
THEME = {
    INK: "currentColor",
    LINE: "var(--line)",
    LIBRARY: "var(--library)",
    GENERATED: "var(--generated)",
    FRONT: "var(--front)",
}
"""Colour as drawn to what the page makes of it; drawn colours are never seen."""
STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
}


@contextmanager
def canvas(width: float = 360, height: float = 260) -> Iterator[tuple[Figure, Axes]]:
    """An empty figure of one panel, in points; draw it and turn it into SVG inside the block.

    Text stays text: it can be searched, follows the page's font, and keeps the file small.
    """
    with mpl.rc_context({**STYLE, "svg.hashsalt": "report"}):
        figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
        yield figure, figure.add_subplot()


def inline_svg(
    figure: Figure, name: str, label: str, titles: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Write the figure as an SVG element that stands on its own inside a page.

    Args:
        figure: what was drawn.
        name: unique in the page; prefixes every id.
        label: what a screen reader says.
        titles: by gid of a scatter, the hover text of each of its points in order.
    """
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = text.getvalue()
    body = svg[svg.index('<g id="figure_1">') :]
    for gid, hovers in (titles or {}).items():
        body = _titled(body, gid, hovers)
    body = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'(href="|url\()#', rf"\1#{name}-", body)
    body = re.sub(r"font-family: [^;\"]*;?", "", body)
    for drawn, shown in THEME.items():
        body = body.replace(drawn, shown)
    body = re.sub(r"\s*\n\s*", " ", body)
    width, height = (72 * inches for inches in figure.get_size_inches())
    return (
        f'<svg class="figure" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{html.escape(label, quote=True)}">{body.strip()}'
    )


def _titled(body: str, gid: str, hovers: Sequence[str]) -> str:
    """Put a <title> into each marker of a scatter, which browsers show on hover."""
    start = body.find(f'<g id="{gid}">')
    if start < 0:
        return body
    queue = iter(hovers)

    def titled(match: re.Match[str]) -> str:
        hover = next(queue, None)
        if hover is None:
            return match.group(0)
        return f"{match.group(1)}><title>{html.escape(hover)}</title></use>"

    return body[:start] + re.sub(r"(<use [^>]*?)/>", titled, body[start:])
