"""Laboratory: the tier that people answer, and what its cell tests are compared at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from molecules import VOCABULARY, Molecule, Pending, Provenance, Quantity
from molecules.quantity import BENCH
from oracles.base import Calculations, Cost, Workers

REFERENCE = (
    *("cell_type", "protocol", "base_salt", "base_molar"),
    *("temperature_C", "current_mA_cm2", "capacity_mAh_cm2"),
)


@dataclass(frozen=True)
class Doses:
    """Concentrations of an additive, mol/L."""

    low: float
    """Least that the ranking considers."""
    high: float
    first: tuple[float, ...]
    """What a first request proposes: one dose alone says little, the best one is not known."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", tuple(self.first))
        if not 0 < self.low < self.high or not all(self.low <= d <= self.high for d in self.first):
            raise ValueError(
                f"got doses low={self.low}, high={self.high}, first={list(self.first)}; expected "
                "0 < low < high in mol/L, and the first ones between them"
            )
        if len(set(self.first)) < 2:
            raise ValueError(f"got first doses {list(self.first)}, expected at least two")


class Laboratory:
    """Cell tests: implements `oracles.base.Oracle`, and answers every question with `Pending`.

    Its quantities are log10 ratios to the controls of the same batch; they have goals of their own
    and are no higher rung of a computed one.
    """

    def __init__(
        self,
        *,
        reference: Mapping[str, float | str],
        doses: Doses | Mapping[str, object],
        quantities: Sequence[str] = BENCH,
        name: str = "lab",
        tier: int = 9,
        cost: float | Cost = 0.0,
        replicates: int = 3,
        controls: int = 3,
        electrolyte_volume: float = 100.0,
        largest_trust: float = 0.8,
        noise_floor: float = 0.1,
        smallest_inefficiency: float = 1e-3,
    ) -> None:
        """Store the choices.

        Args:
            reference: condition at which molecules are compared: the keys of `REFERENCE`.
            doses: bounds of the dose, and the doses of a first request.
            quantities: names, some of `molecules.quantity.BENCH`.
            name: of the tier.
            tier: rank of trust.
            cost: seconds of one molecule at one dose, where doses and molecules are weighed.
            replicates: cells of each dose in a request.
            controls: cells without additive in a batch.
            electrolyte_volume: of a cell, uL.
            largest_trust: share of a score that the laboratory has where it knows for certain.
            noise_floor: least standard error of one cell, log10.
            smallest_inefficiency: 1 - CE below which a coulombic efficiency is a bound.
        """
        unknown = sorted(set(quantities) - set(BENCH))
        if unknown or not quantities:
            raise ValueError(f"got quantities {list(quantities)}, expected some of {list(BENCH)}")
        if set(reference) != set(REFERENCE):
            raise ValueError(
                f"got reference {dict(reference)}, expected the keys {', '.join(REFERENCE)}"
            )
        if not 0.0 <= largest_trust < 1.0 or replicates < 1 or controls < 1:
            raise ValueError(
                f"got largest_trust={largest_trust}, replicates={replicates}, "
                f"controls={controls}; expected a trust in [0, 1) and at least one cell of each"
            )
        self.name = name
        self.tier = tier
        self.quantities: tuple[Quantity, ...] = tuple(VOCABULARY[q] for q in quantities)
        self.cost = cost if isinstance(cost, Cost) else Cost(constant=cost)
        self.reference = dict(reference)
        self.doses = doses if isinstance(doses, Doses) else Doses(**doses)  # type: ignore[arg-type]
        self.replicates = replicates
        self.controls = controls
        self.electrolyte_volume = electrolyte_volume
        self.largest_trust = largest_trust
        self.noise_floor = noise_floor
        self.smallest_inefficiency = smallest_inefficiency

    def open(self, workers: Workers, calculations: Calculations) -> None:
        """Nothing to take: people answer."""

    def query(self, molecules: Sequence[Molecule]) -> Iterator[Pending]:
        """Yield one Pending a molecule, for all quantities."""
        for molecule in dict.fromkeys(molecules):
            yield self.request(molecule, "asked without a request sheet")

    def request(self, molecule: Molecule, text: str) -> Pending:
        """The question about a molecule; `text` names the request and says why."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        return Pending(molecule, self.name, text, provenance=Provenance(started=started))
