import dataclasses
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


def test_the_statuses_are_those_that_were_agreed_on():
    assert {str(status) for status in Status} == {
        "ok", "not_applicable", "scf_failed", "not_converged", "rearranged", "donor_lost",
        "timeout", "crashed", "unsupported",
    }  # fmt: skip


def test_a_failure_has_no_place_for_a_number():
    assert not {f.name for f in dataclasses.fields(Failure)} & {"value", "std"}


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
