"""Materials Project molecules: summaries of mp-api, LIBE, MADEIRA and the documents before them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rdkit import Chem

from molecules.sources.base import Entry, Rejected, SourceError, Value, hold_paths
from molecules.sources.bond_orders import Geometry, lewis_smiles
from molecules.sources.documents import Document, RefusedError, documents, number, part
from molecules.sources.materials_project_api import summaries
from molecules.sources.text import printable

SUMMARY = re.compile(r"(?:mpcule|[0-9a-f]{32})-(?:\w+-(?P<charge>m?\d+)-(?P<spin>\d+)\Z)?")
"""A molecule_id of mp-api: hash-formula-charge-spin, with m for minus."""
LEVELS = {
    "libe": "wB97X-V/def2-TZVPPD/SMD(3:7 EC:EMC)",
    "madeira": "wB97X-V/def2-TZVPPD/SMD(diglyme)",
}
"""Of data sets whose documents do not say it (10.1038/s41597-021-00986-9, 10.1021/jacs.3c02222)."""
OLD = {"task_id", "method", "basis", "environment", "molecule", "bonds"}
EXPECTED = (
    "summaries of mp-api, LIBE or MADEIRA documents (with a molecule_id), or older ones (task_id, "
    "method, basis, environment, molecule); give such a file; those with a task_id like mol-64060 "
    "are read by source=electrolyte_genome"
)


@dataclass(frozen=True)
class MaterialsProject:
    """JSON documents of molecules, or, without a path, what mp-api answers to an API key.

    Energies are eV and potentials V against SHE in all of these documents. Two of them differ
    from the vocabulary: what they call electron affinity is E(L-) - E(L), and their enthalpy is
    without the electronic energy.

    The structure of a summary is its InChI where that has the charge, unpaired electrons and
    formula of the document (those of many ions and radicals have not); otherwise, and in all
    other documents, it is the Lewis structure of the geometry, with metals as ions beside their
    ligands.
    """

    path: Path | None
    api_key: str | None = field(default=None, repr=False)
    name: str = "materials_project"
    licence: str = "CC BY 4.0"
    citation: str = "10.1039/d3dd00153a"

    def __post_init__(self) -> None:
        hold_paths(self, "path")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        found = summaries(self.api_key) if self.path is None else documents(self.path)
        for number_, document in enumerate(found, 1):
            identifier = str(document.get("molecule_id") or document.get("task_id"))
            read = _reader(identifier, document)
            if read is None and number_ == 1:
                raise SourceError(
                    f"got {self.path or 'an answer'}, whose first document has the fields "
                    f"{printable(', '.join(document))}; expected {EXPECTED}"
                )
            if read is None:
                yield Rejected(f"document {number_}", "no molecule of the Materials Project")
                continue
            try:
                yield read(identifier, document)
            except RefusedError as error:
                yield Rejected(identifier, str(error))


def _reader(identifier: str, document: Document) -> Callable[[str, Document], Entry] | None:
    if identifier.partition("-")[0] in LEVELS:
        return _of_data_set
    if SUMMARY.match(identifier):
        return _of_summary
    return _of_old if document.keys() >= OLD else None


def _of_data_set(identifier: str, document: Document) -> Entry:
    """LIBE and MADEIRA, whose bonds, spins and charges are by method of analysis in MADEIRA."""
    bonds = document.get("bonds")
    structure = _lewis(
        part(document, "molecule"),
        _preferred(bonds) if isinstance(bonds, dict) else bonds,
        _preferred(part(document, "partial_spins")),
        part(document, "partial_charges").get("nbo"),
    )
    level = LEVELS[identifier.partition("-")[0]]
    thermo = part(part(document, "thermo"), "eV")
    redox = part(document, "redox")
    values = (
        *_energies(thermo, "electronic_energy", "total_enthalpy", level, level),
        *_vertical(redox, "ionization_energy_eV", "electron_affinity_eV", level),
    )
    return Entry(identifier, structure, values=values)


def _of_old(identifier: str, document: Document) -> Entry:
    """A document of the database of about 2020; `mulliken` has charge and spin of open shells."""
    mulliken = document.get("mulliken") or []
    spins = [row[1] for row in mulliken if isinstance(row, list) and len(row) > 1]
    structure = _lewis(part(document, "molecule"), document["bonds"], spins, None)
    level = f"{document['method']}/{document['basis']}, {document['environment']}"
    values = tuple(_energies(document, "energy", "enthalpy", level, level))
    return Entry(identifier, structure, values=values)


def _of_summary(identifier: str, document: Document) -> Entry:
    """MoleculeSummaryDoc of emmet-core: every property by solvent, each with its level."""
    if document.get("deprecated"):
        raise RefusedError("deprecated")
    values = tuple(_of_solvents(document))
    inchi = str(document.get("inchi") or "")
    if _fits(inchi, identifier, document):
        key = str(document.get("inchi_key") or "")
        return Entry(identifier, inchi, "inchi", values, inchikey=key)
    molecules, bonding = part(document, "molecules"), part(document, "bonding")
    solvent = next((solvent for solvent in molecules if solvent in bonding), None)
    if solvent is None:
        raise RefusedError("inchi of another charge, spin or formula, and no bonds")
    structure = _lewis(
        part(molecules, solvent),
        _preferred(_by_method(document, "bonding", solvent, "bonds")),
        _preferred(_by_method(document, "partial_spins", solvent, "partial_spins")),
        _by_method(document, "partial_charges", solvent, "partial_charges").get("nbo"),
    )
    return Entry(identifier, structure, values=values)


def _by_method(document: Document, property_: str, solvent: str, field_: str) -> Document:
    found = part(part(document, property_), solvent)
    return {method: part(found, method).get(field_) for method in found}


def _preferred(by_method: Document) -> Any:
    """What natural bond orbitals say, or the first other analysis that says something."""
    said = (by_method.get("nbo"), *by_method.values())
    return next((found for found in said if found is not None), None)


def _of_solvents(document: Document) -> Iterator[Value]:
    vibrations = sorted(level for level, _ in _levels(document, "vibration"))
    for level, thermo in _levels(document, "thermo"):
        same = level in vibrations or not vibrations
        thermal = level if same else f"{level}, vibrations {' or '.join(vibrations)}"
        yield from _energies(thermo, "electronic_energy", "total_enthalpy", level, thermal)
        yield from _value("zero_point_energy", number(thermo, "zero_point_energy"), thermal)
    for level, redox in _levels(document, "redox"):
        yield from _vertical(redox, "ionization_energy", "electron_affinity", level)
        for change in ("oxidation", "reduction"):
            difference = "E" if number(redox, f"{change}_free_energy") is None else "G"
            method = f"{level}, adiabatic {difference}, SHE 4.44 V"
            yield from _value(f"{change}_potential", number(redox, f"{change}_potential"), method)
    if document.get("charge") == 0:  # the dipole of an ion depends on the origin
        for level, multipoles in _levels(document, "multipole_moments"):
            yield from _value("dipole", number(multipoles, "total_dipole"), level)


def _levels(document: Document, property_: str) -> Iterator[tuple[str, Document]]:
    """Level of theory and phase, and the numbers of them; those that name no level are left out."""
    for solvent in part(document, property_):
        found = part(part(document, property_), solvent)
        if level := found.get("level_of_theory"):
            yield f"{level}, gas" if solvent == "NONE" else f"{level}({solvent})", found


def _energies(
    document: Document, electronic: str, thermal_enthalpy: str, level: str, thermal: str
) -> Iterator[Value]:
    energy, enthalpy = number(document, electronic), number(document, thermal_enthalpy)
    yield from _value("total_energy", energy, level)
    if energy is not None and enthalpy is not None:
        yield Value("enthalpy", energy + enthalpy, thermal)
    yield from _value("free_energy", number(document, "free_energy"), thermal)


def _vertical(redox: Document, ionization: str, affinity: str, level: str) -> Iterator[Value]:
    yield from _value("ionization_energy", number(redox, ionization), f"{level}, vertical")
    energy = number(redox, affinity)
    if energy is not None:
        yield Value("electron_affinity", -energy, f"{level}, vertical")


def _value(quantity: str, value: float | None, method: str) -> Iterator[Value]:
    if value is not None:
        yield Value(quantity, value, method)


def _fits(inchi: str, identifier: str, document: Document) -> bool:
    """Is it the InChI of this molecule? Made from coordinates alone, it knows of no charge."""
    mol = Chem.MolFromInchi(inchi) if inchi else None  # type: ignore[no-untyped-call]
    if mol is None:
        return False
    named = SUMMARY.match(identifier)
    charge, spin = document.get("charge"), document.get("spin_multiplicity")
    if named and named["charge"]:
        charge = int(named["charge"].replace("m", "-")) if charge is None else charge
        spin = int(named["spin"]) if spin is None else spin
    unpaired = sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())
    atoms = Counter(atom.GetSymbol() for atom in Chem.AddHs(mol).GetAtoms())
    formula = {k: n for k, n in part(document, "composition").items() if not k.startswith("@")}
    return (
        Chem.GetFormalCharge(mol) == charge
        and unpaired + 1 == spin
        and (not formula or dict(atoms) == formula)
    )


def _lewis(molecule: Document, bonds: Any, spins: Any, charges: Any) -> str:
    """SMILES of a pymatgen molecule with bonds."""
    try:
        sites = molecule["sites"]
        geometry = Geometry(
            elements=[site["species"][0]["element"] for site in sites],
            positions=[[float(x) for x in site["xyz"]] for site in sites],
            bonds=[(int(bond[0]), int(bond[1])) for bond in bonds],
            charge=round(molecule["charge"]),
            multiplicity=int(molecule["spin_multiplicity"]),
            spins=[float(spin) for spin in spins or ()],
            charges=[float(charge) for charge in charges or ()],
        )
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise RefusedError("no charge, spin, geometry and bonds") from error
    smiles = lewis_smiles(geometry)
    if smiles is None:
        raise RefusedError("bond orders cannot be assigned")
    return smiles
