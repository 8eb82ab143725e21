"""Structure: which additive a row is about, and whether it is a molecule that models may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import Descriptors

from molecules import InvalidMoleculeError, Molecule
from molecules.descriptors import neutral_parent
from oracles.lab.faults import Fault
from oracles.lab.rows import Finding, Row
from oracles.lab.stereo import stereo_of

Resolve = Callable[[str], Molecule | None]
"""The molecule of a candidate that a request sheet named, or None."""
COLUMNS = ("smiles", "candidate_id", "counterion", "inchikey")
WATER = "O"
ACIDS = ("Cl", "Br", "I")
"""As suppliers draw a hydrochloride, a hydrobromide, a hydroiodide: beside the free base."""


@dataclass(frozen=True)
class Additive:
    """What a cell's electrolyte holds besides the base."""

    molecule: Molecule
    """The species that acts: of a salt, without its counter-ion."""
    counterion: str = ""
    """Canonical SMILES; of a hydrochloride drawn beside its free base, the acid."""
    is_molecular: bool = True
    """False for polymers and mixtures, which are kept as records and out of molecular models."""
    molar_mass: float | None = None
    """Of what is weighed for one mole of `molecule`, g/mol; None for a polymer, a mixture, or an
    ion whose counter-ion is not known."""


def read_additive(row: Row, resolve: Resolve | None) -> tuple[Additive | None, list[Finding]]:
    """The additive of a row that is no control, and what is to be said of it."""
    findings: list[Finding] = []
    drawn = _drawn(row, resolve, findings)
    if drawn is None:
        return None, findings
    column = "smiles" if row.text("smiles") else "candidate_id"
    dry, acid, weighed_too = _undressed(drawn)
    if weighed_too:
        why = f"drawn with {weighed_too}, taken for what was weighed: the additive is {dry}"
        findings.append(row.caution(column, why, "see that the dose is that of the additive"))
    parts = dry.smiles.split(".")
    if "*" in dry.smiles or (len(parts) > 1 and not any(Molecule(p).charge for p in parts)):
        why = "a polymer or a mixture: kept as a record, out of the molecular models"
        mend = (
            "if it is one additive with a solvent or an acid, draw it alone and give its dose in mM"
        )
        return Additive(drawn, row.text("counterion"), False), [
            *findings,
            row.caution(column, why, mend),
        ]
    split = _split_salt(row, dry)
    if isinstance(split, Fault):
        return None, [*findings, split]
    molecule, counterion = split
    if len(parts) > 1:
        why = f"a salt: the additive is {molecule}, its counter-ion {counterion}"
        findings.append(row.caution("smiles", why, "see that the dose is that of the additive"))
    findings += _counterion_findings(row, molecule, counterion)
    findings += _identity_findings(row, drawn, molecule, counterion)
    ion = _counterion(counterion or row.text("counterion"))
    counterion = ion.smiles if ion else ""
    mass = _molar_mass(molecule, counterion)
    if mass is not None and weighed_too:
        mass += _mass(drawn) - _mass(dry)
    return Additive(molecule, acid or counterion, True, mass), findings


def _undressed(drawn: Molecule) -> tuple[Molecule, str, str]:
    """A hydrate or hydrochloride without both; its acid; and all that was left away."""
    parts = drawn.smiles.split(".")
    rest = [part for part in parts if part not in (WATER, *ACIDS)]
    is_base = len(rest) == 1 and not Molecule(rest[0]).charge and _has_carbon(rest[0])
    left = [part for part in parts if part == WATER or (is_base and part in ACIDS)]
    dry = [part for part in parts if part not in left]
    if not left or not dry:
        return drawn, "", ""
    acid = ".".join(part for part in left if part != WATER)
    return Molecule.from_smiles(".".join(dry)), acid, ".".join(left)


def _drawn(row: Row, resolve: Resolve | None, findings: list[Finding]) -> Molecule | None:
    """The molecule of smiles or candidate_id, which have to agree where both are given."""
    smiles, candidate = row.text("smiles"), row.text("candidate_id")
    if not smiles and not candidate:
        expected = "the structure of the additive, or a candidate_id"
        findings.append(row.fault("smiles", expected, "give it; for a control set is_control = 1"))
        return None
    drawn = resolved = None
    if candidate and (resolve is not None or not smiles):
        resolved = resolve(candidate) if resolve else None
        if resolved is None:
            mend = "copy it from the request sheet, or give smiles"
            findings.append(row.fault("candidate_id", "a candidate of this campaign", mend))
            return None
    if smiles:
        try:
            if len(smiles.split()) > 1:
                raise InvalidMoleculeError("blanks inside a SMILES")
            drawn = Molecule.from_smiles(smiles)
        except InvalidMoleculeError:
            expected = "a SMILES that parses, such as OCC(O)CO"
            mend = "check brackets, rings and valences; a polymer is a unit with * at its ends"
            findings.append(row.fault("smiles", expected, mend))
            return None
    if drawn and resolved and drawn != resolved:
        expected = f"the structure of {candidate}, {resolved}"
        findings.append(row.fault("smiles", expected, "leave one of the two empty"))
        return None
    return drawn or resolved


