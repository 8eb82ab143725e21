"""Molecule -> reason to reject it, or None; alerts that only flag."""

from molecules.filters.alerts import Alerts
from molecules.filters.base import Filter, Filters
from molecules.filters.blocklist import BLOCKED, Motifs, block_list
from molecules.filters.electrolyte import Limit
from molecules.filters.funnel import (
    Count,
    FormAt,
    Funnel,
    OrganicSpecies,
    Stage,
    Survivor,
)
from molecules.filters.plausible import Plausible
from molecules.filters.structure import (
    ClosedShell,
    Elements,
    HeavyAtoms,
    NetCharge,
    OfChargeClass,
    RingSize,
    SingleFragment,
    Strain,
)

__all__ = [
    "BLOCKED",
    "Alerts",
    "ClosedShell",
    "Elements",
    "Count",
    "Filter",
    "Filters",
    "FormAt",
    "Funnel",
    "HeavyAtoms",
    "Limit",
    "Motifs",
    "NetCharge",
    "OfChargeClass",
    "OrganicSpecies",
    "Plausible",
    "RingSize",
    "SingleFragment",
    "Stage",
    "Strain",
    "Survivor",
    "block_list",
]
