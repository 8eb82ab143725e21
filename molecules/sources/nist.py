"""NIST WebBook: records of nistchempy, and tables of thermochemistry keyed by CAS number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from molecules.quantity import VOCABULARY
from molecules.sources.base import GIVE, Entry, Notation, Rejected, SourceError, Value, hold_paths
from molecules.sources.table import Column, delimiter, first_given, first_line, values_of
from molecules.sources.text import header, open_text, printable, rows
from molecules.sources.unit import OFFSETS, UNITS, plain_unit

EXPERIMENT = "experiment"
GAS, LIQUID, SOLID = (f"{EXPERIMENT}, {phase}" for phase in ("gas", "liquid", "solid"))
PROPERTIES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("triple_point_temperature", EXPERIMENT): ("Tt", "Ttriple"),
    ("melting_point", EXPERIMENT): ("Tm", "Tfus"),
    ("boiling_point", EXPERIMENT): ("Tb", "Tboil"),
    ("critical_temperature", EXPERIMENT): ("Tc",),
    ("triple_point_pressure", EXPERIMENT): ("Pt", "Ptriple"),
    ("critical_pressure", EXPERIMENT): ("Pc",),
    ("critical_volume", EXPERIMENT): ("Vc",),
    ("formation_enthalpy", SOLID): ("Hfs", "ΔfH°solid"),
    ("formation_enthalpy", LIQUID): ("Hfl", "ΔfH°liquid"),
    ("formation_enthalpy", GAS): ("Hfg", "ΔfH°gas"),
    ("standard_entropy", SOLID): ("S0s", "S°solid"),
    ("standard_entropy", LIQUID): ("S0l", "S°liquid"),
    ("standard_entropy", GAS): ("S0g", "S°gas"),
    ("sublimation_enthalpy", EXPERIMENT): ("Hsub", "ΔsubH°", "ΔsubH"),
    ("fusion_enthalpy", EXPERIMENT): ("Hfus", "ΔfusH°", "ΔfusH"),
    ("vaporization_enthalpy", EXPERIMENT): ("Hvap", "ΔvapH°", "ΔvapH"),
    ("ionization_energy", EXPERIMENT): ("IE",),
    ("electron_affinity", EXPERIMENT): ("EA",),
}
"""Quantity and method: the column of the wide table, then the WebBook's own symbols."""
SI = {"kJ/mol": "J/mol", "J/(mol K)": "J/mol/K", "m^3/mol": "m3/mol"}
"""Units of the wide table, where they are not the vocabulary's."""
UNKNOWN_PROPERTY = f"property none of {', '.join(names[0] for names in PROPERTIES.values())}"
NO_STRUCTURE = "CAS number without a structure; give source.identifiers"
NOTHING = "neither a structure nor a CAS number"
CAS = ("cas", "casrn", "casnumber")
RECORD = {"id", "casrn"}
LONG = {"property", "unit", "value"}
WHAT = (
    "records of nistchempy (ID, cas_rn, inchi), columns CAS, property, unit and value, or CAS with "
    "Tt, Tm, Tb, Tc, Pt, Pc, Vc, Hfs, ..."
)
Row = Mapping[str, str]
"""Cells by column, the names written as by `_plain`."""
Values = tuple[Value, ...] | Rejected


def _plain(name: str) -> str:
    """Letters and digits in lower case: `cas_rn`, `CAS RN` and `casrn` are one column."""
    return re.sub(r"[^a-z0-9]", "", name.replace("Δ", "d").lower())


SPELLINGS = {
    _plain(spelling): (quantity, method)
    for (quantity, method), names in PROPERTIES.items()
    for spelling in (*names, quantity + method.removeprefix(EXPERIMENT))
}
WIDE = {
    _plain(names[0]): Column(quantity, method, UNITS[unit][SI.get(unit, unit)])
    for (quantity, method), names in PROPERTIES.items()
    for unit in (VOCABULARY[quantity].unit,)
}