def _split_salt(row: Row, drawn: Molecule) -> tuple[Molecule, str] | Fault:
    """The ion with carbon and its counter-ion, of a salt that is drawn with both."""
    parts = drawn.smiles.split(".")
    if len(parts) == 1:
        return drawn, ""
    organic = [part for part in parts if _has_carbon(part)]
    if len(organic) != 1 or drawn.charge:
        mend = "give one ion in smiles, the other in counterion, and the dose of the first"
        return row.fault("smiles", "one additive; several ions are ambiguous", mend)
    rest = Molecule.from_smiles(".".join(part for part in parts if part != organic[0]))
    return Molecule.from_smiles(organic[0]), rest.smiles


def _counterion_findings(row: Row, molecule: Molecule, counterion: str) -> list[Finding]:
    text = row.text("counterion")
    if not text:
        if molecule.charge and not counterion:
            why = "an ion without counter-ion, which acts too"
            mend = "give its SMILES in counterion, such as [Na+]"
            return [row.caution("smiles" if row.text("smiles") else "candidate_id", why, mend)]
        return []
    ion = _counterion(text)
    if ion is None or ion.charge * molecule.charge >= 0:
        expected = f"the SMILES of an ion against the charge {molecule.charge:+d} of {molecule}"
        mend = "write it as [Na+], [Cl-], ...; leave it empty for an uncharged additive"
        return [row.fault("counterion", expected, mend)]
    if counterion and _distinct(ion.smiles) != _distinct(counterion):
        return [row.fault("counterion", f"{counterion} as in smiles", "leave one of the two out")]
    return []


def _identity_findings(
    row: Row, drawn: Molecule, molecule: Molecule, counterion: str
) -> list[Finding]:
    """InChIKey against structure, and stereoisomers that the drawing does not tell apart."""
    findings: list[Finding] = []
    given = row.text("inchikey").upper()
    keys = [molecule.inchikey, drawn.inchikey, _whole(row, molecule, counterion)]
    if given and any(keys) and given not in keys:
        mend = "one of the two is wrong: compare charge and stereo, or leave inchikey empty"
        findings.append(row.fault("inchikey", f"{keys[0]}, that of {molecule}", mend))
    column = "smiles" if row.text("smiles") else "candidate_id"
    stereo = stereo_of(molecule.smiles)
    if stereo.n_compounds > 1 and row.text("candidate_id"):
        # the campaign asked for it as it is drawn: what was bought is what was tested
        why = "the stereo is open, as in the request: taken for the mixture that was bought"
        findings.append(row.caution(column, why, "say in note what the bottle holds"))
    elif stereo.n_compounds > 1:
        expected = "a structure that names one compound; this one leaves its stereo open"
        mend = "draw the stereo of what is in the bottle (@, @@, / and \\)"
        findings.append(row.fault(column, expected, mend))
    elif stereo.is_racemic:
        why = "the stereo is open: taken for the racemate"
        findings.append(row.caution(column, why, "draw the stereo if it is one enantiomer"))
    return findings


def _whole(row: Row, molecule: Molecule, counterion: str) -> str:
    """InChIKey of the neutral salt of an ion and its counter-ion, or an empty string."""
    ion = _counterion(counterion or row.text("counterion"))
    if ion is None or ion.charge * molecule.charge >= 0:
        return ""
    n_molecules, n_ions = abs(ion.charge), abs(molecule.charge)
    parts: Sequence[str] = [molecule.smiles] * n_molecules + [ion.smiles] * n_ions
    return Molecule.from_smiles(".".join(parts)).inchikey


def _molar_mass(molecule: Molecule, counterion: str) -> float | None:
    mass = _mass(molecule)
    if not molecule.charge:
        return mass
    ion = _counterion(counterion)
    if ion is None or not ion.charge:
        return None
    base = Molecule.from_smiles(Chem.MolToSmiles(neutral_parent(molecule)))
    if _distinct(ion.smiles) == {"[OH-]"} and not base.charge:
        return _mass(base)  # its hydroxide comes from water, and was not weighed
    return mass + _mass(ion) * abs(molecule.charge / ion.charge)


def _mass(molecule: Molecule) -> float:
    return float(Descriptors.MolWt(molecule.rdkit))  # type: ignore[attr-defined]  # bound at import


def _counterion(text: str) -> Molecule | None:
    try:
        return Molecule.from_smiles(text)
    except InvalidMoleculeError:
        return None


def _distinct(smiles: str) -> set[str]:
    return set(smiles.split("."))


def _has_carbon(smiles: str) -> bool:
    return any(atom.GetSymbol() == "C" for atom in Chem.MolFromSmiles(smiles).GetAtoms())
