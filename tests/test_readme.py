"""The commands of the README run, with tiny budgets."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.ko.md"]
TINY = [
    "rounds=1", "batch=2", "tracking=none", "pool.library=40", "pool.generated=20",
    "filters.rules.heavy_atoms.high=5",
]  # fmt: skip


def commands(text):
    """Command lines inside the plain code blocks, without their comments."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    lines = [
        line.split("#")[0].strip()
        for kind, block in blocks
        if not kind
        for line in block.splitlines()
    ]
    return [line for line in lines if line.startswith("python -m ")]


def python(arguments, folder):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fill_in(sheet, target):
    """What a person would measure: controls live for 100 hours, all others for 250."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        hours = "100" if row["is_control"] == "1" else "250"
        row |= {"lifetime_h": hours, "censored": "0", "end_reason": "hard_short"}
    with target.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def test_both_readmes_give_the_same_commands():
    english, korean = (commands(path.read_text(encoding="utf-8")) for path in READMES)
    assert english == korean
    assert len(english) >= 8


def test_the_zinc_commands_of_the_readme_run(tmp_path):
    (tmp_path / "mine.csv").write_text("smiles\nCC#N\n", encoding="utf-8")
    (tmp_path / "zinc250k.csv").write_text("smiles,logP,qed,SAS\nOCCO,-1,0,0\nCC#N,0,0,0\n")
    listed = [
        line
        for line in commands(READMES[0].read_text(encoding="utf-8"))
        if "zn_anode" in line or "molecules" in line.split()[2]
    ]
    for line in listed:
        arguments = line.split()[1:]
        if "do=simulate" in line:
            continue  # needs at least two batches of labels: tests/loop/test_simulate.py
        if "--cfg" not in arguments and "loop" in arguments:
            arguments = [a for a in arguments if not a.startswith("rounds=")] + TINY
        if "do.file=march.csv" in arguments:
            fill_in(tmp_path / "experiments/zn_anode/lab/results-R001.csv", tmp_path / "march.csv")
        python(arguments, tmp_path)
    assert (tmp_path / "experiments/zn_anode/report/report.html").exists()
    assert "OCCO" in (tmp_path / "experiments/zn_anode/screen/shortlist.csv").read_text()
    assert "CC#N" in (tmp_path / "labels.csv").read_text(encoding="utf-8") or len(listed) > 3


def test_the_users_own_campaign_of_the_readme_runs(tmp_path):
    text = READMES[0].read_text(encoding="utf-8")
    campaign = re.search(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "FOLDER" / "campaign").mkdir(parents=True)
    (tmp_path / "FOLDER" / "campaign" / "mine.yaml").write_text(campaign[1], encoding="utf-8")
    (tmp_path / "FOLDER" / "my_scores.py").write_text(
        "def polarity(smiles):\n    return smiles.count('O') / 10\n"
    )
    line = next(line for line in commands(text) if "--config-dir" in line)
    out = python(
        [*line.split()[1:], "rounds=2", "batch=3", "tracking=none", "generators.gflownet=null"],
        tmp_path,
    )
    assert "report:" in out


@pytest.mark.parametrize("path", READMES, ids=lambda p: p.name)
def test_links_of_the_readme_point_at_files(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/data/*.md")) + READMES, ids=str)
def test_no_placeholder_is_left_in_a_text(path):
    assert not re.search(r"@@|@[A-Z_]+@", path.read_text(encoding="utf-8"))
