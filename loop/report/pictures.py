"""Pictures of molecules: SVG that follows the page's colours, and a PNG grid for MLflow."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from rdkit.Chem.Draw import rdMolDraw2D

from molecules import Molecule

BOND_LENGTH = 26
"""Longest bond in pixels, so that a small molecule is not blown up beside a large one."""
COLOURS = {7: "#0000ff", 8: "#ff0000", 9: "#33cccc", 15: "#ff7f00", 16: "#cccc00", 17: "#00cc00",
           35: "#7f4c19", 53: "#a01eef"}  # fmt: skip
"""Colour by atomic number as drawn; in the page it becomes `var(--atom-N)`."""


def molecule_svg(molecule: Molecule, width: int = 260, height: int = 150) -> str:
    """Draw a molecule as inline SVG, `width` x `height` pixels at most, on no background.

    Carbon follows the text colour and each hetero atom the CSS variable `--atom-N`, so one
    drawing is legible on a light page, a dark page and paper.
    """
    drawing = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawing.drawOptions()  # the stubs give its fields a wrong type
    options.clearBackground = False
    options.fixedBondLength = BOND_LENGTH
    options.bondLineWidth = 1.6
    options.addStereoAnnotation = False
    options.updateAtomPalette({number: _rgb(colour) for number, colour in COLOURS.items()})
    rdMolDraw2D.PrepareAndDrawMolecule(drawing, molecule.rdkit)
    drawing.FinishDrawing()
    return _inline(drawing.GetDrawingText(), molecule, width, height)


def molecule_grid(
    molecules: Sequence[Molecule], legends: Sequence[str], columns: int = 4, panel: int = 260
) -> bytes:
    """Draw molecules with a legend under each as one PNG on white, row by row.

    Raises:
        ValueError: there is nothing to draw, or not one legend a molecule.
    """
    if not molecules or len(molecules) != len(legends):
        raise ValueError(
            f"got {len(molecules)} molecules and {len(legends)} legends, expected as many of both "
            "and at least one"
        )
    columns = min(columns, len(molecules))
    rows = -(-len(molecules) // columns)
    drawing = rdMolDraw2D.MolDraw2DCairo(columns * panel, rows * panel, panel, panel)
    options: Any = drawing.drawOptions()
    options.fixedBondLength = BOND_LENGTH * panel / 200
    options.legendFontSize = 18
    options.legendFraction = 0.14
    drawing.DrawMolecules([m.rdkit for m in molecules], legends=list(legends))
    drawing.FinishDrawing()
    return bytes(drawing.GetDrawingText())


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _inline(svg: str, molecule: Molecule, width: int, height: int) -> str:
    """Strip what only a file needs, and hand the colours over to the page."""
    body = svg[svg.index("<!-- END OF HEADER -->") + len("<!-- END OF HEADER -->") :]
    # A presentation attribute may not hold var() in every browser; a style may.
    body = re.sub(r"fill='(#[0-9A-Fa-f]{6})'", r"style='fill:\1'", body)
    body = re.sub(r"#000000", "currentColor", body)
    for number, colour in COLOURS.items():
        body = re.sub(colour, f"var(--atom-{number},{colour})", body, flags=re.IGNORECASE)
    body = re.sub(r" class='[^']*'|;stroke-opacity:1|fill-rule:evenodd;", "", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    label = html.escape(molecule.smiles, quote=True)
    return (
        f'<svg class="molecule" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="structure of {label}">{body.strip()}'
    )
