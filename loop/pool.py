"""The pool of a round: what every proposer offers, less what is rejected or already asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from generators.base import LIBRARY, Proposal, Proposer
from molecules import Molecule
from molecules.filters import Filters


@dataclass(frozen=True)
class Pool:
    """Candidates of one round, and how many were kept out, by reason."""

    proposals: tuple[Proposal, ...]
    rejected: Mapping[str, int]


@dataclass(frozen=True)
class PoolSize:
    """How many molecules each kind of proposer offers in a round."""

    library: int = 1500
    generated: int = 1500
    per_scaffold: int = 3
    """Generated molecules of one Murcko scaffold; acyclic molecules have none and no limit."""

    def collect(
        self, generators: Mapping[str, Proposer], filters: Filters, asked: Collection[Molecule]
    ) -> Pool:
        """Ask every generator, and keep each new, allowed molecule once, first come."""
        n_learned = sum(name != LIBRARY for name in generators)
        kept: dict[Molecule, Proposal] = {}
        scaffolds: Counter[str] = Counter()
        rejected: Counter[str] = Counter()
        for name, proposer in generators.items():
            n = self.library if name == LIBRARY else self.generated // max(1, n_learned)
            for proposal in proposer.propose(n):
                reason = self._reason(proposal, filters, asked, kept, scaffolds)
                if reason is None:
                    kept[proposal.molecule] = proposal
                else:
                    rejected[reason] += 1
        return Pool(tuple(kept.values()), dict(rejected))

    def _reason(
        self,
        proposal: Proposal,
        filters: Filters,
        asked: Collection[Molecule],
        kept: Mapping[Molecule, Proposal],
        scaffolds: Counter[str],
    ) -> str | None:
        molecule = proposal.molecule
        if molecule in asked:
            return "already asked"
        if molecule in kept:
            return "offered twice"
        if (reason := filters.reason(molecule)) is not None:
            return reason.split()[0]
        if proposal.source != LIBRARY:
            mol = molecule.rdkit
            scaffold = Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(mol))  # type: ignore[no-untyped-call]
            if scaffold and scaffolds[scaffold] >= self.per_scaffold:
                return "scaffold offered often enough"
            scaffolds[scaffold] += 1
        return None
