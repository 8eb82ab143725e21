"""The laboratory's results sheets: read, check, label. Pure functions, without store or loop."""

from molecules.safe_cells import escape, unescape
from oracles.lab.cells import Cell
from oracles.lab.checks import Checked, check
from oracles.lab.failures import CellEnds, failures_per_cells
from oracles.lab.faults import Caution, Fault, SheetError
from oracles.lab.labels import Labelled, LabelSettings, labels
from oracles.lab.reading import RawRow, RawSheet, read_sheet
from oracles.lab.template import write_template

__all__ = [
    "Caution",
    "Cell",
    "Checked",
    "Fault",
    "LabelSettings",
    "Labelled",
    "RawRow",
    "RawSheet",
    "SheetError",
    "CellEnds",
    "check",
    "escape",
    "failures_per_cells",
    "labels",
    "read_sheet",
    "unescape",
    "write_template",
]
