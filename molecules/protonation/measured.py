"""Measured pKa's of well-known compounds, found by the structure of their neutral parent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molecules.molecule import Molecule
from molecules.protonation.groups import read_table
from molecules.protonation.parent import neutral_parent
from molecules.protonation.site import PKa, Site

TETRAHEDRAL = re.compile(r"/[tms][^/]*")


def with_measured(parent: Chem.Mol, sites: Sequence[Site]) -> list[Site]:
    """The sites, lowest pKa first, with the measured pKa's of the compound where there are some.

    Measured constants belong to the molecule, not to an atom. Within a group they follow the
    order in which the sites are expected to lose their protons; where fewer constants than sites
    are known, they are those of the strongest acids and of the strongest bases.
    """
    found = {site.atom: site for site in sites}
    # The formula first: an InChI takes ten times as long, and few molecules are in the table.
    may_be_known = bool(sites) and rdMolDescriptors.CalcMolFormula(parent) in _formulas()
    known_here = _table().get(parent_key(parent), {}) if may_be_known else {}
    for group, pkas in known_here.items():
        same = [site for site in sites if plain_name(site.group) == group]
        known = same[: len(pkas)] if same and same[0].kind == "acid" else same[-len(pkas) :]
        for site, pka in zip(known, pkas, strict=False):
            found[site.atom] = replace(site, pka=pka)
    return sorted(found.values(), key=lambda site: site.pka.value)


def parent_key(parent: Chem.Mol) -> str:
    """InChI without tetrahedral stereo: the same for tautomers and for enantiomers."""
    return TETRAHEDRAL.sub("", str(Chem.MolToInchi(parent, options="/SUU")))  # type: ignore[no-untyped-call]


def plain_name(group: str) -> str:
    """Name of a group without its ordinal: '... (second proton)' is one more of the same."""
    return re.sub(r" \((second|third|fourth) proton\)$", "", group)


@cache
def _formulas() -> frozenset[str]:
    return frozenset(rdMolDescriptors.CalcMolFormula(parent) for parent, _ in _rows())


@cache
def _rows() -> Sequence[tuple[Chem.Mol, Mapping[str, str]]]:
    """Neutral parent and row of each measured constant."""
    rows = read_table("pka.csv")
    return [(neutral_parent(Molecule.from_smiles(row["smiles"]).rdkit), row) for row in rows]


@cache
def _table() -> Mapping[str, Mapping[str, Sequence[PKa]]]:
    table: dict[str, dict[str, list[PKa]]] = defaultdict(lambda: defaultdict(list))
    for parent, row in _rows():
        key = parent_key(parent)
        table[key][row["group"]].append(PKa(float(row["pka"]), float(row["error"]), row["source"]))
    return {
        key: {group: sorted(pkas, key=lambda pka: pka.value) for group, pkas in rows.items()}
        for key, rows in table.items()
    }
