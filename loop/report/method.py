"""Method: by what programs and settings the numbers of a report were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loop.standing import Standing
from molecules import VOCABULARY, Provenance, Quantity

TERMS: Mapping[str, str] = {
    "score": "one number from 0 (worthless) to 1 (ideal): the weighted geometric mean of the "
    "desirabilities of all objectives, times those of the constraints",
    "desirability": "how well one goal is met, from 0 (not at all) to 1 (entirely)",
    "objective": "a goal to improve; objectives are traded against each other",
    "constraint": "a goal to keep; missing it lowers the score, exceeding it earns nothing",
    "Pareto front": "the molecules that no other molecule beats in every objective at once",
    "hypervolume": "the share of the space of objectives that the Pareto front covers: it grows "
    "when the front moves towards the ideal or fills a gap",
    "oracle": "whatever answers a question about a molecule: a program or a laboratory",
    "± (standard error)": "two answers out of three lie within this distance of the true value of "
    "the method; the method's own error against experiment comes on top",
    "another species at pH": "water adds or takes a proton, so that the molecule whose numbers are "
    "shown is hardly there; its dossier names the form that is",
    "round": "one turn of the loop: fit the model, propose, choose, ask, remember",
    "library": "a molecule taken from a list of known compounds",
    "generated": "a molecule that a generator (GFlowNet or genetic algorithm) has made up",
}


@dataclass(frozen=True)
class Method:
    """One way of answering that was used, and how often."""

    oracle: str
    method: str
    versions: str
    settings: str
    calibration: str
    n_answers: int
    seconds: float
    """Median wall seconds of one evaluation."""


def methods(standing: Standing) -> list[Method]:
    """One row for each distinct method, by oracle."""
    grouped: dict[tuple[str, str, str, str, str], list[float]] = {}
    for entry in standing.entries:
        for label in entry.answers:
            made = label.provenance
            key = (label.oracle, made.method, made.versions, made.settings_hash, made.calibration)
            grouped.setdefault(key, []).append(made.seconds)
    return [
        Method(*key, n_answers=len(times), seconds=sorted(times)[len(times) // 2])
        for key, times in sorted(grouped.items())
    ]


def latest(standing: Standing) -> str:
    """When the last evaluation was started, or empty where that is not known."""
    made: list[Provenance] = [
        label.provenance for entry in standing.entries for label in entry.answers
    ]
    return max((provenance.started for provenance in made), default="")


def meaning(quantity: Quantity) -> str:
    """What a quantity is, in one line."""
    known = VOCABULARY.get(quantity.name)
    return quantity.meaning or (known.meaning if known else "") or "defined by the campaign"
