"""Building: a row without faults becomes a cell, with its doses in mol per litre."""

from __future__ import annotations

from oracles.lab.cells import Cell
from oracles.lab.rows import Finding, Row
from oracles.lab.salts import salt_name
from oracles.lab.structure import Additive
from oracles.lab.units import MOST_MOLAR, Dose, additive_dose, salt_dose

QUARANTINED = "kept out of the models of the dose"


def build_cell(row: Row, additive: Additive | None) -> tuple[Cell, list[Finding]]:
    """The cell of a row, and what was assumed of its doses; `additive` is None for a control.

    The row has passed every other check; a fault among the findings rejects it still.
    """
    salt = salt_name(row.text("base_salt"))
    base = salt_dose(_number(row, "base_salt_conc"), row.text("base_conc_unit"), salt)
    dose = _additive_dose(row, additive)
    findings = [
        *_dose_findings(row, "base_salt_conc", base),
        *_dose_findings(row, "additive_conc", dose),
    ]
    day = row.day("date")
    cell = Cell(
        cell_id=row.text("cell_id"),
        batch_id=row.text("batch_id"),
        control_batch_id=row.text("control_batch_id") or row.text("batch_id"),
        is_control=additive is None,
        replicate=row.whole("replicate") or 1,
        base_salt=salt,
        base_dose=_written(row, "base_salt_conc", "base_conc_unit"),
        base_molar=base.molar,
        electrolyte_volume_uL=_number(row, "electrolyte_volume_uL"),
        cell_type=row.text("cell_type"),
        temperature_C=_number(row, "temperature_C"),
        current_mA_cm2=_number(row, "current_mA_cm2"),
        capacity_mAh_cm2=_number(row, "capacity_mAh_cm2"),
        protocol=row.text("protocol"),
        smiles=additive.molecule.smiles if additive else "",
        counterion=additive.counterion if additive else "",
        candidate_id=row.text("candidate_id"),
        is_molecular=additive.is_molecular if additive else True,
        additive_dose=_written(row, "additive_conc", "conc_unit") if additive else "",
        additive_molar=dose.molar,
        density_g_mL=row.number_of("density_g_mL"),
        lifetime_h=row.number_of("lifetime_h"),
        soft_short_onset_h=row.number_of("soft_short_onset_h"),
        soft_short_confirmed=row.flag("soft_short_confirmed"),
        cycles=row.number_of("cycles"),
        is_censored=_is_censored(row),
        end_reason=row.text("end_reason"),
        ce_avg_pct=row.number_of("ce_avg_pct"),
        ce_from_cycle=row.whole("ce_from_cycle"),
        ce_to_cycle=row.whole("ce_to_cycle"),
        overpotential_mV=row.number_of("overpotential_mV"),
        h2_umol_cm2_h=row.number_of("h2_umol_cm2_h"),
        corrosion_uA_cm2=row.number_of("corrosion_uA_cm2"),
        retention_pct=row.number_of("retention_pct"),
        supplier=row.text("supplier"),
        purity_pct=row.number_of("purity_pct"),
        pH=row.number_of("pH"),
        operator=row.text("operator"),
        date=day.isoformat() if day else "",
        raw_file=row.text("raw_file"),
        sha256=row.text("sha256").lower(),
        note=row.text("note"),
    )
    return cell, findings


def _additive_dose(row: Row, additive: Additive | None) -> Dose:
    if additive is None:
        return Dose(0.0)
    return additive_dose(
        _number(row, "additive_conc"),
        row.text("conc_unit"),
        additive.molar_mass,
        row.number_of("density_g_mL"),
    )


def _dose_findings(row: Row, column: str, dose: Dose) -> list[Finding]:
    if dose.molar is None:
        return [row.caution(column, f"{dose.remark}: {QUARANTINED}", "give the dose in mM or M")]
    if dose.molar > MOST_MOLAR:
        expected = f"at most {MOST_MOLAR:g} mol/L, not {dose.molar:.4g}"
        return [row.fault(column, expected, "check the dose and its unit")]
    if dose.remark:
        why = f"{dose.remark}: {dose.molar:.4g} mol/L"
        return [row.caution(column, why, "give the dose in mM or M if it was measured")]
    return []


def _is_censored(row: Row) -> bool | None:
    """Whether the cell still ran, by the column or else by how the test ended."""
    given, reason = row.flag("censored"), row.text("end_reason")
    if given is None and reason:
        return reason in ("stopped", "running")
    return given


def _written(row: Row, amount: str, unit: str) -> str:
    return f"{_number(row, amount):.9g} {row.text(unit)}"


def _number(row: Row, column: str) -> float:
    """A number that every row without faults has."""
    value = row.number_of(column)
    if value is None:
        raise ValueError(f"got row {row.number} without {column}, expected a row without faults")
    return value
