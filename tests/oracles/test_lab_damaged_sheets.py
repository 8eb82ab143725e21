"""Two hundred damaged sheets: each is refused in words or read as it was, never changed unseen.

Every damage gets a random generator of its own seed and writes a sheet. Where a cell comes out
other than in the sound sheet, a warning names its row (or its column, in the header); where one is
missing, a fault or a warning says so; and nothing but SheetError is ever raised. What no check can
see is not among them: a wrong value that is as plausible as the right one.
"""

import csv
import random
import zipfile

import pytest
from lab_sheet import GOOD, HEADER, checked, good_cells, rows, text_of, workbook, write_xlsx

from oracles.lab import SheetError, read_sheet

N_SHEETS = 200
HEADER_ROW = 1
SOUND = {cell.cell_id: cell for cell in good_cells()}
NUMBERS = (
    "lifetime_h",
    "temperature_C",
    "current_mA_cm2",
    "base_salt_conc",
    "electrolyte_volume_uL",
)
NEEDED = (
    "base_conc_unit",
    "cell_type",
    "protocol",
    "batch_id",
    "is_control",
    "replicate",
    *NUMBERS[1:],
)


def one(rng, only=lambda row: True):
    """The sound rows, and one of them to damage."""
    records = rows()
    return records, rng.choice([row for row in records if only(row)])


def set_one(*columns, only=lambda row: True):
    """A damage of one value: the function says what becomes of the text."""

    def damage(change):
        def write(path, rng):
            column = rng.choice(columns)
            records, row = one(rng, lambda r: only(r) and r[column])
            row[column] = change(row[column], rng)
            path.write_text(text_of(records), encoding="utf-8", newline="")

        return write

    return damage


def is_additive(row):
    return row["is_control"] == "0"


def as_bytes(change):
    """A damage of the file's bytes."""

    def write(path, rng):
        path.write_bytes(change(GOOD.read_bytes(), rng))

    return write


def as_text(change):
    """A damage of the records before they are written, or of how they are."""

    def write(path, rng):
        path.write_text(change(rng), encoding="utf-8", newline="")

    return write


def as_book(change):
    """A damage of a workbook."""

    def write(path, rng):
        book = workbook(rows())
        change(book, rng)
        write_xlsx(path, book)

    return write


def inserted(data, rng, *bits):
    place = rng.randrange(len(data))
    return data[:place] + rng.choice(bits) + data[place:]


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def header_of(**names):
    return [names.get(name, name) for name in HEADER]


def moved_columns(rng):
    order = rng.sample(range(len(HEADER)), len(HEADER))
    lines = [HEADER, *[list(row.values()) for row in rows()]]
    return "\n".join(
        ",".join(f'"{line[place]}"' for place in order) for line in lines
    ) + "\n"  # fmt: skip


def swapped_names(rng):
    first, second = rng.choice(
        [
            ("smiles", "base_salt"),
            ("conc_unit", "protocol"),
            ("lifetime_h", "overpotential_mV"),
            ("current_mA_cm2", "capacity_mAh_cm2"),
            ("temperature_C", "electrolyte_volume_uL"),
            ("is_control", "cell_type"),
            ("additive_conc", "is_control"),
        ]
    )
    return text_of(rows(), header=header_of(**{first: second, second: first}))


def copied(rng, **values):
    records, row = one(rng)
    return text_of([*records, row | values])


def without(rng, chosen):
    return text_of([row for row in rows() if not chosen(row)])


def commented(rng):
    lines = text_of(rows(), line="\n").splitlines()
    lines.insert(rng.randrange(1, len(lines)), rng.choice(["", ",,,,", "# a remark", "Batch 2"]))
    return "\n".join(lines) + "\n"


def unquoted_comma(rng):
    records, row = one(rng, lambda r: r["overpotential_mV"])
    row["overpotential_mV"] = "@@"
    return text_of(records).replace("@@", "57,5")


def mixed_encodings(data, rng):
    korean = "이준호".encode()
    return data.replace(korean, korean.decode().encode("cp949"), rng.randint(1, 3))


def place(book, rng, column, value, number_format=None):
    cell = book["results"].cell(rng.randint(2, 13), HEADER.index(column) + 1)
    cell.value = value(cell.value) if callable(value) else value
    if number_format:
        cell.number_format = number_format


def merged_title(book, rng):
    book["results"].insert_rows(1)
    book["results"]["A1"] = "3월 결과"
    book["results"].merge_cells("A1:F1")


def merged_cells(book, rng):
    column = HEADER.index(rng.choice(NEEDED)) + 1
    first = rng.randint(2, 10)
    book["results"].merge_cells(
        start_row=first, end_row=first + 2, start_column=column, end_column=column
    )


def all_texts(book, rng):
    for line in book["results"].iter_rows(min_row=2):
        for cell in line:
            cell.value = None if cell.value is None else str(cell.value)


def repacked(path, rng, change):
    write_xlsx(path, workbook(rows()))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def with_macros(path, rng):
    repacked(path, rng, lambda parts: parts.update({"xl/vbaProject.bin": b"Auto_Open"}))


