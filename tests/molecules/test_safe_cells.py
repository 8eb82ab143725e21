"""A text that a spreadsheet would run is written as a text, by every way of writing."""

import polars as pl
import pytest

from molecules.safe_cells import escape, escaped, unescape

DANGEROUS = ["=1+1", "+cmd", "-2+3", "@sum", "\t=1", "\r=1", " =1", "＝1", "'=1", "\ufeff=1"]
HARMLESS = ["", "urea", "2-butanol", "O=C=O", "'quoted'", "a=b", "[Na+]"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_formulas_are_written_as_text_and_read_back(text):
    written = escape(text)
    assert written == f"'{text}"
    assert unescape(written) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_left_alone(text):
    assert escape(text) == text
    assert unescape(text) == text


def test_numbers_stay_numbers():
    assert escape(-1.5) == -1.5


def test_whole_tables_are_written_alike():
    frame = pl.DataFrame({"name": DANGEROUS + HARMLESS, "value": [-1.0] * 17})
    written = escaped(frame.lazy()).collect()
    assert written["name"].to_list() == [escape(text) for text in DANGEROUS + HARMLESS]
    assert written["value"].to_list() == [-1.0] * 17
