"""Rows of QM9 under MoleculeNet's names: numbers in our units, and what makes a row count."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ase.units import Hartree
from rdkit import Chem
from scipy.constants import calorie

from molecules.sources.base import NO_NUMBER, Entry, Rejected, Value
from molecules.sources.text import number

METHOD = "B3LYP/6-31G(2df,p), gas"
QUANTITIES = {
    "mu": ("dipole", 1.0, "Dipole_debye"),
    "alpha": ("polarizability", 1.0, "Polarizability_bohr3"),
    "homo": ("homo", Hartree, "HOMO_au"),
    "lumo": ("lumo", Hartree, "LUMO_au"),
    "gap": ("gap", Hartree, "HOMO_LUMO_gap_au"),
    "r2": ("spatial_extent", 1.0, "R2_bohr2"),
    "zpve": ("zero_point_energy", Hartree, "ZPVE_au"),
    "u0": ("total_energy", Hartree, "InternalEnergy_0K_au"),
    "u298": ("internal_energy", Hartree, "InternalEnergy_298K_au"),
    "h298": ("enthalpy", Hartree, "Enthalphy_298K_au"),
    "g298": ("free_energy", Hartree, "GibbsFreeEnergy_298K_au"),
    "cv": ("heat_capacity", calorie, "Heatcapacity_Cv_cal_mol_K"),
}
"""By MoleculeNet's columns, in the order of the xyz files: our name, our unit over theirs, and
qm9pack's column. The files have Hartree, debye, bohr^3, bohr^2 and cal/(mol K)."""
WHAT = "dsgdb9nsd.xyz.tar.bz2, gdb9.sdf with gdb9.sdf.csv, qm9.csv or a csv of qm9pack"
IDENTIFIER = re.compile(r"gdb_[0-9]+\Z")
MISSING = {"", "nan", "none"}
NO_IDENTIFIER = "no QM9 identifier"
NOT_WHOLE = "structure has other atoms or charges than were calculated"


def of_csv(row_number: int, row: Mapping[str, str]) -> Entry | Rejected:
    """The entry of a row of MoleculeNet's csv."""
    if not IDENTIFIER.match(row["mol_id"]):
        return Rejected(f"row {row_number}", NO_IDENTIFIER)
    values = values_of(row)
    if values is None:
        return Rejected(row["mol_id"], NO_NUMBER)
    return Entry(row["mol_id"], row["smiles"], values=values)


def of_qm9pack(row_number: int, row: Mapping[str, str]) -> Entry | Rejected:
    """The entry of a row of qm9pack's csv."""
    renamed = {ours: row.get(theirs, "") for ours, (_, _, theirs) in QUANTITIES.items()}
    named = {"mol_id": f"gdb_{row['Index']}", "smiles": row["SMILES"]}
    return of_csv(row_number, named | renamed)


def values_of(row: Mapping[str, str]) -> tuple[Value, ...] | None:
    """The values of a row under MoleculeNet's names, or None where one is no number."""
    found = {}
    for column, (quantity, factor, _) in QUANTITIES.items():
        text = row.get(column, "").replace("*^", "e")  # Mathematica's way to write 1e-6
        value = number(text)
        if value is not None:
            found[quantity] = value * factor
        elif text.lower() not in MISSING:
            return None
    internal_energy_0k = found.pop("total_energy", None)
    zero_point_energy = found.get("zero_point_energy")
    if internal_energy_0k is not None and zero_point_energy is not None:
        found["total_energy"] = internal_energy_0k - zero_point_energy
    return tuple(Value(quantity, value, METHOD) for quantity, value in found.items())


def is_whole(mol: Chem.Mol | None, n_atoms: int) -> bool:
    """Whether a structure is a neutral closed-shell molecule of so many atoms with hydrogens."""
    return (
        mol is not None
        and Chem.GetFormalCharge(mol) == 0
        and not any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())
        and sum(1 + atom.GetTotalNumHs() for atom in mol.GetAtoms()) == n_atoms
    )
