"""The pool of a round: what every proposer offers, less what is rejected or already asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from generators.base import LIBRARY, Proposal, Proposer
from molecules import InvalidMoleculeError, Molecule
from molecules.filters import Filters
from molecules.protonation import ProtonationError, form_at


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
    ph: float | None = None
    """Molecules are offered in the form that water of this pH has; None: as they are drawn. A
    neutral amine is not there at pH 4.5, and numbers of its drawing belong to nothing."""

    def form(self, molecule: Molecule) -> Molecule:
        """The form of a molecule that is offered; as drawn where it cannot be told."""
        return molecule if self.ph is None else _form(molecule, self.ph)

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
            for drawn in proposer.propose(n):
                proposal = replace(drawn, molecule=self.form(drawn.molecule))
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


@lru_cache(maxsize=100_000)
def _form(molecule: Molecule, ph: float) -> Molecule:
    try:
        return form_at(molecule, ph).molecule
    except (ProtonationError, InvalidMoleculeError):
        return molecule
