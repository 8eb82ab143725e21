"""The GFlowNet proposer: a molecule language model that learns what the campaign wants."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import torch
from rdkit import Chem
from rdkit.Chem import rdMolHash

from generators import checkpoint
from generators.agent import Agent
from generators.base import Proposal, Reward
from generators.checkpoint import CheckpointError, State
from generators.condition import draw_conditions
from generators.lesson import Course, Lesson
from generators.prior import Prior
from generators.screening import Screen, parse
from molecules import Molecule
from molecules.filters import Filters

log = logging.getLogger(__name__)

LEAST_VALID = 0.8
LEAST_UNIQUE = 0.7
CARRIED = 1000
"""Replayed molecules that an update hands to the next one, which judges them anew."""
WRITTEN = 256
"""Strings written at once when proposing."""
PATIENCE = 12
"""Strings written for each proposal wanted before fewer are returned."""


class GFlowNet:
    """A sequence policy with a pretrained prior, trained by relative trajectory balance.

    After training it draws molecules in proportion to prior(molecule)^a exp(beta D(molecule)),
    for any preference and beta it is told (generators/losses.py, generators/lesson.py).

    Args:
        filters: hard filters of the campaign; what fails has log R = -10.
        seed: with the number of updates so far it decides every draw.
        folder: where the checkpoint is kept after each update; None keeps it in memory only.
        steps, batch, replayed, children, capacity, prior_power, learning_rate: see `Course`.
        betas: smallest and largest inverse temperature; proposals use the upper half.
        reset_every: updates after which the agent starts again from the prior; it also does when
            the last update left it less than 0.8 valid or 0.7 unique.
        per_scaffold: proposals allowed to share one scaffold.
    """

    name = "gflownet"

    def __init__(
        self,
        filters: Filters,
        seed: int = 0,
        folder: str | Path | None = None,
        steps: int = 150,
        batch: int = 64,
        replayed: int = 64,
        children: int = 12,
        capacity: int = 6400,
        prior_power: float = 1.0,
        learning_rate: float = 5e-4,
        betas: tuple[float, float] = (8.0, 48.0),
        reset_every: int = 5,
        per_scaffold: int = 3,
    ) -> None:
        low, high = betas
        if not 0 < low <= high:
            raise ValueError(f"got betas = {tuple(betas)}, expected 0 < low <= high such as 8, 48")
        if min(steps, batch, reset_every, per_scaffold) < 1:
            raise ValueError(
                f"got steps={steps}, batch={batch}, reset_every={reset_every}, "
                f"per_scaffold={per_scaffold}, expected each to be at least 1"
            )
        self.filters = filters
        self.seed = seed
        self.folder = Path(folder) if folder is not None else None
        self.course = Course(
            steps=steps,
            batch=batch,
            replayed=replayed,
            children=children,
            capacity=capacity,
            prior_power=prior_power,
            learning_rate=learning_rate,
        )
        self.betas = (float(low), float(high))
        self.reset_every = reset_every
        self.per_scaffold = per_scaffold
        self._prior: Prior | None = None
        self._agent: Agent | None = None
        self._state = State()

    def update(self, reward: Reward) -> dict[str, float]:
        """Train on the current reward, from where the last update ended or from the prior.

        Metrics, means over the last quarter of the steps: 'loss', 'valid' (parses), 'allowed'
        (passes the filters), 'unique', 'log_Z', 'reward_mean' (D of what was written, 0 for what
        is not allowed), 'replay' (molecules in it), 'reset' (1 if it started from the prior).
        """
        prior = self._ready()
        state, seed = self._state, self._seed("update")
        is_new = self._agent is None or self._is_worn(reward.n_objectives)
        agent = self._agent
        if agent is None or is_new:
            agent = Agent.from_prior(prior, reward.n_objectives, self.betas, seed)
        screen = Screen(self.filters, reward)
        lesson = Lesson(agent, prior, screen, self.course, seed)
        if is_new:
            lesson.start_log_Z()
        carried = [Molecule(smiles) for smiles in state.best]
        lesson.seed([*reward.known, *carried][: self.course.capacity])
        metrics = lesson.run()
        self._agent = agent
        self._state = State(
            n_updates=state.n_updates + 1,
            n_since_reset=1 if is_new else state.n_since_reset + 1,
            n_objectives=reward.n_objectives,
            betas=self.betas,
            prior=prior.fingerprint,
            valid=metrics["valid"],
            unique=metrics["unique"],
            best=tuple(lesson.replay.molecules[k].smiles for k in lesson.replay.best(CARRIED)),
        )
        if self.folder is not None:
            checkpoint.save(self.folder, self._state, agent.weights())
        return metrics | {"reset": float(is_new)}

    def propose(self, n: int) -> list[Proposal]:
        """Up to n distinct molecules that pass the filters, for diverse preferences.

        Before the first update these are draws of the prior.
        """
        prior = self._ready()
        generator = torch.Generator().manual_seed(self._seed("propose"))
        low, high = self.betas
        greedy = ((low + high) / 2, high)
        chosen: dict[Molecule, Proposal] = {}
        scaffolds: Counter[str] = Counter()
        for _ in range(0, PATIENCE * n, WRITTEN):
            if self._agent is None:
                walks = prior.policy.sample(torch.zeros(WRITTEN, 0), generator)
            else:
                wanted = draw_conditions(WRITTEN, self._agent.n_objectives, greedy, generator)
                walks = self._agent.write(wanted, generator)
            for text in prior.vocabulary.read(walks):
                molecule = parse(text)
                if molecule is None or molecule in chosen or not self.filters.allows(molecule):
                    continue
                key = scaffold(molecule)
                if scaffolds[key] < self.per_scaffold:
                    scaffolds[key] += 1
                    chosen[molecule] = Proposal(molecule, self.name)
            if len(chosen) >= n:
                break
        return list(chosen.values())[:n]

    def _ready(self) -> Prior:
        """The prior; on first use also the agent of the checkpoint, if there is one that fits."""
        if self._prior is not None:
            return self._prior
        prior = self._prior = Prior.shipped()
        try:
            stored = checkpoint.load(self.folder) if self.folder is not None else None
        except CheckpointError as error:
            log.warning("%s; starting again from the prior", error)
            stored = None
        if stored is None:
            return prior
        state, weights = stored
        if (state.prior, state.betas) != (prior.fingerprint, self.betas):
            log.warning(
                "the checkpoint in %s belongs to another prior or range of betas: "
                "starting again from the prior",
                self.folder,
            )
            self._state = State(n_updates=state.n_updates, best=state.best)
            return prior
        agent = Agent.from_prior(prior, state.n_objectives, self.betas, seed=0)
        agent.load(weights)
        self._agent, self._state = agent, state
        return prior

    def _is_worn(self, n_objectives: int) -> bool:
        state = self._state
        if state.n_objectives != n_objectives:
            log.warning(
                "the generator was trained for %d objectives and now there are %d: "
                "starting again from the prior",
                state.n_objectives,
                n_objectives,
            )
            return True
        return (
            state.n_since_reset >= self.reset_every
            or state.valid < LEAST_VALID
            or state.unique < LEAST_UNIQUE
        )

    def _seed(self, purpose: str) -> int:
        """A seed for this purpose at this number of updates."""
        return (self.seed * 2**16 + self._state.n_updates) * 2 + (purpose == "propose")


def scaffold(molecule: Molecule) -> str:
    """What counts as the same skeleton: the Murcko scaffold; of acyclics, the graph of elements.

    Most additives have no ring, and one scaffold for all of them would admit three.
    """
    graph = Chem.RWMol(molecule.rdkit)
    murcko = rdMolHash.MolHash(graph, rdMolHash.HashFunction.MurckoScaffold)
    return str(murcko or rdMolHash.MolHash(graph, rdMolHash.HashFunction.ElementGraph))
