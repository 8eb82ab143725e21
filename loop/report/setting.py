"""Setting: what a report has to know of a campaign besides its standing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from molecules.dossier import PH


@dataclass(frozen=True)
class Setting:
    """Surroundings of a campaign."""

    ph: float = PH
    """Of the electrolyte, which decides in what form a molecule is there."""
    screening: Path | None = None
    """Folder in which a screening of the library has left its funnel, if there was one."""
