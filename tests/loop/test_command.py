import re
import sys

import pytest

from loop.command import campaigns, run_command


def test_shipped_campaigns_are_listed():
    assert "zn_anode" in campaigns()


@pytest.fixture
def command(mine, monkeypatch, capsys):
    def run(*arguments, campaign=True):
        given_ = mine.arguments(*arguments) if campaign else list(arguments)
        monkeypatch.setattr(sys, "argv", ["loop", *given_])
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.chdir(mine.folder)
        code = run_command()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def says(answer, *words):
    code, out, err = answer
    lines = [line for line in err.splitlines() if line.startswith("error:")]
    assert code == 1, (out, err)
    assert len(lines) == 1, err
    assert "Traceback" not in err
    assert "Error executing job" not in err
    for word in words:
        assert word in lines[0], lines[0]
    return True


def test_without_a_campaign_the_choices_are_named(command):
    assert says(command(campaign=False), "Choose a campaign", "zn_anode", "--config-dir")


def test_an_unknown_campaign_is_named_with_the_known_ones(command):
    assert says(command("+campaign=zn_anodee", campaign=False), "zn_anodee", "zn_anode")


def test_a_misspelt_key_is_refused(command):
    assert says(command("do=plan", "batchh=3"), "batchh")


def test_a_misspelt_key_inside_a_goal_is_refused(command):
    assert says(command("do=plan", "objective.goals.score.lowest=3"), "lowest")


def test_a_wrong_type_is_refused(command):
    assert says(command("do=plan", "rounds=many"), "rounds", "many")


def test_a_verb_that_does_not_exist_is_refused(command):
    assert says(command("do=dance"), "dance", "run")


def test_a_function_that_does_not_import_is_refused(command):
    assert says(
        command("oracles.score.function=no_such_module:f", "do=run"),
        "no_such_module",
        "expected|current folder".split("|")[1],
    )


def test_a_goal_that_no_oracle_answers_is_refused(command):
    answer = command("do=plan", "objective.goals.score.quantity=magic")
    assert says(answer, "magic", "no oracle answers", "score")


def test_a_goal_of_another_tier_is_refused(command):
    assert says(command("do=plan", "objective.goals.score.tier=dft"), "dft", "score")


def test_a_home_that_cannot_be_written_is_refused(command, mine):
    (mine.folder / "file").write_text("")
    assert says(command("do=run", f"home={mine.folder / 'file' / 'home'}"), "home", "writable")


def test_smiles_that_do_not_parse_are_refused_with_their_row_and_nothing_is_asked(command, mine):
    table = mine.folder / "분자 (1).csv"
    table.write_text("name,smiles\na,CCO\nb,C1CC\n", encoding="utf-8")
    assert says(command("do=ask", f"do.molecules={table}", "do.oracle=score"), "row 3", "C1CC")
    assert mine.calls() == []


def test_a_missing_argument_is_named(command):
    assert says(command("do=ask", "do.oracle=score"), "do.molecules")


def test_status_before_the_first_run_says_so(command):
    assert says(command("do=status"), "run the campaign first")


def test_a_sweep_of_run_is_refused(command):
    assert says(command("-m", "seed=0,1", "do=run"), "simulate")


def test_plan_shows_everything_and_then_says_which_oracle_is_not_ready(command):
    code, out, err = command("do=plan", "oracles.score.function=no_such_module:f")
    assert code == 1 and "goals:" in out
    assert "no_such_module" in err.splitlines()[-1] and err.splitlines()[-1].startswith("error:")


def test_plan_shows_what_the_budget_leaves(command):
    code, out, _ = command("do=plan", "+budget.tiers.score.calls=5")
    assert code == 0 and "5 molecules to ask (the budget ends before 12)" in out
    assert says(command("do=plan", "+budget.tiers.score.cals=5"), "cals")


def test_plan_counts_what_a_round_may_ask(command):
    for limit in ("budget.per_round=1", "+budget.tiers.score.per_round=1"):
        code, out, _ = command("do=plan", "rounds=4", "batch=3", limit)
        assert code == 0 and "4 molecules to ask (the budget ends before 12)" in out


def test_a_limit_of_the_wrong_shape_is_refused(command):
    expected = "budget.tiers.score.per_round=2"
    assert says(command("do=plan", "+budget.tiers.score=2"), "budget.tiers.score=2", expected)
    assert says(command("do=plan", "budget.calls=-1"), "calls=-1", "none below 0")


def test_the_rounds_of_another_campaign_are_not_taken_for_ones_own(command):
    assert command("rounds=1", "home=here")[0] == 0
    assert says(
        command("rounds=2", "home=here", "name=other"), "campaign mine", "other", "home=DIR"
    )


def test_plan_shows_the_fixed_cost_and_the_one_learned_from_run_times(command):
    def costs():
        code, out, err = command("do=plan", "oracles.score.cost=30.0")
        assert code == 0, err
        header, row, *_ = (x for x in out.splitlines() if x.startswith(("oracle ", "score ")))
        cells = dict(zip(re.split(r"\s{2,}", header), re.split(r"\s{2,}", row), strict=True))
        return cells["s/molecule fixed"], cells["s/molecule learned"]

    assert costs() == ("30.0", "not yet")
    assert command("rounds=1")[0] == 0
    fixed, learned = costs()
    assert fixed == "30.0" and 0 <= float(learned) < 10


def test_plan_asks_no_oracle_and_creates_nothing(command, mine):
    code, out, err = command("do=plan")
    assert code == 0, err
    assert "score" in out
    assert mine.calls() == []
    assert not mine.home.exists()


def test_ask_remembers_and_asks_once(command, mine):
    table = mine.folder / "mine.smi"
    table.write_text("OCCO glycol\nOCC(O)CO\n")
    for _ in range(2):
        code, out, err = command("do=ask", f"do.molecules={table}", "do.oracle=score")
        assert code == 0, err
        assert "OCCO" in out
    assert len(mine.calls()) == 2


def test_more_bad_input_is_one_clear_line_each(command, mine):
    table = mine.folder / "no structures.csv"
    table.write_text("name,quantity,value\na,score,1\n", encoding="utf-8")
    assert says(command("do=plan", f"library={mine.folder / 'missing.csv'}"), "missing.csv")
    assert says(command("do=plan", "filters.rules.heavy_atoms.high=abc"), "abc", "number")
    assert says(command("do=simulate", f"do.file={table}"), "smiles")
    assert says(command("do=run", "budget.calls=-x"), "budget")


def test_an_oracles_name_is_its_key(command, mine):
    code, _, err = command("do=run", "+oracles.score.name=other", "rounds=1", "budget.calls=3")
    assert code == 0, err
    assert len(mine.calls()) == 3
