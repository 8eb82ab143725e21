"""What Hydra's grammar makes of a user's arguments."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from molecules.command_line import config_folders, options_first, quote


@pytest.mark.parametrize("key", ["do.name", "source.identifiers", "source.table", "source.smiles"])
def test_names_and_every_file_of_a_source_are_ordinary_text(key):
    for value in ("1,3-dioxolane", "염화나트륨 (a)", "5'-adenylic acid", "0123"):
        parsed = OverridesParser.create().parse_overrides([quote(f"{key}={value}")])[0]
        assert parsed.value() == value


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="$"), min_size=1))
def test_any_path_survives_the_override_grammar(text):
    value = text.strip()
    if value in ("", "null") or (value[0] in "'\"" and value[0] == value[-1]):
        return
    parsed = OverridesParser.create().parse_overrides([quote(f"do.file={value}")])[0]
    assert parsed.value() == value


@pytest.mark.parametrize(
    "argument", ["rounds=3", "+campaign=x", "--cfg", "home=null", "home='a b'"]
)
def test_other_arguments_are_left_alone(argument):
    assert quote(argument) == argument


def test_config_folders_are_found_in_both_spellings():
    arguments = ["--config-dir", "a", "+campaign=x", "--config-dir=b"]
    assert [str(p) for p in config_folders(arguments)] == ["a", "b"]


def test_options_may_stand_among_the_overrides():
    given_ = ["--config-dir", "a", "+campaign=x", "-m", "seed=0,1", "--cfg", "job"]
    assert options_first(given_) == [
        "--config-dir",
        "a",
        "-m",
        "--cfg",
        "job",
        "--",
        "+campaign=x",
        "seed=0,1",
    ]
    assert options_first(["+campaign=x"]) == ["+campaign=x"]
