"""Rows: how outcomes and candidates are written into the tables and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from molecules.candidate import Candidate
from molecules.label import Failure, Label, Outcome, Pending, Provenance
from molecules.molecule import Molecule
from molecules.quantity import VOCABULARY, Quantity

PROVENANCE = (
    "method",
    "settings_hash",
    "calibration",
    "versions",
    "seed",
    "host",
    "started",
    "seconds",
    "cpu_seconds",
)


@dataclass(frozen=True)
class Record:
    """An outcome as the store keeps it: who answered, when, how, in which round."""

    id: int
    outcome: Outcome
    round: int | None
    source: str
    method: str
    settings_hash: str
    calibration: str
    versions: str
    seed: int | None
    host: str
    started: str
    seconds: float
    cpu_seconds: float


def quantity_name(outcome: Outcome) -> str | None:
    """Name of the quantity an outcome is about; None: all of the oracle's."""
    return outcome.quantity.name if isinstance(outcome, Label) else outcome.quantity


def conditions_of(outcome: Outcome) -> list[list[float | str]]:
    """Conditions of a label as JSON keeps them."""
    return [list(pair) for pair in outcome.conditions] if isinstance(outcome, Label) else []


def outcome_row(outcome: Outcome, round: int | None, source: str) -> dict[str, Any]:
    """Column values of an outcome."""
    row: dict[str, Any] = {
        "kind": type(outcome).__name__.lower(),
        "smiles": outcome.molecule.smiles,
        "oracle": outcome.oracle,
        "quantity": quantity_name(outcome),
        "conditions": conditions_of(outcome),
        "round": round,
        "source": source,
        "status": "ok",
        **{name: getattr(outcome.provenance, name) for name in PROVENANCE},
    }
    match outcome:
        case Label():
            row |= {
                "unit": outcome.quantity.unit,
                "value": outcome.value,
                "std": outcome.std,
                "censored": outcome.censored,
            }
        case Failure():
            row |= {"status": outcome.status, "reason": outcome.reason}
        case Pending():
            row |= {"status": "pending", "reason": outcome.request}
    return row


def read_record(row: Mapping[str, Any]) -> Record:
    """The record of a row."""
    provenance = {name: row[name] for name in PROVENANCE}
    outcome = _read_outcome(row, Provenance(**provenance))
    return Record(row["id"], outcome, row["round"], row["source"], **provenance)


def _read_outcome(row: Mapping[str, Any], provenance: Provenance) -> Outcome:
    molecule, oracle = Molecule(row["smiles"]), row["oracle"]
    match row["kind"]:
        case "label":
            known = VOCABULARY.get(row["quantity"])
            meaning = known.meaning if known and known.unit == row["unit"] else ""
            quantity = Quantity(row["quantity"], row["unit"], meaning)
            conditions = tuple((name, value) for name, value in row["conditions"])
            return Label(
                molecule,
                quantity,
                row["value"],
                row["std"],
                oracle,
                row["censored"],
                conditions,
                provenance,
            )
        case "failure":
            return Failure(
                molecule, oracle, row["status"], row["reason"], row["quantity"], provenance
            )
        case _:
            return Pending(molecule, oracle, row["reason"], row["quantity"], provenance)


def read_candidate(row: Mapping[str, Any]) -> Candidate:
    """The candidate of a row."""
    parents = tuple(Molecule(smiles) for smiles in row["parents"])
    return Candidate(
        Molecule(row["smiles"]),
        row["oracle"],
        row["score"],
        row["mean"],
        row["std"],
        row["source"],
        parents,
        row["why"],
    )
