"""Standing: where a campaign is, as a value computed from its record alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from loop.entry import Entry, ranked
from loop.knowledge import gather
from loop.laboratory.batches import Batches
from loop.laboratory.bench import Bench
from loop.laboratory.finding import Finding, computed_means, newcomers
from loop.laboratory.request import waiting
from loop.objective import Goal, Objective
from loop.progress import Progress, progress
from loop.scores import evaluate
from loop.tiers import Tiers
from molecules import Failure, Molecule
from molecules.store import Store
from oracles.lab.cells import Cell
from oracles.lab.failures import CellEnds, failures_per_cells
from surrogates.consensus import Consensus
from surrogates.ladder import Link


@dataclass(frozen=True)
class Standing:
    """Everything that a report shows of a campaign."""

    name: str
    mode: str
    goals: tuple[Goal, ...]
    entries: tuple[Entry, ...]
    """Best first; molecules without a score last."""
    progress: tuple[Progress, ...]
    statuses: Mapping[str, Mapping[str, int]]
    """Oracle to status to number of outcomes."""
    funnel: tuple[tuple[str, int], ...] = ()
    """Reason to number of molecules that the filters kept out of the last pool."""
    links: tuple[Link, ...] = ()
    """How the tiers of a quantity compare."""
    scales: Mapping[str, str] = field(default_factory=dict)
    """Goal quantity to the oracle on whose scale its bounds stand."""
    bench: Bench | None = None
    """The campaign's laboratory, taught by its labels."""
    requests: Mapping[Molecule, str] = field(default_factory=dict)
    """Molecules that wait for the laboratory, with the request."""
    batches: Batches | None = None
    """The laboratory's own labels in the order of their batches; None before there are any."""
    endings: Mapping[str, CellEnds] = field(default_factory=dict)
    """Cells and how they failed, by SMILES of the additive; that of the controls is empty."""

    @property
    def best(self) -> Entry | None:
        """The best scored molecule, or None."""
        return self.entries[0] if self.entries and self.entries[0].score is not None else None


def standing(
    name: str,
    objective: Objective,
    store: Store,
    names: Mapping[str, str] | None = None,
    tiers: Tiers | None = None,
    consensus: Consensus | None = None,
    bench: Bench | None = None,
) -> Standing:
    """Compute where a campaign stands; `names` are the library's, by SMILES.

    Scores of all rounds are today's: what a higher tier has taught counts for every molecule.
    `consensus`: what the tiers say together; None: as the labels of this record teach it.
    `bench`: the campaign's laboratory, which learns here what the record has of it.
    """
    records = store.records()
    tiers = tiers or Tiers()
    counted = tiers.counted(records)
    consensus = consensus or tiers.agree(counted)
    known = gather(counted, consensus, tiers.order)
    objective.adviser = None
    tested: Mapping[Molecule, Finding] = {}
    batches: Batches | None = None
    if bench is not None:
        known += newcomers(bench.labels(records), known)
    computed = evaluate(objective, known)[2]
    if bench is not None:
        everyone = [k.molecule for k in known]
        # As in a round: a molecule that only the laboratory knows says nothing of the scales.
        seen = sorted(k.molecule for k in known if k.labels.keys() & set(objective.quantities))
        if bench.learn(records, computed_means(objective, known), seen):
            objective.adviser = bench
            tested = bench.tested(records, everyone)
            batches = bench.batches(records, store.bench.batches())
    evaluated = evaluate(objective, known)
    statuses: dict[str, Counter[str]] = {}
    for record in records:
        outcome = record.outcome
        status = outcome.status if isinstance(outcome, Failure) else type(outcome).__name__.lower()
        statuses.setdefault(outcome.oracle, Counter())["ok" if status == "label" else status] += 1
    finished = [r for r in store.rounds() if r.finished]
    funnel = finished[-1].metrics.get("funnel", {}) if finished else {}
    return Standing(
        name=name,
        mode=objective.mode,
        goals=objective.goals,
        entries=tuple(ranked(objective, store, known, evaluated, computed, tested, names or {})),
        progress=tuple(progress(store, records, known, *evaluated[1:])),
        statuses=statuses,
        funnel=tuple(funnel.items()),
        links=consensus.links,
        scales=tiers.scales,
        bench=bench,
        requests=waiting(records, bench.name) if bench else {},
        batches=batches,
        endings={
            one.smiles: one
            for one in failures_per_cells(map(Cell.from_json, store.bench.cells().values()))
        },
    )
