"""Faulty files, of every database and in every layout: one clear error, and the library untouched.

What each reader takes from a good file stands in its own test; here good files are damaged.
"""

import gzip
import re
import sys
from dataclasses import replace

import pytest
from small_downloads import DOWNLOADS, FIRST, METHANE_BLOCK, SECOND, SOURCES, Download

from molecules import harvest
from molecules.command import run_command
from molecules.database import Database
from molecules.library import LibraryError
from molecules.sources.base import SourceError

LONG = "C" * 10_000
GDB9 = Download("qm9", "gdb9.sdf", METHANE_BLOCK)
SECOND_FILES = (
    ("qm9 gdb9.sdf", "table"),
    ("qm9 qm9.csv", "uncharacterized"),
    ("pcqm4m data.csv.gz", "split"),
    ("pcqm4mv2 data.csv.gz", "split"),
    ("pubchem CID-SMILES.gz", "inchikeys"),
    ("nist wide.csv", "identifiers"),
)
SECOND_FAULTS = {
    "nothing": b"",
    "half a gzip": gzip.compress(b"1,2\n" * 100)[:-20],
    "Latin-1": b"\xe9,b\n1,2\n",
    "another table": b"a,b\n1,2\n",
    "zeros": bytes(50),
}
TAKEN = {
    ("pcqm4m data.csv.gz", "pcqm4mv2 data.csv.gz"),
    ("pcqm4mv2 data.csv.gz", "pcqm4m data.csv.gz"),
    ("pcqm4mv2 cxsmiles.csv", "pcqm4m data.csv.gz"),
}
"""A source, and another's file that it takes: the two releases of PCQM4M have one layout. A table of
one's own has no other: it takes whatever has the columns that it is told of."""
ACTIONS = r"; (download it again|save it as UTF-8|give )"
FAULTS = {
    "a gzip without its end": lambda good: gzip.compress(good)[:-9],
    "half a gzip": lambda good: gzip.compress(good)[: len(gzip.compress(good)) // 2],
    "nothing": lambda good: b"",
    "a gzip of nothing": lambda good: gzip.compress(b""),
    "blank lines": lambda good: b"\n\n",
    "Latin-1": lambda good: re.sub(b"[CO]", b"\xe9", good),
    "UTF-16": lambda good: good.decode().encode("utf-16"),
    "zeros": lambda good: bytes(len(good)),
}


@pytest.fixture(scope="module", autouse=True)
def _no_workers():
    """Standardise in this process: starting others takes longer than all that is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            harvest,
            "in_batches",
            lambda function, batches, *_: ([(b, function(b))] for b in batches),
        )
        yield


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A library with a source of every name, each of which a harvest would replace."""
    folder = tmp_path_factory.mktemp("good")
    database = Database(folder / "library")
    for name, download in {download.kind: download for download in DOWNLOADS}.items():
        database.add(download.source(written(folder / name, download)), 1)
    return database


def written(folder, download, content=None):
    folder.mkdir(exist_ok=True)
    path = folder / download.file
    content = download.text.encode() if content is None else content
    path.write_bytes(gzip.compress(content) if download.file.endswith(".gz") else content)
    return path


def contents(folder):
    return {path: path.read_bytes() if path.is_file() else "" for path in folder.rglob("*")}


def assert_refused(database, source, path):
    """One error that says what was given (`path`), what was expected and what to do; nothing changed."""
    before = contents(database.folder)
    with pytest.raises((SourceError, LibraryError)) as caught:
        database.add(source, 1)
    assert contents(database.folder) == before
    message = str(caught.value)
    assert message.isprintable() and "Traceback" not in message
    assert message.startswith("got ") and len(message) < 700
    assert path.name in message or f"rows for {source.name}" in message
    assert "expected " in message and re.search(ACTIONS, message), message


def test_every_source_is_here():
    kinds = {path.name.removesuffix(".yaml") for path in SOURCES.iterdir()}
    assert kinds == {download.kind for download in DOWNLOADS}


@pytest.mark.parametrize("download", DOWNLOADS, ids=str)
def test_the_good_file_is_good(tmp_path, download):
    tally = Database(tmp_path / "library").add(download.source(written(tmp_path, download)), 1)
    assert tally.kept and tally.read == 2 and not tally.rejected


@pytest.mark.parametrize("download", DOWNLOADS, ids=str)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_file_is_refused(database, tmp_path, download, fault):
    path = tmp_path / download.file
    path.write_bytes(FAULTS[fault](download.text.encode()))
    assert_refused(database, download.source(path), path)


@pytest.mark.parametrize("download", [d for d in DOWNLOADS if "csv" in d.file], ids=str)
def test_a_header_without_rows_is_refused(database, tmp_path, download):
    path = written(tmp_path, download, download.text.encode().partition(b"\n")[0])
    assert_refused(database, download.source(path), path)


@pytest.mark.parametrize("download", [d for d in DOWNLOADS if d.needed], ids=str)
def test_a_file_with_other_columns_tags_or_fields_is_refused(database, tmp_path, download):
    text = download.text.replace(download.needed, "something")
    path = written(tmp_path, download, text.encode())
    assert_refused(database, download.source(path), path)


@pytest.mark.parametrize(
    ("download", "other"),
    [
        (download, other)
        for download in DOWNLOADS
        for other in DOWNLOADS
        if download.kind != other.kind and download.kind != "table"
    ],
    ids=str,
)
def test_the_file_of_another_database_is_refused(database, tmp_path, download, other):
    path = written(tmp_path, other)
    if (str(download), str(other)) in TAKEN:
        assert Database(tmp_path / "library").add(download.source(path), 1).kept
    else:
        assert_refused(database, download.source(path), path)


@pytest.mark.parametrize("download", [d for d in DOWNLOADS if d.has_smiles], ids=str)
def test_a_smiles_of_10_000_characters_costs_its_own_row_alone(database, tmp_path, download):
    one = download.text.replace(FIRST, LONG)
    tally = Database(tmp_path / "library").add(
        download.source(written(tmp_path, download, one.encode())), 1
    )
    assert (tally.kept, tally.rejected.total()) == (1, 1)
    assert "longer than 2000 characters" in next(iter(tally.rejected))
    path = written(tmp_path, download, one.replace(SECOND, LONG).encode())
    assert_refused(database, download.source(path), path)


def test_a_fault_after_thousands_of_good_rows_leaves_the_library_as_it_was(database, tmp_path):
    path = tmp_path / "late.csv"
    good = b"smiles,logP,qed,SAS\n" + 5_000 * b"CCO,0,0.4,2\n"
    path.write_bytes(good + b"C\xe9O,0,0.4,2\n")
    (zinc,) = (d for d in DOWNLOADS if d.file == "250k.csv")
    assert_refused(database, zinc.source(path), path)
    path.write_bytes(gzip.compress(good)[:-9])
    assert_refused(database, zinc.source(path), path)


@pytest.mark.parametrize("fault", SECOND_FAULTS)
@pytest.mark.parametrize(("name", "option"), SECOND_FILES)
def test_a_faulty_second_file_is_refused(database, tmp_path, name, option, fault):
    (download,) = (d for d in (*DOWNLOADS, GDB9) if str(d) == name)
    second = tmp_path / "second"
    second.write_bytes(SECOND_FAULTS[fault])
    two = replace(download, options={option: str(second)})
    assert_refused(database, two.source(written(tmp_path, download)), second)


@pytest.mark.parametrize("kind", sorted({download.kind for download in DOWNLOADS}))
def test_the_command_says_it_in_one_line(database, tmp_path, monkeypatch, capsys, kind):
    download = next(d for d in DOWNLOADS if d.kind == kind)
    path = written(tmp_path, download, b"\n\n")
    name = [f"source.name={name}" for name in [download.options.get("name")] if name]
    arguments = ["do=harvest", f"source={kind}", f"source.path={path}", *name]
    monkeypatch.setattr(sys, "argv", ["molecules", *arguments, f"library={database.folder}"])
    before = contents(database.folder)
    assert run_command() == 1
    assert contents(database.folder) == before
    written_lines = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("error: got ") for line in written_lines) == 1
    assert "Traceback" not in "".join(written_lines)
