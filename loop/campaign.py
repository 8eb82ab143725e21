"""Campaign: believe, propose, choose, ask, remember."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from tqdm import tqdm

from generators.base import LIBRARY, Proposal, Proposer
from loop.budget import Allowance, Budget, Spend
from loop.health.feasibility import EXPECTED, outcome
from loop.health.forecast import forecast
from loop.hindsight import coverage, mixed_settings
from loop.knowledge import Knowledge, gather
from loop.laboratory.bench import Bench
from loop.objective import Objective
from loop.pool import Pool, PoolSize
from loop.promotion import Promotion
from loop.questions import answered, ask
from loop.reward import PosteriorReward
from loop.scores import evaluate
from loop.tiers import Tiers
from molecules import Candidate, Failure, Label, Molecule, Pending
from molecules.filters import Filters
from molecules.store import Store
from oracles.base import Oracle, OracleUnavailableError
from surrogates.base import Surrogate

log = logging.getLogger("loop")
SEEDS = 200
"""Best library molecules that the other proposers may learn from and breed."""


class Acquisition(Protocol):
    """Chooses the questions of a round."""

    def select(
        self,
        surrogate: Surrogate,
        pool: Sequence[Proposal],
        labels: Sequence[Label],
        pending: Sequence[Molecule],
        budget: Allowance,
        generator: torch.Generator,
        declined: Collection[tuple[Molecule, str]] = (),
    ) -> list[Candidate]:
        """Choose up to `budget.batch` molecules of the pool, and the oracle to ask for each.

        `declined`: (molecule, quantity) that an oracle said do not apply.
        """


@dataclass(frozen=True)
class Campaign:
    """An active-learning campaign; its only state is the store.

    `round` may be called again after any interruption: a round whose questions were committed is
    asked to its end, and only the answers that are missing are computed.
    """

    name: str
    objective: Objective
    oracles: Mapping[str, Oracle]
    tiers: Tiers
    surrogate: Surrogate
    generators: Mapping[str, Proposer]
    acquisition: Acquisition
    promotion: Promotion
    filters: Filters
    store: Store
    budget: Budget
    pool: PoolSize
    batch: int
    seed: int
    bench: Bench | None = None
    """The laboratory, which a round never asks and always believes."""

    def round(self) -> list[Candidate]:
        """Run one round, or finish the interrupted one; empty where budget or pool is used up."""
        rounds = self.store.rounds()
        asked_for = 0.0
        if rounds and not rounds[-1].finished:
            number = rounds[-1].number
            asked_for = float(rounds[-1].metrics.get("oracle_seconds", 0.0))
        else:
            number = len(rounds) + 1
            started = time.monotonic()
            candidates, metrics = self._choose(number)
            if not candidates:
                return []
            metrics |= {"own_seconds": time.monotonic() - started, "campaign": self.name}
            self.store.begin_round(number, candidates, metrics)
        candidates = [candidate for _, candidate in self.store.candidates(number)]
        started = time.monotonic()
        try:
            self._ask(number, candidates)
        finally:  # Ctrl-C, a full disk: the part of the round that was asked has its seconds
            seconds = asked_for + time.monotonic() - started
            self.store.note_round(number, {"oracle_seconds": seconds}, finished=False)
        records = self.store.records()
        expected = self.store.rounds()[-1].metrics.get(EXPECTED, {})
        came = outcome(expected, records, self.objective.quantities, self.tiers.upper)
        self.store.note_round(number, came | coverage(candidates, records, self.tiers.upper))
        for warning in mixed_settings(records):
            log.warning(warning)
        return candidates

    def _choose(self, number: int) -> tuple[list[Candidate], dict[str, object]]:
        """Believe, propose, choose."""
        records = self.store.records()
        counted = self.tiers.counted(records)
        spend = Spend.of(
            [r for r in records if self.bench is None or r.outcome.oracle != self.bench.name]
        )
        allowance = self.budget.allowance(self.batch, self.tiers.base, spend)
        # The first round has nothing to promote but what the user asked about.
        upper = self.tiers.upper if number > 1 else ()
        if not allowance.batch and not any(self.budget.calls(o, spend, 0) for o in upper):
            return [], {}
        consensus = self.tiers.agree(counted)
        for link in consensus.links:
            if not link.is_on:
                log.warning(f"warning: {link}")
        outcomes = sorted(
            (r.outcome for r in counted), key=lambda o: (o.molecule, o.oracle, repr(o))
        )
        wanted = set(self.objective.quantities)
        labels = [o for o in outcomes if isinstance(o, Label)]
        failures = [o for o in outcomes if isinstance(o, Failure) and o.is_applicable]
        self.surrogate.fit(
            [o for o in labels if o.quantity.name in wanted],
            [o for o in failures if o.oracle not in self.tiers.upper],
        )
        metrics: dict[str, object] = {}
        if self.bench is not None:
            seen = sorted({label.molecule for label in labels if label.quantity.name in wanted})
            n_told = self.bench.learn(records, lambda ms: self.surrogate.predict(ms)[0], seen)
            self.objective.adviser = self.bench if n_told else None
            metrics["laboratory/labels"] = n_told
        # Whatever the order of commits.
        known = sorted(gather(counted, consensus, self.tiers.order), key=lambda k: k.molecule)
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + number)
        chosen: list[Candidate] = []
        if allowance.batch:
            pool, learned = self._propose(known, labels)
            pending = [o.molecule for o in outcomes if isinstance(o, Pending)]
            declined = {pair for k in known for pair in k.declined}
            chosen = self.acquisition.select(
                self.surrogate, pool.proposals, labels, pending, allowance, generator, declined
            )
            metrics |= learned | {"pool/size": len(pool.proposals), "funnel": dict(pool.rejected)}
            scores = evaluate(self.objective, known)[2]
            metrics |= forecast(self.objective, self.surrogate, chosen, scores)
        for oracle in upper:
            n = self.budget.calls(oracle, spend, len(chosen))
            chosen += self.promotion.select(oracle, self.surrogate, known, n, generator)
        return chosen, metrics

    def _propose(
        self, known: Sequence[Knowledge], labels: Sequence[Label]
    ) -> tuple[Pool, dict[str, object]]:
        """Let every generator learn from the current reward, and collect the pool."""
        metrics: dict[str, object] = {}
        if labels:
            scores = torch.nan_to_num(evaluate(self.objective, known)[2], nan=-1.0)
            best_first = torch.argsort(scores, descending=True, stable=True).tolist()
            reward = PosteriorReward(
                self.objective,
                self.surrogate,
                self.filters,
                known=[known[i].molecule for i in best_first],
                form=self.pool.form,
            )
            # The library first: what it expects most of seeds the replay of the others.
            for name in sorted(self.generators, key=lambda name: name != LIBRARY):
                learned = self.generators[name].update(reward)
                metrics |= {f"generator/{name}/{key}": value for key, value in learned.items()}
                if name == LIBRARY:
                    offered = [p.molecule for p in self.generators[name].propose(SEEDS)]
                    reward.known = [*reward.known, *offered]
        asked = {k.molecule for k in known}
        return self.pool.collect(self.generators, self.filters, asked), metrics

    def _ask(self, number: int, candidates: Sequence[Candidate]) -> None:
        """Ask and remember: every outcome is committed as it comes."""
        for name in sorted({c.oracle for c in candidates} - set(self.oracles)):
            log.warning(
                f"warning: round {number} has questions for oracle {name!r}, which is no longer "
                f"in the configuration (it has {', '.join(self.oracles)}); they are not asked"
            )
        for name, oracle in self.oracles.items():
            mine = [c for c in candidates if c.oracle == name]
            known = answered(self.store.records(), oracle)
            waiting = [c.molecule for c in mine if not known.get(c.molecule, False)]
            sources = {c.molecule: c.source for c in mine}
            bar = tqdm(
                total=len(waiting),
                desc=f"round {number}: asking {name}",
                unit="molecule",
                disable=not waiting,
            )
            try:
                with bar:
                    for outcome, is_last in ask(oracle, waiting):
                        self.store.add(outcome, number, sources[outcome.molecule])
                        bar.update(int(is_last))
            except OracleUnavailableError as error:
                if name not in self.tiers.upper:
                    raise
                without = f"or go on without this tier: oracles.{name}=null"
                raise OracleUnavailableError(f"{error}; {without}") from error
