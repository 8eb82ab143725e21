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


def test_a_folder_of_tranches_is_one_source_and_replacing_is_said(command, tmp_path):
    tranches = tmp_path / "tranches"
    (tranches / "AA").mkdir(parents=True)
    (tranches / "AA" / "AAAA.smi").write_text("smiles zinc_id\nOCCO ZINC1\nCCO ZINC2\n")
    (tranches / "BB.smi").write_text("OCCO ZINC3\n")
    (tranches / ".DS_Store").write_bytes(b"\0")
    code, out, err = command("do=harvest", "source=zinc", f"source.path={tranches}")
    assert code == 0, err
    assert "takes the place" not in out
    code, out, err = command("do=harvest", "source=zinc", f"source.path={tranches / 'BB.smi'}")
    assert code == 0 and "takes the place of zinc" in out and "(2 molecules)" in out
    (tmp_path / "empty").mkdir()
    code, out, err = command("do=harvest", "source=zinc", f"source.path={tmp_path / 'empty'}")
    assert code == 1 and "without files" in err


def test_damaged_files_of_the_library_are_named_or_made_again(command, tmp_path):
    (tmp_path / "zinc.csv").write_text(ZINC)
    command("do=harvest", "source=zinc", "source.path=zinc.csv")
    (tmp_path / "library" / "library.parquet").write_text("garbage")
    code, out, err = command("do=find", "do.smiles=OCCO")
    assert code == 0 and "Crippen, by RDKit" in out, err
    (tmp_path / "library" / "sources" / "zinc.parquet").write_text("garbage")
    code, out, err = command()
    assert code == 1 and "zinc.parquet" in err and "Traceback" not in err


def test_a_drawing_is_found_as_a_harvest_writes_it(command, tmp_path):
    (tmp_path / "zinc.csv").write_text(ZINC)
    command("do=harvest", "source=zinc", "source.path=zinc.csv")
    code, out, _ = command("do=find", "do.smiles=C[S+](C)[O-]")
    assert code == 0 and "row 4" in out


def test_two_columns_of_one_name_are_refused(command, tmp_path):
    (tmp_path / "mine.csv").write_text("smiles,gap,gap\nOCCO,1,2\n")
    own = ("source=table", "source.name=mine", "source.path=mine.csv")
    code, out, err = command("do=harvest", *own)
    assert code == 1 and "two columns gap" in err


@pytest.mark.parametrize("name", ["1,3-dioxolane", "염화나트륨", "5'-adenylic acid", "a (b)"])
def test_a_name_is_typed_as_it_is(command, tmp_path, name):
    (tmp_path / "mine.csv").write_text(f'smiles,이름 (1)\nOCCO,"{name}"\n', encoding="utf-8")
    own = ("source=table", "source.name=mine", "source.path=mine.csv")
    code, out, err = command("do=harvest", *own, "source.identifier=이름 (1)")
    assert code == 0, err
    code, out, err = command("do=find", f"do.name={name}")
    assert code == 0 and "OCCO" in out, err