@dataclass(frozen=True)
class Nist:
    """Tables of NIST's WebBook that a user made; the layout is seen from the columns.

    - records of nistchempy, csv or json (a list, or a record a line): structures alone;
    - long: CAS, property, unit, value; a property is a symbol of the WebBook or of the wide table,
      or a quantity of the vocabulary with its phase, such as `formation_enthalpy, gas`;
    - wide: CAS and a column a property, in SI units (K, Pa, m^3/mol, J/mol, J/(mol K)). The
      coefficients of Antoine's equation are left out: they are no property of the vocabulary.

    Structures come from a column SMILES or InChI, else by CAS number from `identifiers`.
    """

    path: Path
    identifiers: Path | None = None
    """A table with CAS and SMILES, such as PubChem's identifiers csv; held in memory."""
    name: str = "nist"
    licence: str = "NIST SRD 69: not to be passed on in bulk"
    citation: str = "10.18434/T4D303"

    def __post_init__(self) -> None:
        hold_paths(self, "path", "identifiers")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        smiles = {} if self.identifiers is None else _smiles_by_cas(self.identifiers)
        found, values = self._layout()
        return (_entry(where, row, values(where, row), smiles) for where, row in found)

    def _layout(self) -> tuple[Iterator[tuple[str, Row]], Callable[[str, Row], Values]]:
        if first_line(self.path).lstrip()[:1] in ("[", "{"):
            return _records(self.path), _no_values
        columns = {_plain(name) for name in header(self.path, delimiter(self.path))}
        if columns >= RECORD:
            return _table(self.path), _no_values
        if columns >= LONG:
            return _table(self.path), _long
        if columns.intersection(CAS) and columns.intersection(WIDE):
            return _table(self.path), _wide
        shown = printable(", ".join(sorted(columns)[:8]))
        raise SourceError(f"got {self.path} with the columns {shown}; expected {WHAT}; {GIVE}")


def cas_number(text: str) -> str:
    """A CAS number with its hyphens, or an empty text where the check digit is wrong."""
    digits = text.replace("-", "").lstrip("0")
    if not re.fullmatch(r"[0-9]{5,10}", digits):
        return ""
    check = sum(n * int(digit) for n, digit in enumerate(reversed(digits[:-1]), 1)) % 10
    return f"{digits[:-3]}-{digits[-3:-1]}-{check}" if check == int(digits[-1]) else ""


def _smiles_by_cas(path: Path) -> dict[str, str]:
    columns = {_plain(name) for name in header(path, delimiter(path))}
    if not columns.intersection(CAS) or "smiles" not in columns:
        raise SourceError(
            f"got {path} as source.identifiers, expected the columns CAS and SMILES; give a table "
            "with them"
        )
    smiles: dict[str, str] = {}
    for _, row in _table(path):
        if cas := cas_number(first_given(row, CAS)):
            smiles.setdefault(cas, first_given(row, ("smiles",)))
    return smiles


def _table(path: Path) -> Iterator[tuple[str, Row]]:
    for number, row in rows(path, delimiter(path)):
        yield f"row {number}", {_plain(name): cell for name, cell in row.items()}


def _records(path: Path) -> Iterator[tuple[str, Row]]:
    for number, record in enumerate(_json(path), 1):
        row = {_plain(k): str(v) for k, v in record.items()} if isinstance(record, dict) else {}
        if not row.keys() >= RECORD:
            raise SourceError(
                f"got {path}, whose entry {number} is no record; expected {WHAT}; {GIVE}"
            )
        yield f"record {number}", row


def _json(path: Path) -> Iterator[object]:
    """The elements of a list, or the records of a file that has one a line."""
    is_list = first_line(path).lstrip().startswith("[")
    with open_text(path) as file:
        try:
            lines = (line for line in file if line.strip())
            yield from json.load(file) if is_list else map(json.loads, lines)
        except (ValueError, RecursionError) as error:
            raise SourceError(
                f"got {path}, which is no JSON ({error}); expected {WHAT}; download it again, or "
                f"{GIVE}"
            ) from error


def _no_values(where: str, row: Row) -> Values:
    return ()


def _wide(where: str, row: Row) -> Values:
    return values_of(where, row, WIDE)


def _long(where: str, row: Row) -> Values:
    known = SPELLINGS.get(_plain(row["property"]))
    if known is None:
        return Rejected(where, UNKNOWN_PROPERTY)
    quantity, method = known
    units = UNITS[VOCABULARY[quantity].unit]
    unit = plain_unit(row["unit"])
    if unit not in units:
        return Rejected(where, f"unit none of {', '.join(units)}")
    column = Column(quantity, method, units[unit], OFFSETS.get(unit, 0.0))
    return values_of(where, row, {"value": column})


def _entry(where: str, row: Row, values: Values, smiles: Mapping[str, str]) -> Entry | Rejected:
    text = first_given(row, CAS)
    cas = cas_number(text)
    if text and not cas:
        return Rejected(where, "CAS number with a wrong check digit")
    if isinstance(values, Rejected):
        return values
    structure, notation = _structure(row, smiles.get(cas, ""))
    if not structure:
        return Rejected(cas or where, NO_STRUCTURE if cas else NOTHING)
    identifier = first_given(row, ("id",)) or cas or where
    name, key = first_given(row, ("name",)), first_given(row, ("inchikey",))
    return Entry(identifier, structure, notation, values, name, cas, key)


def _structure(row: Row, known: str) -> tuple[str, Notation]:
    smiles, inchi = first_given(row, ("smiles",)), first_given(row, ("inchi",))
    return (inchi, "inchi") if inchi and not smiles else (smiles or known, "smiles")
