"""Double bonds that a database lost: where they stood, radicals are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from rdkit import Chem

Bond = tuple[int, int]
"""Its atoms."""
ORDERS = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)
MOST_ATOMS = 30
"""With electrons to pair, connected; the time to try every way grows fast with their number."""
MOST_WAYS = 100
"""That are compared; a benzene ring doubles them."""
SMALL_RINGS = range(3, 8)
"""Without room for a triple bond or two double bonds at one atom."""


def with_double_bonds(mol: Chem.Mol) -> Chem.Mol | None:
    """The closed shell whose double bonds were lost, or None where it is not certain.

    Two radicals side by side are a bond of higher order, and two at the ends of a conjugated chain
    are double bonds that moved: `[CH2]C=C[CH2]` is C=CC=C. Atoms, hydrogens, charges, and which
    atoms are bound stay. It is certain where all ways to pair the electrons are one molecule. A
    double bond that moved has no E or Z; other stereo stays.

    Args:
        mol: sanitised, with radicals.
    """
    kekulised = Chem.RWMol(mol)
    Chem.Kekulize(kekulised, clearAromaticFlags=True)
    electrons = _around_radicals(kekulised)
    if len(electrons) > MOST_ATOMS or any(map(_is_strained, kekulised.GetAtoms())):
        return None
    pairs = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in kekulised.GetBonds()]
    bonds = [pair for pair in pairs if electrons.keys() >= set(pair)]
    ways = list(islice(_pairings(electrons, bonds), MOST_WAYS + 1))
    if len(ways) > MOST_WAYS:
        return None
    redrawn = (_redrawn(kekulised, dict.fromkeys(bonds, 0) | way) for way in ways)
    found = [each for each in redrawn if each is not None]
    is_certain = len({Chem.MolToSmiles(each) for each in found}) == 1
    return found[0] if is_certain and _n_atoms(found[0]) == _n_atoms(mol) else None


def _electrons(atom: Chem.Atom) -> int:
    """Electrons of an atom that are in multiple bonds or unpaired."""
    in_bonds = sum(int(bond.GetBondTypeAsDouble()) - 1 for bond in atom.GetBonds())
    return int(atom.GetNumRadicalElectrons()) + in_bonds


def _around_radicals(mol: Chem.Mol) -> dict[int, int]:
    """Electrons to pair, by atom: those of the radicals and of all that is conjugated with them."""
    reached = [atom for atom in mol.GetAtoms() if atom.GetNumRadicalElectrons()]
    electrons = {atom.GetIdx(): _electrons(atom) for atom in reached}
    for atom in reached:  # which grows
        for neighbour in atom.GetNeighbors():
            if neighbour.GetIdx() not in electrons and (n := _electrons(neighbour)):
                electrons[neighbour.GetIdx()] = n
                reached.append(neighbour)
    return electrons


def _is_strained(atom: Chem.Atom) -> bool:
    """Whether pairing would leave an allene or a triple bond in a small ring."""
    return bool(
        atom.GetNumRadicalElectrons()
        and atom.GetSymbol() in ("C", "N")
        and _electrons(atom) > 1
        and any(atom.IsInRingSize(size) for size in SMALL_RINGS)
    )


def _pairings(electrons: Mapping[int, int], bonds: Sequence[Bond]) -> Iterator[dict[Bond, int]]:
    """All ways to put every electron into a pair with one of a neighbour: pairs by bond."""
    partners = {
        atom: [bond for bond in bonds if atom in bond and all(electrons[each] for each in bond)]
        for atom, n in electrons.items()
        if n
    }
    if not partners:
        yield {}
        return
    fewest = min(partners.values(), key=len)
    if not fewest:
        return
    bond = fewest[0]
    others = [other for other in bonds if other != bond]
    for n_pairs in range(min(*(electrons[atom] for atom in bond), len(ORDERS) - 1) + 1):
        left = {**electrons, **{atom: electrons[atom] - n_pairs for atom in bond}}
        yield from ({**way, bond: n_pairs} for way in _pairings(left, others))


def _redrawn(mol: Chem.RWMol, pairs: Mapping[Bond, int]) -> Chem.Mol | None:
    """With these pairs beyond single bonds and no radicals; None where RDKit sees no molecule."""
    redrawn = Chem.RWMol(mol)
    for (begin, end), n_pairs in pairs.items():
        bond = redrawn.GetBondBetweenAtoms(begin, end)
        if bond.GetBondType() != ORDERS[n_pairs]:
            bond.SetBondType(ORDERS[n_pairs])
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    for atom in redrawn.GetAtoms():
        atom.SetNumRadicalElectrons(0)
    try:
        Chem.SanitizeMol(redrawn)
    except Chem.MolSanitizeException:
        return None
    # read back, because stereo may have lost its reason
    return Chem.MolFromSmiles(Chem.MolToSmiles(redrawn))


def _n_atoms(mol: Chem.Mol) -> int:
    """With hydrogens."""
    return int(Chem.AddHs(mol).GetNumAtoms())
