"""TableOracle: says what the file says, and refuses a file that contradicts itself."""

import pytest
from oracle_contract import ETHANOL, UREA, WATER, OracleContract

from molecules import Failure, Label, Status
from oracles.table import TableOracle

TABLE = """smiles,quantity,value,std,unit,oracle,status,reason
OCC,gap,6.5,0.1,eV,xtb,ok,
OCC,score,2,,1,xtb,,
O,gap,,,,xtb,scf_failed,no convergence
NC(N)=O,,,,,xtb,crashed,signal SIGSEGV
C,gap,,,,lab,pending,
"""


def table(tmp_path, text=TABLE, encoding="utf-8", **settings):
    file = tmp_path / "labels.csv"
    file.write_text(text, encoding=encoding)
    return TableOracle(file, {"gap": "eV", "score": "1"}, **settings)


class TestContract(OracleContract):
    @pytest.fixture(scope="class")
    @classmethod
    def oracle(cls, tmp_path_factory):
        oracle = table(tmp_path_factory.mktemp("table"), name="known")
        oracle.open(None, None)
        return oracle

    @pytest.fixture(scope="class")
    @classmethod
    def molecules(cls):
        return [ETHANOL, WATER, UREA]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_it_answers_what_the_table_says(tmp_path, encoding):
    outcomes = list(table(tmp_path, encoding=encoding).query([ETHANOL, WATER, UREA]))
    assert [type(o) for o in outcomes] == [Label, Label, Failure, Failure, Failure, Failure]
    assert [(o.value, o.std) for o in outcomes[:2]] == [(6.5, 0.1), (2.0, 0.0)]
    assert [o.status for o in outcomes[2:]] == [
        Status.SCF_FAILED,
        Status.UNSUPPORTED,
        Status.CRASHED,
        Status.CRASHED,
    ]


def test_it_lists_the_molecules_it_knows(tmp_path):
    assert table(tmp_path).molecules == [ETHANOL, WATER, UREA]


def test_rows_of_one_oracle_can_be_chosen(tmp_path):
    two = TABLE + "OCC,gap,7.1,,eV,dft,ok,\n"
    with pytest.raises(ValueError, match=r"line 7.*rows_of"):
        table(tmp_path, two).open(None, None)
    (gap, _) = table(tmp_path, two, rows_of="dft").query([ETHANOL])
    assert gap.value == 7.1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("smiles,value\nC,1\n", "quantity"),
        ("smiles,quantity,value\nC,gap,1\nC1,gap,1\n", "line 3"),
        ("smiles,quantity,value\nC,gap,nan\n", "finite"),
        ("smiles,quantity,value\nC,gap,\n", "finite"),
        ("smiles,quantity,value,unit\nC,gap,1,hartree\n", "hartree"),
        ("smiles,quantity,value,status\nC,gap,,perhaps\n", "perhaps"),
    ],
)
def test_a_faulty_table_is_refused_with_its_line(tmp_path, text, named):
    with pytest.raises(ValueError, match=named):
        table(tmp_path, text).open(None, None)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"absent\.csv"):
        TableOracle(tmp_path / "absent.csv", {"gap": "eV"}).open(None, None)
