"""The funnel of do=screen: counts that add up, resumes, and ends in a shortlist."""

import json

import polars as pl
import pytest
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

from generators.library import LibraryProposer
from loop.home import HomeError
from loop.home import one_run as one_run_of
from loop.making import CampaignError
from loop.schema import register
from loop.screening.screen import Screen, key_of, sift
from loop.screening.shortlist import Shortlist
from loop.screening.sift import PropertyLimit, Sieve
from loop.screening.verb import screen
from molecules import Molecule
from molecules.database import Database
from molecules.filters import FormAt, Funnel, OrganicSpecies
from molecules.library import Library
from molecules.sources.table import Table
from surrogates.properties import PropertyModel, TooFewError

DRAWN = ("OCCO", "CC(=O)O", "CC(=O)[O-].[Na+]", "CCCCCCCCCC", "NC(N)=O", "C[N+](C)(C)C.[Cl-]")


@pytest.fixture(scope="module")
def starter():
    return list(Library.starter().molecules)[::25]


@pytest.fixture(scope="module")
def model(starter):
    values = [float(m.rdkit.GetNumAtoms()) for m in starter]
    return PropertyModel.learn("gap", "a count", starter, values)


def composed(*overrides):
    register()
    with initialize_config_module("conf", version_base="1.3"):
        return compose("loop", ["+campaign=zn_anode", *overrides])


def settings(**changes):
    cfg = composed()
    for key, value in changes.items():
        cfg.screen[key] = value
    return instantiate(cfg.screen), instantiate(cfg.filters)


def test_salts_and_acids_are_looked_at_as_they_are_in_the_electrolyte():
    funnel = Funnel({"salts": OrganicSpecies(), "form": FormAt(7.0)})
    survivors, counts = funnel.sift(map(Molecule.from_smiles, DRAWN))
    found = {s.drawn.smiles: (s.molecule.smiles, s.changes) for s in survivors}
    assert found["CC(=O)[O-].[Na+]"][0] == found["CC(=O)O"][0] == "CC(=O)[O-]"
    assert "came with 1 [Na+]" in found["CC(=O)[O-].[Na+]"][1]
    assert [c.changed for c in counts] == [2, 1] and counts[-1].passed == len(DRAWN)


def test_every_stage_starts_with_what_the_one_before_let_through():
    screen_, filters = settings()
    funnel = Funnel(screen_.stages(filters))
    survivors, counts = funnel.sift(map(Molecule.from_smiles, DRAWN))
    assert all(a.passed == b.entered for a, b in zip(counts, counts[1:], strict=False))
    assert counts[0].entered == len(DRAWN) and counts[-1].passed == len(survivors)
    assert set(filters.rules) < {c.stage for c in counts}
    assert "CCCCCCCCCC" not in {s.smiles for s in (one.molecule for one in survivors)}


def test_a_model_predicts_what_it_has_not_seen_and_knows_how_well(model):
    assert model.quality.spearman > 0.9 and model.quality.mean_absolute_error < 1.5
    mean, std = model.predict([Molecule.from_smiles("OCCCCCO"), Molecule.from_smiles("C" * 40)])
    assert abs(mean[0] - 7) < 3 * std[0]
    assert std.min() >= model.error


def test_too_little_is_not_learned_from(starter):
    with pytest.raises(TooFewError, match="200"):
        PropertyModel.learn("gap", "x", starter[:50], [1.0] * 50)


def test_a_limit_rejects_only_what_is_surely_outside(model):
    limit = PropertyLimit(model, low=5.0, n_std=1.0)
    assert limit.reason(4.5, 1.0) is None and limit.reason(7.0, 1.0) is None
    assert "predicted gap 3.00 +- 1.00 < 5.00" in limit.reason(3.0, 1.0)


def test_one_worker_or_two_and_a_stop_in_between_give_the_same(tmp_path, model, monkeypatch):
    monkeypatch.setattr("loop.screening.screen.CHUNK", 40)
    smiles = [m.smiles for m in Library.starter().molecules[:120]]
    screen_, filters = settings()
    sieve = Sieve(Funnel(screen_.stages(filters)), {"gap": PropertyLimit(model, low=6.0)})
    whole = sift(sieve, smiles, tmp_path / "a", 1, "key")
    again = sift(sieve, smiles, tmp_path / "b", 2, "key")
    part = tmp_path / "b" / "parts" / "000000040.json"
    part.unlink()
    resumed = sift(sieve, smiles, tmp_path / "b", 1, "key")
    for other in (again, resumed):
        assert other.survivors.equals(whole.survivors)
        assert [vars(c) for c in other.counts] == [vars(c) for c in whole.counts]
    assert whole.counts[-1].stage == "predicted gap" and whole.survivors["gap"].is_finite().all()


def test_answers_of_another_funnel_are_not_taken_for_ones_own(tmp_path, model):
    smiles = ["OCCO", "CCCCCCCCCC"]
    screen_, filters = settings()
    sift(Sieve(Funnel(screen_.stages(filters))), smiles, tmp_path, 1, "with filters")
    open_ = sift(Sieve(Funnel({"salts": OrganicSpecies()})), smiles, tmp_path, 1, "open")
    assert open_.survivors.height == 2


