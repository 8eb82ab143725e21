"""Cheap quantities of a molecule: numbers that need its graph and no oracle."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType

from rdkit import Chem
from rdkit.Chem import Descriptors, RDConfig, rdMolDescriptors
from rdkit.Chem.MolStandardize import rdMolStandardize

from molecules.molecule import Molecule
from molecules.quantity import VOCABULARY, Quantity

_AROMATIC_ATOM = Chem.MolFromSmarts("a")
_UNCHARGER = rdMolStandardize.Uncharger()


@lru_cache(maxsize=20_000)
def neutral_parent(molecule: Molecule) -> Chem.Mol:
    """The molecule with its protons put back or taken away until no charge is left.

    clogP and solubility models were fitted on neutral molecules. A charge that no proton can
    cancel (quaternary nitrogen) stays.
    """
    if not any(kind.charge for kind in molecule.kinds):
        return molecule.rdkit
    return _UNCHARGER.uncharge(molecule.rdkit)


@lru_cache(maxsize=100_000)
def clogp(molecule: Molecule) -> float:
    """Crippen log10 P(octanol/water) of the neutral parent (10.1021/ci990307l)."""
    return float(rdMolDescriptors.CalcCrippenDescriptors(neutral_parent(molecule))[0])


def tpsa_per_heavy_atom(molecule: Molecule) -> float:
    """Topological polar surface of N and O (10.1021/jm000942e) per heavy atom, angstrom^2."""
    return float(rdMolDescriptors.CalcTPSA(molecule.graph)) / molecule.n_heavy


def hydrogen_bonding(molecule: Molecule) -> float:
    """Hydrogen-bond donors + acceptors of the molecule as it is drawn (RDKit's definitions)."""
    mol = molecule.graph
    return float(rdMolDescriptors.CalcNumHBD(mol) + rdMolDescriptors.CalcNumHBA(mol))


def heavy_atoms(molecule: Molecule) -> float:
    """Number of atoms other than hydrogen."""
    return float(molecule.n_heavy)


def molar_mass(molecule: Molecule) -> float:
    """Average molar mass, g/mol."""
    return _molar_mass(molecule.graph)


@lru_cache(maxsize=100_000)
def sa_score(molecule: Molecule) -> float:
    """Synthetic accessibility of the neutral parent, 1 easy to 10 hard (10.1186/1758-2946-1-8).

    The score's fragment table knows few charged fragments and would call serine (5.6 as a
    zwitterion, 2.9 as it is drawn) hard to make; a salt is as easy to make as its acid.
    """
    return float(sascorer().calculateScore(neutral_parent(molecule)))


def log_solubility(molecule: Molecule) -> float:
    """ESOL estimate of log10 S in mol/L of the neutral parent (10.1021/ci034243x).

    `0.16 - 0.63 clogP - 0.0062 MW + 0.066 RB - 0.74 AP` with MW the molar mass, RB the rotatable
    bonds and AP the aromatic proportion of the heavy atoms. Fitted there on Daylight's clogP; with
    Crippen's the error is about one log unit.
    """
    mol = neutral_parent(molecule)
    aromatic = len(mol.GetSubstructMatches(_AROMATIC_ATOM, maxMatches=10_000))
    return (
        0.16
        - 0.63 * clogp(molecule)
        - 0.0062 * _molar_mass(mol)
        + 0.066 * float(rdMolDescriptors.CalcNumRotatableBonds(mol))
        - 0.74 * aromatic / mol.GetNumHeavyAtoms()
    )


DESCRIPTORS: Mapping[str, Callable[[Molecule], float]] = MappingProxyType(
    {
        "heavy_atoms": heavy_atoms,
        "molar_mass": molar_mass,
        "tpsa_per_heavy_atom": tpsa_per_heavy_atom,
        "hydrogen_bonding": hydrogen_bonding,
        "clogp": clogp,
        "log_solubility": log_solubility,
        "sa_score": sa_score,
    }
)
"""Every cheap quantity by its name in the vocabulary, cheapest first."""

CHEAP: tuple[Quantity, ...] = tuple(VOCABULARY[name] for name in DESCRIPTORS)
"""The quantities that `describe` answers."""


@lru_cache(maxsize=100_000)
def describe(molecule: Molecule) -> Mapping[str, float]:
    """All cheap quantities of a molecule by name, each in the unit of the vocabulary.

    Raises:
        ValueError: the molecule has no heavy atom, so that nothing can be counted per atom.
    """
    if molecule.n_heavy == 0:
        raise ValueError(f"got {molecule.smiles!r}, expected a molecule with heavy atoms")
    return MappingProxyType({name: function(molecule) for name, function in DESCRIPTORS.items()})


def _molar_mass(mol: Chem.Mol) -> float:
    return float(Descriptors.MolWt(mol))  # type: ignore[attr-defined]  # RDKit binds it at import


@cache
def sascorer() -> ModuleType:
    """RDKit's own script of the score."""
    # RDKit ships the score as a script beside the package, not as a module of it.
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    spec = importlib.util.spec_from_file_location("rdkit_contribsascorer", path)
    if spec is None or spec.loader is None or not path.exists():
        raise ImportError(f"got no {path}, expected RDKit's Contrib folder; reinstall rdkit")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
