"""Genetic operators: small edits of a molecule, and the exchange of pieces between two.

In the manner of graph-based genetic algorithms (10.1039/C8SC05372C), with edits that add, move
and remove charges, since ions and zwitterions are ordinary additives of aqueous electrolytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

from rdkit import Chem
from rdkit.Chem import rdChemReactions

from molecules import InvalidMoleculeError, Molecule

LARGEST = 24
"""Heavy atoms beyond which a child is not worth reading; campaigns filter below that."""

CHARGED_GROUPS = {
    "sulfonate": "S(=O)(=O)[O-]",
    "sulfate": "OS(=O)(=O)[O-]",
    "carboxylate": "C(=O)[O-]",
    "phosphonate": "P(=O)(O)[O-]",
    "phosphate": "OP(=O)(O)[O-]",
    "ammonium": "[NH3+]",
    "trimethylammonium": "[N+](C)(C)C",
    "trimethylphosphonium": "[P+](C)(C)C",
    "pyridinium": "[n+]1ccccc1",
    "imidazolium": "[n+]1ccn(C)c1",
}

GROUPS = ("C#N", "C(=O)N", "C(=O)O", "CO", "OC", "S(C)(=O)=O", "S(N)(=O)=O", "P(=O)(O)O")

Edits = dict[str, tuple[float, tuple[str, ...]]]
"""Name -> (how often relative to the others, reactions as SMARTS)."""

H = "!H0"
EDITS: Edits = {
    "append": (4.0, tuple(f"[*;{H}:1]>>[*:1]{x}" for x in ("C", "C", "N", "O", "O", "F", "S"))),
    "append halogen": (0.5, tuple(f"[C,c;{H}:1]>>[*:1]{x}" for x in ("Cl", "Br"))),
    "append double": (1.0, tuple(f"[C,P,S;!H0;!H1:1]>>[*:1]={x}" for x in ("O", "N", "C"))),
    "append group": (
        1.5,
        tuple(
            f"[C,N,c;{H}:1]>>[*:1]{x}"
            for x in (
                "C#N",
                "C(=O)N",
                "C(=O)O",
                "CO",
                "OC",
                "S(C)(=O)=O",
                "S(N)(=O)=O",
                "P(=O)(O)O",
            )
        ),
    ),
    "insert": (2.0, tuple(f"[*:1]-!@[*:2]>>[*:1]{x}[*:2]" for x in ("C", "N", "O", "S"))),
    "widen ring": (0.7, tuple(f"[*:1]-@[*:2]>>[*:1]{x}[*:2]" for x in ("C", "N", "O"))),
    "remove end": (2.0, ("[*:1]~!@[D1]>>[*:1]", "[*:1]-!@[*;D2]-!@[D1]>>[*:1]")),
    "remove between": (1.5, ("[*:1]-[D2;+0]-[*:2]>>[*:1]-[*:2]",)),
    "swap": (
        3.0,
        (
            "[C;X4;H2,H3;+0:1]>>[N:1]",
            "[C;X4;H2,H3;+0:1]>>[O:1]",
            "[C;X4;H2,H3;+0:1]>>[S:1]",
            "[N;X3;+0:1]>>[C:1]",
            "[N;X3;H1,H2;+0:1]>>[O:1]",
            "[O;X2;+0:1]>>[C:1]",
            "[O;X2;+0:1]>>[N:1]",
            "[O;X2;+0:1]>>[S:1]",
            "[S;X2;+0:1]>>[O:1]",
            "[O;X1;+0:1]=[C:2]>>[S:1]=[C:2]",
            "[C;X3:1]=[C;X3:2]>>[C:1]=[N:2]",
            "[F,Cl,Br:1]>>[O+0:1]",
        ),
    ),
    "raise bond": (
        1.0,
        (f"[*;{H}:1]-[*;{H}:2]>>[*:1]=[*:2]", f"[C;{H}:1]=[C,N;{H}:2]>>[*:1]#[*:2]"),
    ),
    "lower bond": (1.0, ("[*:1]=[*:2]>>[*:1]-[*:2]", "[*:1]#[*:2]>>[*:1]=[*:2]")),
    "close ring": (
        1.5,
        (
            f"[*;{H}:1]~[*:2]~[*:3]~[*:4]~[*;{H}:5]>>[*:1]1~[*:2]~[*:3]~[*:4]~[*:5]-1",
            f"[*;{H}:1]~[*:2]~[*:3]~[*:4]~[*:5]~[*;{H}:6]>>[*:1]1~[*:2]~[*:3]~[*:4]~[*:5]~[*:6]-1",
        ),
    ),
    "open ring": (1.0, ("[*:1]-@[*:2]>>([*:1].[*:2])",)),
}
"""Edits of structure; molecules are kekulised before, so aromatic rings are edited too."""

CHARGES: Edits = {
    "attach charged group": (
        3.0,
        tuple(f"[C,N,c;{H};+0:1]>>[*:1]{x}" for x in CHARGED_GROUPS.values()),
    ),
    "spaced charged group": (
        2.0,
        tuple(f"[C,N,O;{H};+0:1]>>[*:1]CC{x}" for x in ("S(=O)(=O)[O-]", "C(=O)[O-]", "[NH3+]"))
        + tuple(
            f"[N;X3;!$(N-C=[O,S,N]);!$(N~[O,S,P]):1]>>[N+:1]{x}"
            for x in ("CCCS(=O)(=O)[O-]", "CC(=O)[O-]", "CCC(=O)[O-]")
        ),
    ),
    "quaternise": (1.0, ("[N;X3;+0;!$(N-C=[O,S,N]);!$(N~[O,S,P]);!$(N-C=C):1]>>[N+:1]C",)),
    "protonate": (1.0, ("[N;X3;+0;!$(N-C=[O,S,N]);!$(N~[O,S,P]);!$(N-C=C):1]>>[N+:1]",)),
    "ionise acid": (
        2.0,
        (
            "[C:1](=[O:2])[O;H1:3]>>[C:1](=[O:2])[O-:3]",
            "[S:1](=[O:2])(=[O:4])[O;H1:3]>>[S:1](=[O:2])(=[O:4])[O-:3]",
            "[P:1](=[O:2])[O;H1:3]>>[P:1](=[O:2])[O-:3]",
        ),
    ),
    "neutralise": (0.7, ("[O-;!$([O-]~[+]):1]>>[O+0:1]", "[N+;!H0:1]>>[N+0:1]")),
    "remove charged group": (
        0.7,
        (
            "[*:1]-!@[C](=O)[O-]>>[*:1]",
            "[*:1]-!@[S](=O)(=O)[O-]>>[*:1]",
            "[*:1]-!@[N+;H3]>>[*:1]",
        ),
    ),
}
"""Edits of charge."""


def mutate(parent: Molecule, random: Random) -> Molecule | None:
    """Make one random edit; None where it does not give another molecule."""
    return edited(parent, EDITS | CHARGES, random)


def charge(parent: Molecule, random: Random) -> Molecule | None:
    """Make one random edit of charge; None where it does not give another molecule."""
    return edited(parent, CHARGES, random)


def crossover(mother: Molecule, father: Molecule, random: Random) -> Molecule | None:
    """Join a piece of each parent by a single bond; None where the child is no new molecule."""
    left, right = _piece(mother, random), _piece(father, random)
    if left is None or right is None:
        return None
    both = Chem.RWMol(Chem.CombineMols(left, right))
    ends = [atom for atom in both.GetAtoms() if atom.GetAtomicNum() == 0]
    partners = [end.GetNeighbors()[0].GetIdx() for end in ends]
    both.AddBond(partners[0], partners[1], Chem.BondType.SINGLE)
    for index in sorted((end.GetIdx() for end in ends), reverse=True):
        both.RemoveAtom(index)
    child = _molecule(both)
    return None if child in (mother, father) else child


@cache
def _reaction(smarts: str) -> Callable[[tuple[Chem.Mol]], tuple[tuple[Chem.Mol]]]:
    reaction = rdChemReactions.ReactionFromSmarts(smarts)
    reaction.Initialize()
    run: Callable[[tuple[Chem.Mol]], tuple[tuple[Chem.Mol]]] = reaction.RunReactants
    return run


def edited(parent: Molecule, edits: Edits, random: Random) -> Molecule | None:
    """Make one random edit of a table of edits; None where it gives no other molecule."""
    weights = [weight for weight, _ in edits.values()]
    _, reactions = random.choices(list(edits.values()), weights)[0]
    products = _reaction(random.choice(reactions))((_editable(parent),))
    if not products:
        return None
    child = _molecule(random.choice(products)[0])
    return None if child == parent else child


def _editable(molecule: Molecule) -> Chem.Mol:
    """Kekulised, with hydrogens left implicit so that valences follow the edit."""
    mol = molecule.rdkit
    Chem.Kekulize(mol, clearAromaticFlags=True)
    for atom in mol.GetAtoms():
        if atom.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED and atom.GetAtomicNum() != 5:
            atom.SetNoImplicit(False)
            atom.SetNumExplicitHs(0)
    mol.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(mol)
    return mol


def _piece(molecule: Molecule, random: Random) -> Chem.Mol | None:
    """One side of a random acyclic single bond, a dummy atom marking the cut."""
    mol = molecule.rdkit
    cuts = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing()
    ]
    if not cuts:
        return None
    parts = Chem.FragmentOnBonds(mol, [random.choice(cuts)], dummyLabels=[(0, 0)])
    sides: tuple[Chem.Mol, ...] = Chem.GetMolFrags(parts, asMols=True, sanitizeFrags=False)
    return random.choice(sides)


def _molecule(mol: Chem.Mol) -> Molecule | None:
    """The molecule of an edited graph: whole, valid, without radicals, not too large."""
    if mol.GetNumAtoms() > LARGEST:
        return None
    try:
        Chem.SanitizeMol(mol)
        smiles = Chem.MolToSmiles(mol)
        if "." in smiles or any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
            return None
        return Molecule.from_smiles(smiles)
    except (Chem.MolSanitizeException, InvalidMoleculeError):
        return None
