"""python -m molecules, as a user types it."""

import sys

import pytest

from molecules.command import run_command

ZINC = "smiles,logP,qed,SAS\nOCCO,-1.0,0.3,1.9\nC1CC,0,0,0\nC[S+](C)[O-],-0.6,0.3,2.8\n"


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["molecules", *arguments, "processes=1"])
        monkeypatch.chdir(tmp_path)
        code = run_command()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_harvest_status_find_and_export(command, tmp_path):
    folder = tmp_path / "내 자료 (1)"
    folder.mkdir()
    (folder / "zinc.csv").write_text(ZINC, encoding="utf-8")
    code, out, err = command("do=harvest", "source=zinc", f"source.path={folder / 'zinc.csv'}")
    assert code == 0, err
    assert "smiles does not parse" in out and "row 3" in out
    code, out, _ = command()
    assert code == 0 and "logp" in out and "Crippen, by RDKit" in out
    code, out, _ = command("do=find", "do.smiles=C(O)CO")
    assert code == 0
    for words in ("OCCO", "Crippen, by RDKit", "filters: passes", "reported additive"):
        assert words in out
    code, out, _ = command("do=find", "do.smiles=CS(C)=O")
    assert code == 0 and "row 4" in out
    code, _, _ = command("do=export", "do.file=all values.csv")
    assert code == 0 and (tmp_path / "all values.csv").read_text().count("\n") == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["do=plan"], "harvest, status, find, export"),
        (["do=status"], "do=harvest"),
        (["do=harvest"], "source=qm9"),
        (["do=harvest", "source=zinc"], "source.path"),
        (["do=harvest", "source=zinc", "source.path=nowhere.csv"], "nowhere.csv"),
        (["do=harvest", "source=zink", "source.path=x"], "zink"),
        (["do=find"], "do.smiles"),
        (["do=find", "do.smiles=C1CC"], "valid SMILES"),
    ],
)
def test_a_mistake_is_one_clear_line(command, arguments, words):
    code, out, err = command(*arguments)
    lines = [line for line in err.splitlines() if line.startswith("error:")]
    assert code == 1 and len(lines) == 1 and words in lines[0], (out, err)
    assert "Traceback" not in err
