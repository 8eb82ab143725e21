"""Campaigns of the tests' own: any folder, one FunctionOracle, the shipped library."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Before the first import of numpy or tblite, as in the workers: with two threads tblite is slower,
# and sums in an order of its own, so that a search over many relaxations is another one every time.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

CAMPAIGN = """# @package _global_
defaults:
  - override /tracking: none
  - _self_
name: mine
rounds: 3
batch: 4
pool: {library: 200, generated: 50}
generators: {gflownet: {steps: 2, batch: 16, replayed: 16, children: 2}, library: {subsample: 200}}
oracles:
  score: {_target_: oracles.function.FunctionOracle, function: "my_scores:polarity", quantity: score, unit: "1", cost: 0.01, timeout_s: 5}
objective:
  goals:
    score: {kind: maximize, low: 0.0, high: 1.0}
"""

FUNCTION = """import os, time
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

def polarity(smiles):
    with open(os.path.join(os.path.dirname(__file__), "calls.log"), "a") as file:
        file.write(smiles + "\\n")
    time.sleep(0.02)
    mol = Chem.MolFromSmiles(smiles)
    return min(1.0, rdMolDescriptors.CalcTPSA(mol) / mol.GetNumHeavyAtoms() / 30)
"""


class Mine:
    """A user's folder with a campaign and a function, and the commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        (folder / "conf" / "campaign").mkdir(parents=True)
        self.write(CAMPAIGN)
        (folder / "conf" / "my_scores.py").write_text(FUNCTION)

    def write(self, text: str) -> None:
        (self.folder / "conf" / "campaign" / "mine.yaml").write_text(text, encoding="utf-8")

    def arguments(self, *more: str) -> list[str]:
        return [
            "--config-dir",
            str(self.folder / "conf"),
            "+campaign=mine",
            f"home={self.home}",
            *more,
        ]

    def start(self, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "loop", *self.arguments(*more)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )

    def run(self, *more: str) -> tuple[int, str]:
        process = self.start(*more)
        text, _ = process.communicate(timeout=300)
        return process.returncode, text

    def calls(self) -> list[str]:
        log = self.folder / "conf" / "calls.log"
        return log.read_text().split() if log.exists() else []

    def exported(self) -> list[dict[str, str]]:
        code, text = self.run("do=export", f"do.file={self.folder / 'out.csv'}")
        assert code == 0, text
        with (self.folder / "out.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--data", help="folder of public databases, for the tests marked data")


@pytest.fixture
def mine(tmp_path: Path) -> Mine:
    folder = tmp_path / "연구 (campaign)"
    folder.mkdir()
    return Mine(folder)
