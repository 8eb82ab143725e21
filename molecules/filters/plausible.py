"""Filter of what does not survive in water of pH 3-5, in either form of its amines."""

from __future__ import annotations

from dataclasses import dataclass, field

from molecules.filters.blocklist import Motifs
from molecules.molecule import Molecule

AMINE = "$([NX3;+0;!$(N[#6,S,P]=[O,S,N]);!$(N-a);!$(NC#N)])"
"""A nitrogen with its lone pair free to push a neighbour's leaving group out."""
IMPLAUSIBLE = {
    "carbanion": "[#6-;!$([C-]#[N+])]",
    "carbocation": "[#6+]",
    "charged halogen": "[F,Cl,Br,I;!+0]",
    "oxonium": "[OX3+,OX2+;!$([O+]~[*-])]",
    "like charges on neighbours": "[*+]~[*+]",
    "doubly charged atom": "[*+2,*+3,*+4,*-2,*-3,*-4]",
    "open valence of boron or silicon": "[B-,Si-;X1,X2,X3]",
    "alkoxide, thiolate or silanolate, protonated at pH 3-5": "[OX1-,SX1-][CX4,Si,B]",
    "enolate or phenolate, protonated at pH 3-5": "[OX1-][$(C=C),$(c);!$(C=[O,N,S])]",
    "anion of an amide or amine, protonated at pH 3-5": (
        "[NX2-,NX1-;!$(N-S(=O)=O);!$(N-P=O);!$(N(C=O)C=O);!$(NC#N);!$(N~[N+])]"
    ),
    "cumulated double bonds": "[C,N]=[CX2]=[C,N]",
    "chain of three single-bonded N or O": "[NX3,OX2;+0]-[NX3,OX2;+0]-[NX3,OX2;+0]",
    "enol, exists as its ketone": (
        "[OX2H][CX3;!$(C[C,S,P]=[O,N,S])]=[CX3;!$(C[C,S,P]=[O,N,S]);!$(CC#N)]"
    ),
    "geminal diol of an ordinary aldehyde or ketone, loses water": (
        "[CX4;!R;!$(CC=[O,N]);!$(C[CX4]([F,Cl])[F,Cl])]([OX2H])[OX2H]"
    ),
    "ortho acid, loses water": "[CX4]([OX2H,NX3])([OX2H,NX3])[OX2H,NX3]",
    "hemiaminal of an amine, loses water": (
        "[OX2H][CX4][$([NX3;!$(N[#6,S,P]=[O,S,N]);!$(N-a)]),$([NX4+;!H0])]"
    ),
    "acylated nitrogen, protonated or quaternary": "[NX4+][$([CX3]=[O,S,N]),$([S,P]=O)]",
    "protonated amine beside fluorine, a strong acid": "[NX4+;!H0][#6]F",
    "aminal of amines, hydrolyses": "[NX3;!H0;!$(N[#6]=*)][CX4][NX3;!$(N[#6]=*);!$(N-[S,P]=O)]",
    "protonated aminal, hydrolyses": f"[NX4+;!H0][CX4][{AMINE},$([NX4+])]",
    "protonated amine beside an amide's nitrogen, falls apart": (
        "[NX4+;!H0][CX4][NX3;$(N[C,S]=[O,S])]"
    ),
    "ether of a hemiaminal, hydrolyses": f"[{AMINE},$([NX4+;!H0])][CX4][OX2][#6]",
    "thiol beside another leaving group, loses hydrogen sulfide": (
        f"[SX2H][CX4][$([OX2H]),$([SX2H]),{AMINE},$([NX4+;!H0])]"
    ),
    "iminium, hydrolyses": (  # dyes and indoleninium salts are stabilised
        "[CX3;!$(C[N,O,S]);!$(CC=C);!$(C-a)]=[NX3+;!$(N~[O;X1,-]);!$(N[#7,O]);!$(N-a)]"
    ),
    "imidic acid, exists as its amide": "[OX2H][CX3]=[NX2,NX3+]",
    "imidate, hydrolyses": "[#6][OX2][CX3;!$(C[#7])]=[$([NX2H]),$([NX3+;!H0])]",
    "carbamic or half carbonic acid, loses carbon dioxide": ("[OX2H,OX1-][CX3](=[OX1])[OX2H0,NX3]"),
    "hemiacetal without a ring, falls apart": (
        "[CX4;!R;!$(CC=[O,N]);!$(C[CX4]([F,Cl])[F,Cl])]([OX2H])[OX2][CX4]"
    ),
    "orthoester with a hydroxyl or an amine, hydrolyses": "[CX4]([OX2,NX3])([OX2,NX3])[OX2H,NX3]",
    "halogen beside a hydroxyl or an amine, leaves": (
        "[F,Cl,Br,I][CX4][OX2H,$([NX3;!$(N[C,S,P]=[O,S])])]"
    ),
    "thioaldehyde or thioketone": "[CX3;!$(C[N,O,S])]=[SX1]",
    "sulfenic acid": "[SX2][OX2H]",
}
"""Motifs that do not exist in water of pH 3-5; SMARTS by the name that the reason will say."""


@dataclass(frozen=True)
class Plausible:
    """No charge pattern or bonding that does not survive in water of pH 3-5.

    A generator rewarded for binding Zn2+ would otherwise offer alkoxides and carbanions, which
    bind best of all and do not exist there.
    """

    motifs: Motifs = field(init=False, repr=False, compare=False)
    name: str = "plausible"

    def __post_init__(self) -> None:
        object.__setattr__(self, "motifs", Motifs(IMPLAUSIBLE, name="plausible"))

    def reason(self, molecule: Molecule) -> str | None:
        """Name the first implausible motif."""
        return self.motifs.reason(molecule)
