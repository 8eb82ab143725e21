"""The Electrolyte Genome: redox potentials of electrolyte molecules, from B3LYP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdkit import Chem

from molecules.molecule import LONGEST_SMILES
from molecules.sources.base import Entry, Rejected, SourceError, Value, hold_paths
from molecules.sources.documents import Document, RefusedError, documents, number
from molecules.sources.text import printable

IDENTIFIER = re.compile(r"mol-\w+\Z")
METHOD = "B3LYP/6-31+G*, adiabatic, implicit solvent"
"""Differences of free energies in solution (10.1016/j.commatsci.2015.02.050)."""
POTENTIALS = {
    "oxidation_hydrogen": "oxidation_potential",
    "reduction_hydrogen": "reduction_potential",
    "oxidation_lithium": "oxidation_potential_vs_li",
    "reduction_lithium": "reduction_potential_vs_li",
    "oxidation_magnesium": "oxidation_potential_vs_mg",
    "reduction_magnesium": "reduction_potential_vs_mg",
}
"""Field and quantity, V."""
ENERGIES = {
    "IE": ("oxidation_lithium", "ionization_energy"),
    "EA": ("reduction_lithium", "electron_affinity"),
}
"""Field, its potential against lithium, and what it is where it is an energy, eV."""
SAME = 0.01
"""V; the fields are rounded."""
LITHIUM = (1.0, 1.8)
"""V; the absolute potential of Li+/Li, which the Materials Project (emmet-core) takes as 1.40."""


@dataclass(frozen=True)
class ElectrolyteGenome:
    """Results of the old REST interface, or MoleculesDoc of mp-api (`molecules.jcesr`), as JSON.

    `IE` and `EA` are called energies in eV by mp-api and relative to a lithium electrode by the
    description of the REST interface, from which the numbers come. What a document says itself
    decides: a potential where they equal the potential against lithium (they are then left out,
    being the same number), an energy where they differ from it by the absolute potential of
    lithium. Without such a potential they are taken as volts against lithium, and the method
    says so.
    """

    path: Path
    name: str = "electrolyte_genome"
    licence: str = "CC BY 4.0"
    citation: str = "10.1016/j.commatsci.2015.02.050"

    def __post_init__(self) -> None:
        hold_paths(self, "path")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        for number_, document in enumerate(documents(self.path), 1):
            identifier = str(document.get("task_id") or "")
            if IDENTIFIER.match(identifier) and "smiles" in document:
                yield _entry(identifier, document)
            elif number_ > 1:
                yield Rejected(f"document {number_}", "no task_id and smiles")
            else:
                raise SourceError(
                    f"got {self.path}, whose first document has the fields "
                    f"{printable(', '.join(document))}; expected task_id (mol-...) and smiles, as "
                    "of the Electrolyte Genome; give that file; documents with a molecule_id are "
                    "read by source=materials_project"
                )


def _entry(identifier: str, document: Document) -> Entry | Rejected:
    smiles = str(document["smiles"] or "")
    try:
        charge = number(document, "charge")
        values = (*_potentials(document), *_energies(document))
    except RefusedError as error:
        return Rejected(identifier, str(error))
    mol = Chem.MolFromSmiles(smiles) if len(smiles) <= LONGEST_SMILES else None
    if mol and charge is not None and charge != Chem.GetFormalCharge(mol):
        return Rejected(identifier, "smiles of another charge than the molecule")
    return Entry(identifier, smiles, values=values)


def _potentials(document: Document) -> Iterator[Value]:
    for field, quantity in POTENTIALS.items():
        value = number(document, field)
        if value is not None:
            yield Value(quantity, value, METHOD)


def _energies(document: Document) -> Iterator[Value]:
    for field, (potential_field, energy) in ENERGIES.items():
        value, potential = number(document, field), number(document, potential_field)
        if value is None:
            continue
        if potential is None:
            assumed = f"{METHOD}, {field} taken as V vs Li+/Li"
            yield Value(POTENTIALS[potential_field], value, assumed)
        elif LITHIUM[0] < value - potential < LITHIUM[1]:
            yield Value(energy, value, METHOD)
        elif abs(value - potential) > SAME:
            raise RefusedError("neither an energy nor a potential against lithium")
