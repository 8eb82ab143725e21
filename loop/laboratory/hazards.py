"""Hazards: what a structure alone warns of; never a substitute for the safety data sheet."""

from __future__ import annotations

from rdkit import Chem

from molecules import Molecule

ALWAYS = "read the safety data sheet"
PATTERNS = {
    "stench (thiol)": "[#6][SX2H]",
    "strong acid, corrosive": "[$([SX4](=O)(=O)[OH,O-]),$([PX4](=O)[OH,O-])]",
    "carboxylic acid, irritant; lowers the pH": "[CX3](=O)[OX2H]",
    "aliphatic amine, corrosive; raises the pH": (
        "[NX3;!$(N-[#6]=[O,S,N]);!$(N-a);!$(N-[S,P]=O)][CX4]"
    ),
    "quaternary ammonium, toxic to water life": "[NX4+;!H1;!H2;!H3;!H4]([#6])([#6])([#6])[#6]",
    "aldehyde, sensitiser": "[CX3H1](=O)[#6]",
    "nitrile, toxic": "[CX2]#N",
    "alkylating agent, toxic": "[CX4;!$(C(F)(F)F)][Cl,Br,I]",
    "Michael acceptor, sensitiser": "[CX3]=[CX3][CX3]=O",
    "phenol, toxic and corrosive": "c[OX2H]",
    "aromatic amine, toxic": "c[NX3;H2,H1;!$(N-C=O);!$(N-S=O)]",
    "thiourea or thioamide, suspected carcinogen": "[#7][CX3]=[SX1]",
    "nitro compound, toxic; may be energetic": "[$([NX3](=O)=O),$([NX3+](=O)[O-])][#6]",
    "N-N bond, toxic; may be energetic": "[NX3;!$(N-C=O);!$(N-S=O);!R]-[NX3;!R]",
    "ether, may form peroxides": "[CX4;H1,H2,H3]-[OX2]-[CX4;H1,H2]",
    "fluorinated carbon chain, persistent": "[CX4](F)(F)[CX4](F)F",
}
_COMPILED = {name: Chem.MolFromSmarts(smarts) for name, smarts in PATTERNS.items()}


def hazards(*forms: Molecule) -> list[str]:
    """Warnings by functional group, and that the data sheet has the last word.

    Args:
        forms: of one substance: as it acts in the electrolyte and as it comes in the bottle.
    """
    mols = [form.graph for form in forms]
    found = [n for n, p in _COMPILED.items() if any(mol.HasSubstructMatch(p) for mol in mols)]
    return [*found, ALWAYS]
