"""Cell: one tested cell, checked, with every number in its base unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from molecules import Molecule, content_hash

Pair = tuple[str, float | str]
DIGITS = 9
"""Significant digits that two cells must share to be under one condition."""


@dataclass(frozen=True)
class Cell:
    """What a row of a results sheet says of one cell; empty or None where it says nothing."""

    cell_id: str
    batch_id: str
    control_batch_id: str
    """The batch whose controls this cell is compared with."""
    is_control: bool
    replicate: int
    base_salt: str
    base_dose: str
    """As written, with its unit."""
    base_molar: float | None
    """mol/L; None where the unit could not be converted."""
    electrolyte_volume_uL: float
    cell_type: str
    temperature_C: float
    current_mA_cm2: float
    capacity_mAh_cm2: float
    protocol: str
    smiles: str = ""
    """Canonical; empty for a control."""
    counterion: str = ""
    candidate_id: str = ""
    is_molecular: bool = True
    """False for polymers and mixtures, which no molecular model may see."""
    additive_dose: str = ""
    """As written, with its unit; empty for a control."""
    additive_molar: float | None = None
    """mol/L; 0 for a control, None where the unit could not be converted."""
    density_g_mL: float | None = None
    lifetime_h: float | None = None
    soft_short_onset_h: float | None = None
    soft_short_confirmed: bool | None = None
    cycles: float | None = None
    is_censored: bool | None = None
    """True where the cell had not failed when the record ends; None without such a record."""
    end_reason: str = ""
    ce_avg_pct: float | None = None
    ce_from_cycle: int | None = None
    ce_to_cycle: int | None = None
    overpotential_mV: float | None = None
    h2_umol_cm2_h: float | None = None
    corrosion_uA_cm2: float | None = None
    retention_pct: float | None = None
    supplier: str = ""
    purity_pct: float | None = None
    pH: float | None = None
    operator: str = ""
    date: str = ""
    """ISO 8601."""
    raw_file: str = ""
    sha256: str = ""
    """Of the raw file."""
    note: str = ""

    @property
    def molecule(self) -> Molecule | None:
        """The additive; None for a control, a polymer or a mixture."""
        return Molecule(self.smiles) if self.smiles and self.is_molecular else None

    @property
    def is_flagged(self) -> bool:
        """Whether a soft short without onset waits for a person to confirm it."""
        is_open = self.end_reason == "soft_short" and self.soft_short_onset_h is None
        return is_open and not self.soft_short_confirmed

    @property
    def base(self) -> tuple[Pair, ...]:
        """Conditions but for the dose: a cell is compared with controls that share them all."""
        concentration: Pair = (
            ("base_dose", self.base_dose)
            if self.base_molar is None
            else ("base_molar", _rounded(self.base_molar))
        )
        return (
            # dissolved, a hydrate is its salt; its water counts where the dose is weighed
            ("base_salt", self.base_salt.partition("·")[0] if self.base_molar else self.base_salt),
            concentration,
            ("cell_type", self.cell_type),
            ("temperature_C", _rounded(self.temperature_C)),
            ("current_mA_cm2", _rounded(self.current_mA_cm2)),
            ("capacity_mAh_cm2", _rounded(self.capacity_mAh_cm2)),
            ("protocol", self.protocol),
        )

    @property
    def dose(self) -> Pair:
        """Dose of the additive; by its text where it is not known in mol/L."""
        if self.additive_molar is None:
            return "additive_dose", self.additive_dose
        return "additive_molar", _rounded(self.additive_molar)

    @property
    def replicates(self) -> tuple[object, ...]:
        """What the replicates of one electrolyte in one batch share."""
        return self.batch_id, self.smiles, self.counterion, self.dose, self.base

    @property
    def content(self) -> str:
        """Hash of all that the row says; the same row imported twice has the same."""
        return content_hash(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The fields by name, all of types that JSON has."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Cell:
        """The cell that `to_json` wrote.

        Raises:
            ValueError: the record lacks a field or has one that cells do not have.
        """
        names = {field.name: str(field.type) for field in fields(cls)}
        if unknown := set(record) - set(names):
            raise ValueError(
                f"got a cell with {', '.join(sorted(unknown))}, expected the fields of a Cell; "
                "it was written by another version"
            )
        # JSON may keep 25.0 as 25, which would be another content.
        values: dict[str, Any] = {
            name: float(value) if type(value) is int and "float" in names[name] else value
            for name, value in record.items()
        }
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"got a cell without all its fields ({error})") from error


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
