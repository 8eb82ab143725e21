"""The dossier of a finalist: form in water, flags, lineage, advice; and the funnel beside it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import standings

from loop.health import measure
from loop.laboratory.finding import Finding
from loop.objective import Goal
from loop.report import Setting, bench
from loop.report.advice import next_steps
from loop.report.cards import card, finalists, formula
from loop.report.flags import flags
from loop.report.forms import water
from loop.report.funnel import read_funnel
from loop.report.html import html
from loop.report.lineage import lineage, reason
from loop.report.markdown import markdown
from loop.report.wording import spoken
from loop.screening.writing import write_funnel
from molecules import VOCABULARY, Label, Molecule
from molecules.filters import Count
from oracles.calibration import OUTSIDE
from oracles.lab.failures import CellEnds


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return standings.stand(tmp_path_factory.mktemp("campaign"))


def entry_of(where, smiles):
    return replace(where.entries[0], molecule=Molecule.from_smiles(smiles))


def test_an_amine_that_water_protonates_is_told_apart_from_its_ion(where):
    amine = water(entry_of(where, "NCCO"), where, 4.5)
    assert not amine.is_asked
    assert amine.form == Molecule.from_smiles("[NH3+]CCO")
    assert [(g.name, g.is_open) for g in amine.groups] == [("alkylammonium", False)]
    assert amine.groups[0].pka.startswith("9.5")
    assert "mostly another species" in amine.verdict
    ion = water(entry_of(where, "[NH3+]CCO"), where, 4.5)
    assert ion.is_asked
    assert ion.parent == "NCCO"
    assert water(entry_of(where, "NCCO"), where, 12.0).is_asked


def test_the_rank_of_the_form_that_is_there_is_told_where_it_was_asked(where):
    ion = entry_of(where, "[NH3+]CCO")
    told = water(entry_of(where, "NCCO"), replace(where, entries=(ion,)), 4.5)
    assert told.twin == ion
    assert f"rank {ion.rank}" in told.verdict


def test_a_pka_close_to_the_ph_is_called_close(where):
    acid = water(entry_of(where, "CC(=O)[O-]"), where, 4.75)
    assert [group.is_open for group in acid.groups] == [True]


def test_flags_name_alerts_failures_and_what_the_literature_reports(where):
    told = " ".join(flags(entry_of(where, "NC(N)=S")))
    assert "Structural alerts" in told
    (ion,) = [e for e in where.entries if e.molecule == Molecule.from_smiles("FC(F)(F)C(=O)[O-]")]
    assert any("no donor atom" in flag for flag in flags(ion))
    assert any("eported additive" in flag for flag in flags(entry_of(where, "NC(N)=O")))
    assert flags(entry_of(where, "OCCCO")) == ()


@pytest.mark.parametrize(
    ("record", "told"),
    [("v1: quinone; neutral; C H O", ""), (f"v1: {OUTSIDE} (x)", "Extrapolated")],
)
def test_a_flag_names_what_is_extrapolated(where, record, told):
    (label, *_) = where.entries[0].answers
    made = replace(label, provenance=replace(label.provenance, calibration=record))
    entry = replace(entry_of(where, "OCCCO"), answers=(made,))
    assert flags(entry) == ()
    found = " ".join(flags(entry, {label.quantity.name}))
    assert found.startswith(told) and (spoken(label.quantity.name) in found) == bool(told)


def test_lineage_tells_generator_parents_round_and_reason(where):
    bred = next(e for e in where.entries if e.source == "genetic")
    told = lineage(bred)
    assert told.origin == "Proposed by genetic from 2 parents:"
    assert [parent.smiles for parent in told.parents] == ["NC=O", "CCO"]
    assert told.choices[0].startswith(f"Round {bred.round}, for xtb: largest expected gain")
    assert lineage(replace(bred, candidates=(), chosen_in=())).choices == (
        "Asked outside the rounds.",
    )


def test_a_reason_is_told_without_the_numbers_that_stand_in_the_table():
    why = "high expected improvement under the preference log_solubility 20 %: predicted score 0.4"
    assert reason(why) == "high expected improvement under the preference log solubility 20 %"


def test_formula_keeps_the_charge():
    assert formula(Molecule.from_smiles("[NH3+]CCO")) == "C2H8NO+, 62.1 g/mol"


def test_every_dossier_has_all_its_parts(where):
    text = html(where)
    n = len(finalists(where))
    for part in ("In water of pH 4.5", "Flags", "Where it comes from", "Bench"):
        assert text.count(f"<dt>{part}</dt>") == n


def test_laboratory_results_have_their_place(where):
    entry = where.entries[0]
    assert bench.bench(entry, where) == ()
    waits = replace(where, requests={entry.molecule: "R003-1: rank 1, untested"})
    assert bench.bench(entry, waits) == ("Asked for in R003-1; no result is imported yet.",)
    assert "no result is imported yet" in html(waits)
    lifetime = VOCABULARY["lifetime_ratio"]
    cells = tuple(
        Label(entry.molecule, lifetime, value, 0.1, "lab", censored, (("additive_molar", 0.1),))
        for value, censored in ((0.4, False), (0.6, False), (0.8, True))
    )
    told = Finding(0.5, 0.7, 0.1, {"lifetime_ratio": (0.55, 0.08)}, cells)
    known = replace(entry, computed=0.8, score=0.75, tested=told)
    ended = replace(where, endings={known.molecule.smiles: CellEnds("", 3, {"soft_short": 2})})
    measured, failed, expected = bench.bench(known, ended)
    assert measured.startswith("lifetime ratio: median +0.60 log10 to the controls in 3 cells at")
    assert "1 of them bounds" in measured
    assert failed == "2 of 3 cells failed (2 soft short)."
    assert "+0.55 +- 0.08" in expected
    assert "50% of the score: 0.80 computed, 0.75 with it" in expected


def test_what_the_bench_has_found_is_said_first(where):
    assert bench.outcome(where) == ""
    goal = Goal("lifetime", "maximize", -0.3, 1.0, quantity="lifetime_ratio")
    tested = []
    for entry, value, oracle in zip(
        where.entries[:3], (0.3, 0.7, 2.0), ("lab", "lab", "paper"), strict=True
    ):
        cells = [
            Label(entry.molecule, VOCABULARY["lifetime_ratio"], value + up, 0.1, oracle, False,
                  (("additive_molar", dose),))
            for dose, ups in ((0.01, (0.0, 0.1, -0.1)), (0.1, (-0.5,)))
            for up in ups
        ]  # fmt: skip
        tested.append(replace(entry, tested=Finding(0.5, 0.7, 0.1, {}, tuple(cells))))
    laboratory = SimpleNamespace(goals=(goal,), name="lab")
    known = replace(where, bench=laboratory, entries=(*tested, *where.entries[3:]))
    said = bench.outcome(known)
    assert said.startswith("The laboratory has tested 2 molecules. Best of them is ")
    assert tested[1].molecule.smiles in said
    assert "lifetime ratio is 5 at 0.01 M (median of 3 cells; 1 is that of cells" in said
    assert said in markdown(known).replace("\\", "")


def test_next_steps_name_what_to_test_and_what_not_to_believe(where):
    health = measure(where)
    cards = [card(entry, where) for entry in finalists(where)]
    steps = next_steps(cards, health)
    assert steps[0].startswith(health.checks[0].advice)
    assert "#1 glycine" in steps[1]
    lone = [card(entry_of(where, "NCCO"), where)]
    assert "changes #1: their numbers" in next_steps(lone, health)[1]
    assert len(next_steps([], health)) <= len(health.checks)


def test_funnel_of_a_screening_is_shown_with_its_counts(where, tmp_path):
    first, second = Count("heavy_atoms", 1000), Count("clogp", 300)
    first.reasons["heavy_atoms > 20"] = 700
    second.reasons["clogp > <2.3>"] = 260
    write_funnel([first, second], [], tmp_path)
    stages = read_funnel(tmp_path)
    assert [(s.name, s.entered, s.passed) for s in stages] == [
        *(("heavy_atoms", 1000, 300), ("clogp", 300, 40)),
    ]
    assert stages[1].reasons == (("clogp > <2.3>", 260),)
    page = html(where, Setting(3.0, tmp_path))
    assert page.count('class="figure"') == html(where).count('class="figure"') + 1
    assert "clogp &gt; &lt;2.3&gt; (260)" in page
    assert "mathdefault" not in page
    assert "at pH 3: 1,000 molecules entered" in page
    assert "| clogp | 300 | 40 | clogp > \\<2.3> (260) |" in markdown(where, Setting(3.0, tmp_path))
    assert read_funnel(tmp_path / "nowhere") == []
