"""Patterns: SMARTS that are tried only on molecules whose atoms could meet them.

Most patterns of a long list match nothing in most molecules, and RDKit needs as long to find that
out as to find a match. What a pattern asks of its single atoms is looked up here by their kind
instead: organic chemistry has a few hundred kinds, and each is compared with a list only once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rdkit import Chem

from molecules.atoms import AtomKind


class Patterns:
    """A list of patterns, and which of them a molecule could match."""

    def __init__(self, patterns: Sequence[Chem.Mol]) -> None:
        """Give each distinct query of an atom a bit, and each pattern the bits that it needs."""
        asked = [{atom.DescribeQuery() for atom in pattern.GetAtoms()} for pattern in patterns]
        queries = sorted(set[str]().union(*asked))
        self._bits = {query: 1 << k for k, query in enumerate(queries)}
        self._needs = [sum(self._bits[query] for query in each) for each in asked]
        self._met: dict[AtomKind, int] = {}

    def possible(self, kinds: frozenset[AtomKind]) -> list[int]:
        """Indices, in order, of the patterns that a molecule of these kinds of atoms can match."""
        met = 0
        for kind in kinds:
            if kind not in self._met:
                could = (bit for query, bit in self._bits.items() if could_be(kind, query))
                self._met[kind] = sum(could)
            met |= self._met[kind]
        return [k for k, need in enumerate(self._needs) if need & met == need]


def could_be(kind: AtomKind, query: str) -> bool:
    """False where no atom of this kind meets a query, as RDKit describes it line by line.

    The operands of a line stand below it, one step to the right. What the kind does not tell, a
    ring or a neighbour, is taken to be met.
    """
    told = {
        "AtomAtomicNum": kind.number,
        "AtomType": kind.number + 1000 * kind.is_aromatic,
        "AtomFormalCharge": kind.charge,
        "AtomHCount": kind.n_hydrogens,
        "AtomTotalDegree": kind.degree,
    }
    met: dict[int, list[bool]] = defaultdict(list)
    for line in reversed(query.splitlines()):
        depth = len(line) - len(line.lstrip())
        operands = met.pop(depth + 2, [])
        match line.split():
            case ["AtomAnd"]:
                met[depth].append(all(operands))
            case ["AtomOr"]:
                met[depth].append(any(operands))
            case [name, number, "=" | "!=" as sign, "val"] if name in told:
                met[depth].append((told[name] == int(number)) == (sign == "="))
            case _:
                met[depth].append(True)
    return all(met[0])
