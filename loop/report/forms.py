"""Forms: which protonation state of a molecule was asked about, and which one water holds."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

from loop.entry import Entry
from loop.standing import Standing
from molecules import Molecule
from molecules.protonation import form_at
from molecules.protonation.parent import neutral_parent

N_SITES = 4
"""Sites listed: those whose pKa is nearest to the pH."""


@dataclass(frozen=True)
class Group:
    """One acid or base group and its pKa, in words."""

    name: str
    pka: str
    is_open: bool
    """Whether the pKa is so near to the pH that either form may prevail."""


@dataclass(frozen=True)
class Water:
    """The form that was asked about beside the most abundant one at a pH."""

    ph: float
    form: Molecule
    parent: str
    """SMILES of the neutral parent."""
    is_asked: bool
    """Whether the form that was asked about is the most abundant one."""
    groups: tuple[Group, ...]
    twin: Entry | None
    """Where the abundant form, a molecule of its own, was asked about as well."""

    @property
    def verdict(self) -> str:
        """What a reader has to know, in one sentence."""
        if self.is_asked and not any(group.is_open for group in self.groups):
            return f"Asked in the form that it has at pH {self.ph:g}."
        if self.is_asked:
            return f"Asked in its form at pH {self.ph:g}, but a pKa lies close: read with care."
        told = f"At pH {self.ph:g} it is mostly another species; these numbers are not its own."
        if self.twin is None:
            return f"{told} Ask about that one."
        score = "" if self.twin.score is None else f", score {self.twin.score:.2f}"
        return f"{told} That one is rank {self.twin.rank}{score}."


def water(entry: Entry, standing: Standing, ph: float) -> Water:
    """What becomes of an entry's molecule in water of this pH."""
    form = form_at(entry.molecule, ph)
    nearest = sorted(form.sites, key=lambda site: abs(site.pka.value - ph))[:N_SITES]
    uncertain = set(form.uncertain)
    is_asked = form.molecule == entry.molecule
    twins = [e for e in standing.entries if e.molecule == form.molecule] if not is_asked else []
    return Water(
        ph=ph,
        form=form.molecule,
        parent=str(Chem.MolToSmiles(neutral_parent(entry.molecule.rdkit))),
        is_asked=is_asked,
        groups=tuple(
            Group(s.group, f"{s.pka.value:.1f} ± {s.pka.error:.1f}", s in uncertain)
            for s in sorted(nearest, key=lambda site: site.pka.value)
        ),
        twin=twins[0] if twins else None,
    )
