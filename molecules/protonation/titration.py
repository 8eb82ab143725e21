"""Titration: the order in which a molecule loses its protons as the pH rises.

From the fully protonated molecule, the proton held most weakly goes first. How weakly depends on
the charges that are then there. With d the shortest path in bonds and W(d) from `REPULSION`,

    base:  pKa = own - sum W(d) over the other positive sites
    acid:  pKa = own - 0.65 sum W(d) over positive sites + sum W(d) over acids ionised before

W(2) = 5 is Pauling's rule for the protons of one oxoacid; the others and the 0.65 are fitted by
eye to diamines, dicarboxylic acids and amino acids [P] and hold the statistical factor as well.
Three details:

- an acid sees only positive sites that outlast it: bases with an own pKa at most 1.5 below its own;
- the pull of a strong acid's group (own pKa below 3) cancels its charge, except on its like;
- an amine's own pKa is the one with its carboxyl ionised, so acids do not shift bases.

Measured values override the model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rdkit import Chem

from molecules.atoms import kinds_of
from molecules.molecule import Molecule
from molecules.protonation.groups import Group, find_groups, own_pka
from molecules.protonation.measured import with_measured
from molecules.protonation.parent import CHARGED, FIXED_CATION, neutral_parent
from molecules.protonation.site import PKa, Site

REPULSION = {1: 9.0, 2: 5.0, 3: 2.8, 4: 1.9, 5: 1.1, 6: 0.7, 7: 0.4, 8: 0.3, 9: 0.2}
"""W, pKa units between two charges, by the number of bonds between them."""
REPULSION_ERROR = 0.2
"""Relative standard deviation of each shift [P]."""
ATTRACTION = 0.65
"""Share of W by which a positive site lowers the pKa of an acid."""
OUTLASTS = 1.5
"""A base is positive for an acid whose own pKa is up to this much higher."""
STRONG = 3.0
"""Below this own pKa an ionised acid does not repel the protons of other groups."""
ORDINALS = ("", " (second proton)", " (third proton)", " (fourth proton)")


@dataclass(frozen=True, eq=False)
class Titration:
    """A neutral parent and its sites in the order in which they lose their protons."""

    parent: Chem.Mol
    """Indices as in the molecule as drawn."""
    sites: tuple[Site, ...]
    """Lowest pKa first."""
    gained: Mapping[int, int]
    """Protons that atoms of the parent have more than in the molecule as drawn, by index."""


@lru_cache(maxsize=20_000)
def titrate(smiles: str) -> Titration:
    """The titration of a canonical SMILES; the fragments of a salt do not see each other."""
    drawn = Molecule(smiles).graph
    parent = neutral_parent(drawn)
    # A proton comes and goes with a charge: no other atom need be looked at.
    charged = [atom for (atom,) in drawn.GetSubstructMatches(CHARGED)]
    gained = {atom: _n_hydrogens(parent, atom) - _n_hydrogens(drawn, atom) for atom in charged}
    sites: list[Site] = []
    for fragment, atoms in _fragments(smiles, parent):
        for site in with_measured(fragment, modelled_sites(fragment)):
            atom = atoms[site.atom]
            is_protonated = -gained.get(atom, 0) == (1 if site.kind == "base" else 0)
            sites.append(replace(site, atom=atom, is_protonated=is_protonated))
    sites.sort(key=lambda site: site.pka.value)
    return Titration(parent, tuple(sites), {atom: n for atom, n in gained.items() if n})


def _fragments(smiles: str, parent: Chem.Mol) -> Sequence[tuple[Chem.Mol, Sequence[int]]]:
    """Each fragment with the indices of its atoms in the whole."""
    if "." not in smiles:
        return [(parent, range(parent.GetNumAtoms()))]
    indices: list[tuple[int, ...]] = []
    fragments = Chem.GetMolFrags(parent, asMols=True, fragsMolAtomMapping=indices)
    return list(zip(fragments, indices, strict=True))


def modelled_sites(fragment: Chem.Mol) -> list[Site]:
    """Sites of one neutral parent, by rules alone, in the order in which they lose protons."""
    kinds = kinds_of(fragment)
    found = find_groups(fragment, kinds)
    if not found:
        return []
    own = {atom: own_pka(fragment, kinds, atom, group) for atom, group in found.items()}
    fixed = [atom for (atom,) in fragment.GetSubstructMatches(FIXED_CATION)]
    field = _Field(found, own, fixed, _repulsion(fragment, found))
    is_alone = len(found) == 1
    rank = [] if is_alone else list(Chem.CanonicalRankAtoms(fragment, breakTies=False))
    held, lost, sites, highest = list(found), list[int](), list[Site](), -math.inf
    while held:
        pkas = {atom: field.pka(atom, held, lost) for atom in held}
        first = (
            held[0] if is_alone else min(held, key=lambda a: (round(pkas[a].value, 6), rank[a], a))
        )
        highest = max(highest, pkas[first].value)
        sites.append(
            Site(
                atom=first,
                group=found[first].name + ORDINALS[field.n_alike(first, lost)],
                kind=found[first].kind,
                pka=replace(pkas[first], value=highest),
                is_protonated=False,
                is_free_in_ligand=found[first].is_free_in_ligand,
            )
        )
        held.remove(first)
        lost.append(first)
    return sites


@dataclass(frozen=True, eq=False)
class _Field:
    """What the charges of a molecule do to the pKa of each of its sites."""

    found: Mapping[int, Group]
    own: Mapping[int, PKa]
    fixed: Sequence[int]
    """Atoms with a positive charge that no pH removes."""
    W: Mapping[int, Sequence[float]]

    def pka(self, atom: int, held: Sequence[int], lost: Sequence[int]) -> PKa:
        """The pKa of a site while `held` have their protons and `lost` have not."""
        W, own = self.W[atom], self.own
        bases = [other for other in held if self.found[other].kind == "base"]
        if self.found[atom].kind == "base":
            return _shifted(own[atom], [-W[o] for o in (*self.fixed, *bases) if o != atom])
        lasting = [o for o in bases if own[o].value + OUTLASTS > own[atom].value]
        ionised = [
            o
            for o in lost
            if self.found[o].kind == "acid"
            and (self.found[o] is self.found[atom] or own[o].value > STRONG)
        ]
        pulls = [-ATTRACTION * W[o] for o in (*self.fixed, *lasting)]
        return _shifted(own[atom], pulls + [W[o] for o in ionised])

    def n_alike(self, atom: int, lost: Sequence[int]) -> int:
        """Protons that the same acid, such as one P(OH)2, has lost before."""
        return sum(
            self.found[o] is self.found[atom] and self.W[atom][o] == REPULSION[2]
            for o in lost
            if self.found[o].kind == "acid"
        )


def _repulsion(fragment: Chem.Mol, atoms: Iterable[int]) -> dict[int, list[float]]:
    """W(d) between these atoms and all atoms, pKa units."""
    distances = Chem.GetDistanceMatrix(fragment)
    return {atom: [REPULSION.get(int(d), 0.0) for d in distances[atom]] for atom in atoms}


def _shifted(own: PKa, shifts: Sequence[float]) -> PKa:
    n_charges = sum(shift != 0 for shift in shifts)
    error = math.hypot(own.error, *(REPULSION_ERROR * shift for shift in shifts))
    source = own.source + (f", {n_charges} charges" if n_charges else "")
    return PKa(own.value + sum(shifts), error, source)


def _n_hydrogens(mol: Chem.Mol, atom: int) -> int:
    return int(mol.GetAtomWithIdx(atom).GetTotalNumHs())
