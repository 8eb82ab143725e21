"""SDF records as text, each file written here."""

import gzip

import pytest
from small_downloads import ETHANOL_BLOCK

from molecules.sources.base import SourceError
from molecules.sources.sdf import expect_tag, is_sdf, records

BLOCK = ETHANOL_BLOCK.format(title="ethanol")
TWO = f"{BLOCK}> <NAME>\nethanol\n\n>  <LINES>  (7)\n1\n2\n\n> <EMPTY>\n\n\n$$$$\n{BLOCK}$$$$\n"


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_tags_and_blocks_of_each_record(tmp_path, pack, line_end):
    content = TWO.replace("\n", line_end).encode()
    path = tmp_path / "two.sdf"
    path.write_bytes(gzip.compress(content) if pack else content)
    assert is_sdf(path)
    (tags, block), second = records(path)
    assert tags == {"NAME": "ethanol", "LINES": "1\n2", "EMPTY": ""}
    assert block == BLOCK and second == ({}, BLOCK)


@pytest.mark.parametrize("cut", [len(TWO) - 5, len(TWO) - 30, len(BLOCK) + 3])
def test_a_last_record_that_breaks_off_is_refused(tmp_path, cut):
    path = tmp_path / "cut.sdf"
    path.write_text(TWO[:cut])
    with pytest.raises(SourceError, match=r"record [12] breaks off"):
        list(records(path))


def test_a_gzip_that_breaks_off_is_refused(tmp_path):
    path = tmp_path / "cut.sdf.gz"
    path.write_bytes(gzip.compress(TWO.encode())[:-12])
    with pytest.raises(SourceError, match="breaks off"):
        list(records(path))


def test_another_text_is_no_sdf(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("smiles,name\nCCO,ethanol\n")
    assert not is_sdf(path)
    with pytest.raises(SourceError, match="expected SDF"):
        list(records(path))


def test_a_missing_tag_is_named_with_those_found(tmp_path):
    path = tmp_path / "two.sdf"
    path.write_text(TWO)
    with pytest.raises(SourceError, match="NAME, LINES, EMPTY, which lacks CID; expected this"):
        expect_tag(path, "CID", "this")
