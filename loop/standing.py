"""Standing: where a campaign is, as a value computed from its record alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from botorch.utils.multi_objective.pareto import is_non_dominated
from torch import Tensor

from loop.knowledge import Knowledge, gather
from loop.laboratory.batches import Batches
from loop.laboratory.bench import Bench
from loop.laboratory.finding import Finding, computed_means, newcomers
from loop.laboratory.request import waiting
from loop.objective import Goal, Objective
from loop.scores import evaluate, hypervolume
from loop.tiers import Tiers
from molecules import Candidate, Failure, Label, Molecule
from molecules.rows import Record
from molecules.store import Store
from oracles.lab.cells import Cell
from oracles.lab.failures import CellEnds, failures_per_cells
from surrogates.consensus import Consensus
from surrogates.ladder import Link


@dataclass(frozen=True)
class Entry:
    """One molecule that was asked about, and how it ranks."""

    rank: int
    molecule: Molecule
    name: str
    """The library's name, or empty."""
    source: str
    round: int | None
    score: float | None
    """In [0, 1]; None where a goal's quantity failed or is missing."""
    is_pareto: bool
    labels: Mapping[str, Label]
    """By quantity name, what the score was computed from. Where several tiers answer: of a goal's
    quantity what they say together on the scale of the goals, under the name of the highest; of any
    other quantity the highest one's own label."""
    failures: Mapping[str, Failure]
    """By quantity name; one of all quantities stands under the oracle's name."""
    desirabilities: Mapping[str, float | None]
    """By goal name; None where it does not apply or is not known."""
    candidates: tuple[Candidate, ...] = ()
    """What was believed of the molecule each time before it was asked, the first first."""
    chosen_in: tuple[int, ...] = ()
    """Round of each of `candidates`."""
    answers: tuple[Label, ...] = ()
    """Every label as its oracle gave it, on that oracle's scale, in the order of commits."""
    computed: float | None = None
    """The score without what the laboratory says."""
    tested: Finding | None = None
    """What the laboratory says of it; None where it has not said anything of any molecule."""

    @property
    def candidate(self) -> Candidate | None:
        """What was believed of the molecule when it was first chosen, for whatever oracle."""
        return self.candidates[0] if self.candidates else None

    def chosen_for(self, oracle: str) -> Candidate | None:
        """What was believed of the molecule before `oracle` was asked, on that oracle's scale."""
        return next((c for c in self.candidates if c.oracle == oracle), None)


@dataclass(frozen=True)
class Progress:
    """One finished round: a row of rounds.csv."""

    round: int
    n_labels: Mapping[str, int]
    """Labels so far, per oracle."""
    n_failures: int
    n_molecules: int
    hypervolume: float
    best_score: float
    oracle_seconds: float
    own_seconds: float
    metrics: Mapping[str, float]


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
        entries=tuple(_entries(objective, store, known, evaluated, computed, tested, names or {})),
        progress=tuple(_progress(store, records, known, *evaluated[1:])),
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


def _entries(
    objective: Objective,
    store: Store,
    known: Sequence[Knowledge],
    evaluated: tuple[Tensor, Tensor, Tensor],
    computed: Tensor,
    tested: Mapping[Molecule, Finding],
    names: Mapping[str, str],
) -> list[Entry]:
    """What was asked about, best first; `evaluated` as `evaluate` gives it."""
    d, vectors, scores = evaluated
    beliefs: dict[Molecule, list[tuple[int, Candidate]]] = {}
    for number, candidate in store.candidates():
        beliefs.setdefault(candidate.molecule, []).append((number, candidate))
    is_front = torch.zeros(len(known), dtype=torch.bool)
    scored = (~scores.isnan()).nonzero().flatten()
    if len(scored):
        is_front[scored] = is_non_dominated(vectors[scored])
    order = sorted(
        range(len(known)),
        key=lambda i: (
            -math.inf if scores[i].isnan() else float(scores[i]),
            known[i].molecule.smiles,
        ),
        reverse=True,
    )
    entries = []
    for rank, i in enumerate(order, 1):
        k = known[i]
        entries.append(
            Entry(
                rank=rank,
                molecule=k.molecule,
                name=names.get(k.molecule.smiles, ""),
                source=k.source,
                round=k.round,
                score=None if scores[i].isnan() else float(scores[i]),
                is_pareto=bool(is_front[i]),
                labels=k.labels,
                failures=k.failures,
                desirabilities={
                    g.name: None if d[i, j].isnan() else float(d[i, j])
                    for j, g in enumerate(objective.goals)
                },
                candidates=tuple(candidate for _, candidate in beliefs.get(k.molecule, ())),
                chosen_in=tuple(number for number, _ in beliefs.get(k.molecule, ())),
                answers=k.answers,
                computed=None if computed[i].isnan() else float(computed[i]),
                tested=tested.get(k.molecule),
            )
        )
    return entries


def _progress(
    store: Store,
    records: Sequence[Record],
    known: Sequence[Knowledge],
    vectors: Tensor,
    scores: Tensor,
) -> list[Progress]:
    """Cumulative figures at the end of each finished round; imports and asks count at once."""
    rows = []
    for round in (r for r in store.rounds() if r.finished):
        until = [r for r in records if r.round is None or r.round <= round.number]
        mask = torch.tensor([k.round is None or k.round <= round.number for k in known])
        seen = scores[mask] if len(known) else scores
        metrics = {k: float(v) for k, v in round.metrics.items() if isinstance(v, int | float)}
        oracle_seconds = metrics.pop("oracle_seconds", 0.0)
        own_seconds = metrics.pop("own_seconds", 0.0)
        rows.append(
            Progress(
                round=round.number,
                n_labels=dict(
                    Counter(r.outcome.oracle for r in until if isinstance(r.outcome, Label))
                ),
                n_failures=sum(
                    isinstance(r.outcome, Failure) and r.outcome.is_applicable for r in until
                ),
                n_molecules=int(mask.sum()),
                hypervolume=hypervolume(vectors[mask]) if len(known) else 0.0,
                best_score=float(torch.nan_to_num(seen).max()) if len(seen) else 0.0,
                oracle_seconds=oracle_seconds,
                own_seconds=own_seconds,
                metrics=metrics,
            )
        )
    return rows
