"""Request: molecules for the bench, with all that a person needs to buy, weigh and test them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from loop.laboratory.purchase import Purchase
from molecules import Molecule, Pending
from molecules.rows import Record
from oracles.lab.laboratory import Laboratory

CANDIDATE = re.compile(r"(R\d{3,}-\d+): ")
"""How the text of a request begins: the candidate that a results sheet may name."""


@dataclass(frozen=True)
class Asked:
    """One molecule of a request."""

    candidate_id: str
    """R002-1 is the first molecule of the second request."""
    molecule: Molecule
    name: str
    cas: str
    purchase: Purchase
    doses: tuple[float, ...]
    """mol/L, at least two."""
    why: str
    hazards: tuple[str, ...]
    alerts: tuple[str, ...]
    """Structural alerts of medicinal chemistry: for a reader, no grounds to reject."""
    availability: str
    computed: float
    """Score of what is computed, in [0, 1]."""
    score: float
    """The same with what the laboratory has said so far."""

    @property
    def text(self) -> str:
        """What the record keeps."""
        return f"{self.candidate_id}: {self.why}"


def next_number(records: Sequence[Record]) -> int:
    """Number of the next request of a campaign, from 1."""
    numbers = (int(name[1:].partition("-")[0]) for name in _candidates(records))
    return 1 + max(numbers, default=0)


def molecule_of(candidate_id: str, records: Sequence[Record]) -> Molecule | None:
    """Which molecule a candidate of an earlier request is; None where there was none."""
    return _candidates(records).get(candidate_id.strip())


def waiting(records: Sequence[Record], laboratory: str) -> dict[Molecule, str]:
    """Molecules that the laboratory was asked about and has no label of, with the request."""
    asked = {
        r.outcome.molecule: r.outcome.request
        for r in records
        if isinstance(r.outcome, Pending) and r.outcome.oracle == laboratory
    }
    answered = {
        r.outcome.molecule
        for r in records
        if not isinstance(r.outcome, Pending) and r.outcome.oracle == laboratory
    }
    return {molecule: text for molecule, text in asked.items() if molecule not in answered}


def masses(asked: Asked) -> list[float]:
    """Mg of substance per mL of electrolyte, of each dose: mol/L times g/mol is g/L."""
    return [dose * asked.purchase.molar_mass for dose in asked.doses]


def cells(asked: Sequence[Asked], laboratory: Laboratory) -> list[dict[str, str]]:
    """Rows of a results sheet for every cell of a request, controls first; results left empty."""
    batch = asked[0].candidate_id.partition("-")[0] if asked else ""
    reference = {key: _plain(value) for key, value in laboratory.reference.items()}
    common = {
        "batch_id": batch,
        "base_salt": reference["base_salt"],
        "base_salt_conc": reference["base_molar"],
        "base_conc_unit": "M",
        "electrolyte_volume_uL": _plain(laboratory.electrolyte_volume),
        **{k: reference[k] for k in ("cell_type", "temperature_C", "protocol")},
        **{k: reference[k] for k in ("current_mA_cm2", "capacity_mAh_cm2")},
    }
    rows = [
        {**common, "cell_id": f"{batch}-control-{i}", "is_control": "1", "replicate": str(i)}
        for i in range(1, laboratory.controls + 1)
    ]
    for one in asked:
        for letter, dose in zip("abcdefgh", one.doses, strict=False):
            rows += [
                {
                    **common,
                    "cell_id": f"{one.candidate_id}{letter}-{i}",
                    "is_control": "0",
                    "control_batch_id": batch,
                    "replicate": str(i),
                    "candidate_id": one.candidate_id,
                    "smiles": one.molecule.smiles,
                    "counterion": one.purchase.counter_ion(one.molecule),
                    "inchikey": one.molecule.inchikey,
                    "additive_conc": _plain(dose),
                    "conc_unit": "M",
                }
                for i in range(1, laboratory.replicates + 1)
            ]
    return rows


def _candidates(records: Sequence[Record]) -> dict[str, Molecule]:
    """The molecule of every candidate; one that was asked again has several names."""
    found: dict[str, Molecule] = {}
    for record in records:
        if isinstance(record.outcome, Pending):
            match = CANDIDATE.match(record.outcome.request)
            if match:
                found.setdefault(match[1], record.outcome.molecule)
    return found


def _plain(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
