"""Protonation: the forms a molecule takes in water, with the pKa's that decide."""

from molecules.protonation.binding import (
    KCAL_PER_PK,
    TEMPERATURE_KELVIN,
    BindingForm,
    binding_forms,
    deprotonated_ligand,
)
from molecules.protonation.form import Form, ProtonationError, Step, form_at, sites_of
from molecules.protonation.groups import tables_version
from molecules.protonation.salt import Salt, Species, split_salt
from molecules.protonation.site import PKa, Site

__all__ = [
    "KCAL_PER_PK",
    "TEMPERATURE_KELVIN",
    "BindingForm",
    "Form",
    "PKa",
    "ProtonationError",
    "Salt",
    "Site",
    "Species",
    "Step",
    "binding_forms",
    "deprotonated_ligand",
    "form_at",
    "sites_of",
    "split_salt",
    "tables_version",
]
