import math

import pytest

from molecules import VOCABULARY, Failure, Label, Molecule, Quantity, Status

GLYCEROL = Molecule.from_smiles("OCC(O)CO")
HOMO = VOCABULARY["homo"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_label_refuses_a_number_that_is_not_finite(value):
    with pytest.raises(ValueError, match="finite"):
        Label(GLYCEROL, HOMO, value, 0.0, "xtb")


@pytest.mark.parametrize("std", [-1.0, math.nan, math.inf])
def test_label_refuses_an_error_that_is_no_error(std):
    with pytest.raises(ValueError, match="std"):
        Label(GLYCEROL, HOMO, -10.0, std, "xtb")


def test_failure_refuses_ok_and_unknown_statuses():
    for status in ("ok", "broken"):
        with pytest.raises(ValueError, match="expected one of"):
            Failure(GLYCEROL, "xtb", status, "reason")


def test_not_applicable_is_no_evidence_of_infeasibility():
    assert not Failure(GLYCEROL, "xtb", Status.NOT_APPLICABLE, "an ion").is_applicable
    assert Failure(GLYCEROL, "xtb", Status.CRASHED, "signal 11").is_applicable


def test_every_quantity_of_the_vocabulary_says_what_it_means():
    for name, quantity in VOCABULARY.items():
        assert name == quantity.name
        assert quantity.unit
        assert quantity.meaning


def test_quantity_names_are_identifiers():
    with pytest.raises(ValueError, match="quantity name"):
        Quantity("two words", "eV")
