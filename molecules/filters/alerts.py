"""Structural alerts of medicinal chemistry: flags for a reader, never grounds to reject.

They hit thiourea, taurine, citric acid, EDTA, glymes, tetramethylammonium, vanillin and cysteine:
BRENK alone flags 46 % of the known additives [M].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from molecules.molecule import Molecule

CATALOGS = ("BRENK", "NIH")


@dataclass(frozen=True)
class Alerts:
    """Alerts of RDKit's filter catalogues (BRENK: 10.1002/cmdc.200700139)."""

    catalogs: Sequence[str] = CATALOGS
    name: str = "alerts"
    catalog: FilterCatalog = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        params = FilterCatalogParams()
        known = FilterCatalogParams.FilterCatalogs.names
        for name in self.catalogs:
            if name not in known:
                raise ValueError(f"got alerts {name!r}, expected some of {', '.join(known)}")
            params.AddCatalog(known[name])
        object.__setattr__(self, "catalog", FilterCatalog(params))

    def reason(self, molecule: Molecule) -> str | None:
        """Name all alerts of the molecule, each once."""
        matches = self.catalog.GetMatches(molecule.rdkit)
        named = sorted({match.GetDescription().replace("_", " ") for match in matches})
        return f"alerts: {', '.join(named)}" if named else None