def with_a_lying_size(path, rng):
    def lie(parts):
        name = "xl/worksheets/sheet1.xml"
        start, end = parts[name].index(b'<dimension ref="'), parts[name].index(b"<sheetViews")
        parts[name] = parts[name][:start] + b'<dimension ref="A1:XFD1048576"/>' + parts[name][end:]

    repacked(path, rng, lie)


def without_a_part(path, rng):
    repacked(path, rng, lambda parts: parts.pop(rng.choice(sorted(parts))))


def truncated_book(path, rng):
    write_xlsx(path, workbook(rows()))
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(4, len(data))])


def spoilt_book(path, rng):
    write_xlsx(path, workbook(rows()))
    path.write_bytes(inserted(path.read_bytes(), rng, b"\xff" * 8))


DAMAGES = {
    "as CP949": as_bytes(lambda d, r: d.decode().encode("cp949")),
    "with BOM": as_bytes(lambda d, r: d.decode().encode("utf-8-sig")),
    "with two BOMs": as_bytes(lambda d, r: b"\xef\xbb\xbf" * 2 + d),
    "BOM within": as_bytes(lambda d, r: d.replace(b"\n", b"\n\xef\xbb\xbf", r.randint(1, 5))),
    "UTF-16": as_bytes(lambda d, r: d.decode().encode(r.choice(["utf-16", "utf-16-le"]))),
    "mixed encodings": as_bytes(mixed_encodings),
    "CRLF": as_bytes(lambda d, r: d.replace(b"\n", b"\r\n")),
    "CR": as_bytes(lambda d, r: d.replace(b"\n", b"\r")),
    "mixed line breaks": as_bytes(lambda d, r: d.replace(b"\n", b"\r\n", r.randint(1, 9))),
    "truncated": as_bytes(lambda d, r: d[: r.randrange(len(d))]),
    "truncated in the last row": as_bytes(lambda d, r: d[: -r.randrange(1, 200)]),
    "NUL bytes": as_bytes(lambda d, r: inserted(d, r, b"\0", b"\0\0\0")),
    "bytes of no encoding": as_bytes(lambda d, r: inserted(d, r, b"\xff", b"\x80", b"\xc3\x28")),
    "a stray quote": as_bytes(lambda d, r: d.replace(b",", b',"', r.randint(1, 99)).replace(b',"', b",", r.randint(0, 98))),
    "only the header": as_bytes(lambda d, r: d.splitlines()[0]),
    "all in quotes": as_text(lambda r: text_of(rows(), quoting=csv.QUOTE_ALL)),
    "other delimiter": as_text(lambda r: text_of(rows(), delimiter=r.choice(";\t"))),
    "spaces around": as_text(lambda r: text_of([{k: f" {v}\u00a0" for k, v in row.items()} for row in rows()])),
    "columns moved": as_text(moved_columns),
    "names of columns swapped": as_text(swapped_names),
    "Korean names": as_text(lambda r: text_of(rows(), header=header_of(**{r.choice(HEADER): "수명(시간)"}))),
    "capital names": as_text(lambda r: text_of(rows(), header=[wide(n.upper()) for n in HEADER])),
    "a column twice": as_text(lambda r: text_of(rows(), header=header_of(**{r.choice(HEADER[:20]): r.choice(HEADER[20:])}))),
    "a row repeated": as_text(copied),
    "a name used twice": as_text(lambda r: copied(r, note="another")),
    "a result under a name used twice": as_text(lambda r: copied(r, lifetime_h="333")),
    "controls missing": as_text(lambda r: without(r, lambda row: row["is_control"] == "1" and row["batch_id"] == "2026-A")),
    "replicates missing": as_text(lambda r: without(r, lambda row: row["replicate"] == "2")),
    "odd rows between": as_text(commented),
    "decimal comma, bare": as_text(unquoted_comma),
    "decimal comma": set_one(*NUMBERS)(lambda v, r: v.replace(".", ",") if "." in v else f"{v},0"),
    "thousands": set_one("lifetime_h")(lambda v, r: r.choice(["1,200", "1 200", "1'200"])),
    "a unit behind": set_one(*NUMBERS)(lambda v, r: v + r.choice([" h", "%", "mM", " ℃"])),
    "no number": set_one(*NUMBERS)(lambda v, r: r.choice(["-", "N/A", "NaN", "inf", "1e999", "약 5", "1_0", "0x10", "٣"])),
    "negative": set_one("lifetime_h", "current_mA_cm2", "base_salt_conc")(lambda v, r: f"-{v}"),
    "full width": set_one(*NUMBERS, "cell_type", "conc_unit", "date", "is_control")(lambda v, r: wide(v)),
    "superscript": set_one("lifetime_h")(lambda v, r: "10³"),
    "a needed cell empty": set_one(*NEEDED)(lambda v, r: ""),
    "no unit": set_one("conc_unit", "base_conc_unit")(lambda v, r: ""),
    "another unit": set_one("conc_unit", "base_conc_unit")(lambda v, r: r.choice(["mm", "mol", "MM", "%", "w%"])),
    "unknown choice": set_one("cell_type", "protocol", "end_reason")(lambda v, r: v + r.choice(["x", " (?)", "."])),
    "capitals": set_one("cell_type", "protocol", "end_reason")(lambda v, r: v.swapcase()),
    "efficiency as a fraction": set_one("ce_avg_pct")(lambda v, r: f"{float(v) / 100:.3f}"),
    "efficiency above 100": set_one("ce_avg_pct")(lambda v, r: r.choice(["100.3", "101", "985"])),
    "hours off": set_one("lifetime_h")(lambda v, r: str(float(v) * r.choice([0.5, 2, 10]))),
    "a day as a serial number": set_one("date")(lambda v, r: {"2026-03-02": "46083", "2026-03-09": "46090"}[v]),
    "a day the other way round": set_one("date")(lambda v, r: r.choice(["02/03/2026", "26-03-02", "3월 2일"])),
    "a day to come": set_one("date")(lambda v, r: "2027-03-02"),
    "a formula": set_one(*NUMBERS, "note", "operator")(lambda v, r: r.choice([f"={v}", "=cmd|' /C calc'!A0"])),
    "a huge cell": set_one("note", "lifetime_h", "smiles", only=is_additive)(lambda v, r: "9" * r.choice([40_000, 200_000])),
    "a broken structure": set_one("smiles", only=is_additive)(lambda v, r: v[:-1] + r.choice("()[1@")),
    "another structure": set_one("smiles", only=is_additive)(lambda v, r: r.choice(["OCCO", "CCO", v + "C"])),
    "another InChIKey": set_one("inchikey", only=is_additive)(lambda v, r: v[:-1] + "Z"),
    "a control that is none": set_one("is_control")(lambda v, r: {"0": "1", "1": "0"}[v]),
    "another batch": set_one("control_batch_id", only=is_additive)(lambda v, r: "2026-Q"),
    "another condition": set_one("temperature_C", only=is_additive)(lambda v, r: "60"),
    "an invisible letter": set_one("cell_id", "batch_id")(lambda v, r: v[0] + "\u200b" + v[1:]),
    "book": as_book(lambda b, r: None),
    "book of texts": as_book(all_texts),
    "book with a title": as_book(merged_title),
    "book with merged cells": as_book(merged_cells),
    "book with empty rows": as_book(lambda b, r: b["results"].insert_rows(r.randint(2, 12), 3)),
    "book with another worksheet": as_book(lambda b, r: b.create_sheet("메모", 0).append(["cell_id", 1])),
    "book with a formula": as_book(lambda b, r: place(b, r, r.choice(NUMBERS), "=1+1")),
    "book with an error": as_book(lambda b, r: place(b, r, r.choice([*NUMBERS, "note"]), "#N/A")),
    "book with serial days": as_book(lambda b, r: place(b, r, "date", 46083)),
    "book with percent": as_book(lambda b, r: place(b, r, r.choice(NUMBERS), 0.98, "0.0%")),
    "book with days for numbers": as_book(lambda b, r: place(b, r, r.choice(NUMBERS), 3, "yyyy-mm-dd")),
    "book with truth": as_book(lambda b, r: place(b, r, "is_control", bool)),
    "book with macros": with_macros,
    "book of a lying size": with_a_lying_size,
    "book without a part": without_a_part,
    "book truncated": truncated_book,
    "book spoilt": spoilt_book,
}  # fmt: skip
SAME = {
    *("as CP949", "with BOM", "with two BOMs", "BOM within", "CRLF", "CR", "mixed line breaks"),
    *("all in quotes", "other delimiter", "spaces around", "columns moved", "capital names"),
    *("a row repeated", "full width", "capitals", "book", "book of texts", "book with a title"),
    *("book with empty rows", "book with another worksheet", "book with truth"),
    *("book with macros", "book of a lying size", "a day as a serial number"),
}
"""Damages that change no value: the cells are exactly those of the sound sheet."""
SHEETS = [(seed, list(DAMAGES)[seed % len(DAMAGES)]) for seed in range(N_SHEETS)]


@pytest.mark.parametrize(("seed", "damage"), SHEETS, ids=[f"{s}-{d}" for s, d in SHEETS])
def test_a_damaged_sheet_is_refused_in_words_or_read_as_it_was(tmp_path, seed, damage):
    path = tmp_path / ("sheet.csv" if seed % 3 else "sheet.xlsx")
    DAMAGES[damage](path, random.Random(seed))
    try:
        found = checked(path)
    except SheetError as error:
        assert "\n" not in str(error)
        assert "expected" in str(error)
        assert damage not in SAME
        return
    cells = {cell.cell_id: cell for cell in found.cells}
    if damage in SAME:
        assert cells == SOUND
        assert not found.faults
        return
    said = {warning.row for warning in found.warnings}
    rows_of = {row.cells["cell_id"]: row.number for row in read_sheet(path).rows}
    unlike = [name for name, cell in cells.items() if SOUND.get(name) != cell]
    unseen = [name for name in unlike if not {rows_of[name], HEADER_ROW} & said]
    assert not unseen, f"{unseen} changed without a warning"
    assert cells.keys() >= SOUND.keys() or found.faults or said