def test_the_shortlist_is_distinct_unlike_and_ordered():
    survivors = pl.DataFrame(
        {
            "smiles": ["OCCO", "OCCO", "OCCCO", "OCC(O)CO", "NC(N)=O", "CC#N"],
            "drawn": list("abcdef"),
        }
    ).with_columns(changes=pl.lit(""))
    screen_, _ = settings(shortlist=3)
    chosen, counts = screen_.shortlister({}).choose(survivors)
    assert [c.stage for c in counts] == ["duplicates", "too alike", "shortlist length"]
    assert counts[0].passed == 5 and chosen.height == 3
    assert chosen["score"].is_sorted(descending=True) and chosen["smiles"].is_unique().all()
    everything, _ = Shortlist({}, 10, 1.0).choose(survivors)
    assert everything.height == 5 and set(everything["score"]) == {1.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"predicted": {"gapp": {"low": 1.0}}},
        {"predicted": {"gap": {"lower": 1.0}}},
        {"goals": {"gap": {"kind": "maximize", "low": 0, "high": 1}}, "predicted": {}},
    ],
)
def test_a_misspelt_screen_is_refused(changes):
    cfg = composed()
    cfg.screen.update(changes)
    with pytest.raises(Exception, match="expected") as error:
        instantiate(cfg.screen)
    assert isinstance(error.value.__cause__, CampaignError)


def test_screen_learns_writes_its_files_and_the_proposer_offers_the_shortlist(tmp_path, starter):
    table = tmp_path / "values.csv"
    lines = [f"{m.smiles},{m.n_heavy}" for m in starter]
    table.write_text("smiles,gap\n" + "\n".join(lines) + "\n", encoding="utf-8")
    column = {"gap": {"quantity": "gap", "method": "a count"}}
    Database(tmp_path / "library").add(Table(table, name="mine", values=column), 1)
    arguments = (f"home={tmp_path}", f"library={tmp_path / 'library'}", "do=screen")
    cfg = composed(*arguments, "screen.shortlist=50", "workers.count=1")
    screen(cfg)
    folder = tmp_path / "screen"
    names = {"funnel.csv", "funnel.md", "funnel.svg", "shortlist.csv"}
    assert names < {p.name for p in folder.iterdir()}
    assert "Spearman" in (folder / "funnel.md").read_text(encoding="utf-8")
    chosen = pl.read_csv(folder / "shortlist.csv")
    assert chosen.height == 50 and {"gap", "gap_std", "drawn", "flags"} < set(chosen.columns)
    assert json.loads((folder / "parts" / "000000000.json").read_text())[0]["counts"]
    filters = instantiate(cfg.filters)
    proposer = LibraryProposer(filters, shortlist=folder / "shortlist.csv")
    offered = [proposal.molecule.smiles for proposal in proposer.propose(10)]
    assert offered == chosen["smiles"].to_list()[:10]


def test_an_empty_shortlist_leaves_none_behind(tmp_path, capsys):
    for text in ("OCCO\n", "CCCCCCCCCC\n"):
        (tmp_path / "mine.smi").write_text(text)
        home, asked = f"home={tmp_path / 'home'}", f"do.molecules={tmp_path / 'mine.smi'}"
        screen(composed("do=screen", home, asked, f"library={tmp_path / 'none'}"))
    assert not (tmp_path / "home" / "screen" / "shortlist.csv").exists()
    assert "no molecule passed" in capsys.readouterr().out


def test_two_screenings_of_one_home_do_not_mix(tmp_path):
    with one_run_of(tmp_path / "screen"), pytest.raises(HomeError, match="another run"):
        screen(composed("do=screen", f"home={tmp_path}", f"library={tmp_path / 'none'}"))


def test_rules_of_another_version_start_the_screening_anew(monkeypatch):
    before = key_of(Sieve(Funnel({})), "library", [])
    assert before == key_of(Sieve(Funnel({})), "library", [])
    monkeypatch.setattr("loop.screening.screen._rules_version", lambda: "newer")
    assert before != key_of(Sieve(Funnel({})), "library", [])


def test_the_shortlist_holds_nothing_that_the_campaign_refuses():
    screen_, filters = settings()
    drawn = ["CC(CO)=[NH+]CCO", "NN=C(N)N", "OCCO"]
    survivors, _ = Funnel(screen_.stages(filters)).sift(map(Molecule.from_smiles, drawn))
    assert [s.molecule.smiles for s in survivors] == ["OCCO"]


def test_a_file_named_as_the_library_is_what_is_screened(tmp_path):
    (tmp_path / "mine.csv").write_text("smiles\nOCCO\nCCCCCCCCCC\n", encoding="utf-8")
    screen(composed(f"home={tmp_path}", f"library={tmp_path / 'mine.csv'}", "do=screen"))
    chosen = pl.read_csv(tmp_path / "screen" / "shortlist.csv")
    assert chosen["smiles"].to_list() == ["OCCO"]


def test_a_screen_is_a_plain_configuration():
    assert isinstance(settings()[0], Screen)
