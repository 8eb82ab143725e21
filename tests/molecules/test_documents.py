"""JSON documents one after the other, whatever holds them together."""

import gzip
import json

import pytest

from molecules.sources import documents as module
from molecules.sources.base import SourceError
from molecules.sources.documents import RefusedError, documents, number, part

TWO = [{"a": 12, "b": ["x]", {"c": -1.5e-3}]}, {"a": None, "d": 'brace } and quote "'}]
LAYOUTS = {
    "a list": json.dumps(TWO),
    "an indented list": json.dumps(TWO, indent=2),
    "data": json.dumps({"data": TWO, "meta": {"total_doc": 2}}),
    "response": json.dumps({"valid_response": True, "n": 12, "response": TWO}),
    "lines": "".join(json.dumps(document) + "\n" for document in TWO),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 50, 1 << 20])
def test_every_layout_gives_the_same_documents_wherever_the_reading_stops(
    tmp_path, monkeypatch, layout, chunk
):
    monkeypatch.setattr(module, "CHUNK", chunk)
    (tmp_path / "x").write_bytes(gzip.compress(LAYOUTS[layout].encode()))
    assert list(documents(tmp_path / "x")) == TWO


def test_a_single_document_is_read(tmp_path):
    (tmp_path / "x").write_text('{"task_id": 1, "nested": {"data": [1]}}')
    assert list(documents(tmp_path / "x")) == [{"task_id": 1, "nested": {"data": [1]}}]


def test_the_first_document_is_there_before_the_file_is_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 20)
    (tmp_path / "x").write_text('[{"a": 1}, {"a": 2}, {"a": 3}, what is this?')
    found = documents(tmp_path / "x")
    assert [next(found)["a"] for _ in range(3)] == [1, 2, 3]
    with pytest.raises(SourceError, match="damaged"):
        next(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("smiles,logP\nCCO,1\n", "starts with"),
        ("  \n", "starts with"),
        ('[{"a": 1}, {"a": ', "breaks off"),
        ('[{"a": 1}', "in place of"),
        ('{"a": 1', "in place of"),
        ("[1, 2]", "in place of a document"),
        ('[{"a": 1}] CCO', "in place of"),
        ("[" + "[" * 100_000, "nested"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path, text, words):
    (tmp_path / "x").write_text(text)
    with pytest.raises(SourceError, match=words):
        list(documents(tmp_path / "x"))


def test_a_text_without_an_end_is_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 10)
    monkeypatch.setattr(module, "LARGEST_DOCUMENT", 100)
    (tmp_path / "x").write_text('[{"a": "' + "b" * 1000)
    with pytest.raises(SourceError, match="over 100 characters"):
        list(documents(tmp_path / "x"))


def test_a_truncated_gzip_and_another_encoding_are_refused(tmp_path):
    (tmp_path / "x").write_bytes(gzip.compress(json.dumps(TWO * 100).encode())[:-20])
    with pytest.raises(SourceError, match="gzip"):
        list(documents(tmp_path / "x"))
    (tmp_path / "y").write_bytes('[{"a": "ä"}]'.encode("latin-1"))
    with pytest.raises(SourceError, match="UTF-8"):
        list(documents(tmp_path / "y"))


def test_numbers_are_finite_or_absent_and_text_in_their_place_is_refused():
    document = {"a": 1, "b": "1.5", "c": None, "d": "", "e": float("nan"), "f": 10**400}
    assert [number(document, key) for key in "abcdefg"] == [1, 1.5, None, None, None, None, None]
    for wrong in ("high", [1], True):
        with pytest.raises(RefusedError, match="a number does not parse"):
            number({"a": wrong}, "a")
    assert part({"a": None}, "a") == {} == part({}, "a")
    with pytest.raises(RefusedError, match="another form"):
        part({"a": [1]}, "a")
