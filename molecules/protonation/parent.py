"""The neutral parent: a molecule with every acid protonated and every base free of its proton.

It is the common ground of all ways to draw one species in water. Atoms keep their indices.
"""

from __future__ import annotations

from collections.abc import Iterable

from rdkit import Chem

from molecules.protonation.site import Site

CHARGED = Chem.MolFromSmarts("[!+0]")
ANION = Chem.MolFromSmarts(
    "[$([O,S,N,n;-1;!$(*~[+])]),$([F,Cl,Br,I;-1;D0]),$([O-][NX4+]),$([O-][n+;$(n1aaaaa1)])]"
)
"""Anions that take a proton: O, S, N and halides without a cation as neighbour (a nitro group or
an azide is a way of drawing), and the oxygen of amine and pyridine N-oxides."""
CATION = Chem.MolFromSmarts("[N,n,P,O,S;+;!H0;!$(*~[-])]")
"""Cations that have a proton to give; a borane's neighbour has none."""
FIXED_CATION = Chem.MolFromSmarts("[+;!$(*~[-]);!$(*-[OX2H])]")
MESOIONIC = Chem.MolFromSmarts(
    "[$([O,S,N;-]c:*:[n+,o+,s+;H0;!$(*[O-])]),$([O,S,N;-]c:*:*:*:[n+,o+,s+;H0;!$(*[O-])]),"
    "$([n-]:*:[n+,o+,s+;H0;!$(*[O-])])]"
)
"""Anions whose charge the ring's own cation cancels (sydnones, pyridinium-3-olates)."""


def neutral_parent(mol: Chem.Mol) -> Chem.Mol:
    """A copy of `mol` with the protons of water's neutral form; fixed charges stay.

    A molecule without a charge is its own parent: `mol` itself comes back.
    """
    if not mol.HasSubstructMatch(CHARGED):
        return mol
    parent = Chem.Mol(mol)
    frozen = {atom for (atom,) in mol.GetSubstructMatches(MESOIONIC)}
    for (atom,) in mol.GetSubstructMatches(ANION):
        if atom not in frozen:
            add_protons(parent, atom, 1)
    for (atom,) in mol.GetSubstructMatches(CATION):
        add_protons(parent, atom, -1)
    Chem.SanitizeMol(parent)
    return parent


def add_protons(mol: Chem.Mol, atom: int, n_protons: int) -> None:
    """Add protons to an atom of `mol`, or take them away where `n_protons` is negative."""
    one = mol.GetAtomWithIdx(atom)
    n_hydrogens = one.GetTotalNumHs() + n_protons
    one.SetNoImplicit(True)
    one.SetNumExplicitHs(n_hydrogens)
    one.SetFormalCharge(one.GetFormalCharge() + n_protons)
    one.UpdatePropertyCache()


def ionised(parent: Chem.Mol, sites: Iterable[Site], protonated: Iterable[Site]) -> str:
    """SMILES of the parent with exactly `protonated` of its `sites` holding their protons."""
    mol, held = Chem.Mol(parent), set(protonated)
    for site in sites:
        if (site.kind == "base") == (site in held):
            add_protons(mol, site.atom, 1 if site.kind == "base" else -1)
    Chem.SanitizeMol(mol)
    return str(Chem.MolToSmiles(mol))
