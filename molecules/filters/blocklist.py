"""The hard block list: what nobody should mix into water on a bench, whatever its score.

A list of motifs, not a safety assessment: it errs towards rejecting, and what passes it still
needs a look at its safety data sheet. Judged by us [P], after the groups of hazards that the
science asks for; the last group holds reversible redox couples that self-discharge a cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from rdkit import Chem

from molecules.molecule import Molecule
from molecules.patterns import Patterns

EXPLOSIVES = {
    "polynitro compound": "[$([NX3](=O)~[OX1])].[$([NX3](=O)~[OX1])]",
    "nitrate ester": "[OX2][$([NX3](=O)~[OX1])]",
    "nitramine": "[#7][$([NX3](=O)~[OX1])]",
    "azide": "[$([#7]~[N+]~[#7;X1]),$([#7-]~[N+]~[#7])]",
    "diazo compound or diazonium": "[#6]~[N+]~[#7;X1]",
    "peroxide": "[OX2,OX1-][OX2,OX1-]",
    "nitrile oxide or fulminate": "[CX2]#[N+][O-]",
    "chain of three nitrogens": "[N;!+;!-]~[N;!+;!-]~[N;!+;!-]",
    "pentazole": "n1nnnn1",
    "nitrogen-rich tetrazole": "n1nnnc1[#7,$(c1nnn[n]1),$(N=N)]",
    "furazan or furoxan": "o1nccn1",
    "chlorate, bromate or iodate": "[Cl,Br,I;X2,X3,X4]=,-[OX1]",
    "halogen on nitrogen or oxygen": "[#7,OX2][F,Cl,Br,I]",
    "haloalkyne": "[CX2]#[CX2][Cl,Br,I]",
    "strained ring of heteroatoms": "[#6]1[#7,#8][#7,#8]1",
}

POISONS = {
    "N- or S-nitroso compound or nitrite": "[#7,OX2,SX2][NX2]=O",
    "nitroso compound": "[#6][NX2]=O",
    "nerve agent (halogen on phosphorus)": "[PX4,PX3][F,Cl,Br,I]",
    "nerve agent (cyanide on phosphorus)": "PC#N",
    "V-agent or thiophosphate insecticide": "[PX4](=[O,S])([OX2][#6])[SX2][#6]",
    "thionophosphate insecticide": "[PX4](=S)([OX2][#6])[OX2][#6]",
    "aryl or vinyl phosphate insecticide": "[PX4](=[O,S])([OX2]C)([OX2]C)[OX2][$(c),$(C=C)]",
    "pyrophosphate ester insecticide": "[CX4][OX2]P(=O)OP(=O)",
    "bicyclic phosphate convulsant": "P12OCC(CO1)CO2",
    "disulfotetramine": "S1(=O)(=O)N2CN3CN1CN(C2)S3(=O)=O",
    "sulfonyl or carbonyl fluoride": "[S,C;!$(S[N-])](=O)F",  # FSI-, a known anion, is spared
    "cyanide releaser (cyanohydrin, aminonitrile)": (
        "[NX1]#C[CX4][$([OX2H]),$([NX3,NX4+;!$(NC=O);!$(NS=O)])]"
    ),
    "cyanide releaser (cyanogen halide, acyl cyanide)": "[NX1]#C[$([F,Cl,Br,I]),$(C#N),$(C=O)]",
    "cyanide on a heteroatom": "[NX1]#C[SX2,OX2,P,Si]",
    "geminal dinitrile": "[NX1]#CCC#N",
    "isocyanide": "[C-]#[N+]",
    "nitrogen or sulfur mustard": "[N,S;!$(*=O)]([CX4][CX4][Cl,Br,I])[CX4]",
    "alpha-halogenated ether, amine or sulfide": "[Cl,Br,I][CX4;!$(C(F)F)][OX2,NX3,SX2]",
    "lachrymator (alpha-halogenated carbonyl)": "[Cl,Br,I][CX4;!$(C(F)F)]C(=O)[#6]",
    "bromo- or iodoacetate": "[Br,I][CX4]C(=O)[O,N]",
    "fluoroacetate": "F[CH2]C(=O)[O,N]",
    "2-fluoroethanol and its esters": "F[CH2][CH2][OX2]",
    "phosgene oxime": "ClC(Cl)=N",
    "allyl, benzyl or propargyl bromide or iodide": "[Br,I][CX4][$(c),$(C=C),$(C#C)]",
    "primary alkyl bromide or iodide (alkylating)": "[CX4;H2,H3][Br,I]",
    "dialkyl sulfate": "[CX4][OX2;R0]S(=O)(=O)[OX2;R0][CX4]",
    "alkyl sulfonate (methylating)": "[CH3][OX2]S(=O)(=O)[#6,F]",
    "acrolein or acrylonitrile": "[CH2]=[CH][$([CH]=O),$(C#N)]",
    "aziridine": "C1[NX3,NX4+;!$(NC=O)]C1",
    "hydrazine": ("[NX3,NX4+;!H0;!$(N[C,S,P]=[O,S,N])][NX3,NX4+;!$(N[C,S,P]=[O,S,N])]"),
    "carbamate insecticide": "[CH3][NH]C(=O)O[$(c),$(N=C)]",
    "sulfenyl halide": "[SX2][Cl,Br,I]",
    "dioxin-like arene": "c1(Cl)c(Cl)cc2c(c1)Oc1ccccc1O2",
    "heavy metal": ("[Be,V,Cr,Co,Ni,As,Se,Ag,Cd,Sn,Sb,Te,Ba,Pt,Os,Hg,Tl,Pb,Bi,Po,Th,U]"),
}

WATER_REACTIVE = {
    "acyl halide": "[CX3](=[O,S,N])[Cl,Br,I]",
    "sulfonyl or sulfinyl halide": "[SX4,SX3](=O)[Cl,Br,I]",
    "acid anhydride": "[CX3](=O)[OX2][CX3]=O",
    "mixed anhydride": "[S,P](=O)[OX2][$(C=O),$(S=O)]",
    "isocyanate, isothiocyanate or ketene": "[N,C]=[CX2]=[O,S]",
    "carbodiimide": "N=[CX2]=N",
    "halogen on silicon, boron or trivalent phosphorus": "[Si,BX3,PX3][Cl,Br,I]",
    "hydride of silicon, boron or trivalent phosphorus": "[#14!H0,#5!H0,PX3!H0]",
    "alkoxy- or aminosilane": "[Si][$([OX2][#6]),NX3]",
    "ester of boric acid": "[BX3][OX2][CX4]",
    "trialkylborane": "[BX3]([#6])([#6])[#6]",
    "ester or amide of phosphorous acid": "[PX3][O,N]",
    "N-acyl azole": "[n;r5]C(=O)[#6]",
    "ynamine or ynol ether": "[NX3,OX2]C#C",
    "orthoester": "[CX4]([OX2][#6])([OX2][#6])[OX2][#6]",
    "unstabilised imine": "[CX3;!$(C[N,O,S])]=[NX2;H1,$(N[CX4]),$(N[CX3]=[O,S])]",
    "thioanhydride": "[CX3](=[O,S])[SX2][CX3]=[O,S]",
    "beta- or alpha-lactone": "[$(O=C1OCC1),$(O=C1OC1)]",
    "sulfene": "[#6]=[SX3](=O)=O",
}

REDOX_SHUTTLES = {
    "nitroarene": "c[$([NX3](=O)~[OX1])]",
    "quinone": "[#6]1(=O)[#6]=,:[#6][#6](=O)[#6]=,:[#6]1",
    "ortho-quinone": "[#6;R](=O)[#6;R](=O)[#6]=[#6]",
    "azo compound": "[#6][NX2]=[NX2][#6]",
    "viologen": "[n+]1ccc(cc1)-c1cc[n+]cc1",
    "diquat": "[n+]1ccccc1-c1cccc[n+]1",
}

BLOCKED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "explosive": EXPLOSIVES,
        "poison": POISONS,
        "reacts with water": WATER_REACTIVE,
        "redox shuttle": REDOX_SHUTTLES,
    }
)


@dataclass(frozen=True)
class Motifs:
    """No motif of a named list of SMARTS."""

    motifs: Mapping[str, str]
    """SMARTS by the name that the reason will say."""
    name: str = "motifs"
    patterns: tuple[tuple[str, Chem.Mol], ...] = field(init=False, repr=False, compare=False)
    screen: Patterns = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        patterns = tuple((str(motif), _pattern(str(s))) for motif, s in self.motifs.items())
        object.__setattr__(self, "patterns", patterns)
        object.__setattr__(self, "screen", Patterns([pattern for _, pattern in patterns]))

    def reason(self, molecule: Molecule) -> str | None:
        """Name the first motif of the list in the molecule."""
        for k in self.screen.possible(molecule.kinds):
            motif, pattern = self.patterns[k]
            if molecule.graph.HasSubstructMatch(pattern):
                return f"{self.name}: {motif}"
        return None


def block_list(groups: Sequence[str] = tuple(BLOCKED)) -> Motifs:
    """The package's own block list, or some of its groups."""
    unknown = set(groups) - set(BLOCKED)
    if unknown:
        raise ValueError(
            f"got block list groups {', '.join(sorted(unknown))}, expected {', '.join(BLOCKED)}"
        )
    motifs = {f"{group}, {m}": s for group in groups for m, s in BLOCKED[group].items()}
    return Motifs(motifs, name="blocked")


def _pattern(smarts: str) -> Chem.Mol:
    pattern = Chem.MolFromSmarts(smarts)
    if pattern is None:
        raise ValueError(f"got {smarts!r}, expected a SMARTS pattern such as '[OX2][OX2]'")
    return pattern
