"""What flows through the loop: molecules, quantities, labels, and the record of a campaign."""

from molecules.calculation import Calculation, content_hash
from molecules.candidate import Candidate
from molecules.label import UNKNOWN, Failure, Label, Outcome, Pending, Provenance, Status
from molecules.molecule import CHARGE_CLASSES, ChargeClass, InvalidMoleculeError, Molecule
from molecules.quantity import VOCABULARY, Quantity

__all__ = [
    "UNKNOWN",
    "VOCABULARY",
    "Calculation",
    "Candidate",
    "CHARGE_CLASSES",
    "ChargeClass",
    "Failure",
    "InvalidMoleculeError",
    "Label",
    "Molecule",
    "Outcome",
    "Pending",
    "Provenance",
    "Quantity",
    "Status",
    "content_hash",
]
