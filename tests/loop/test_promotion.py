"""A campaign of two tiers, on tables: everything but the chemistry is real."""

import csv
from dataclasses import replace

import pytest
import torch
from rdkit.Chem import GraphDescriptors
from scipy.stats import norm

from generators.library import LibraryProposer
from loop.acquisition import BatchAcquisition
from loop.budget import Budget, Limit, Spend
from loop.campaign import Campaign
from loop.knowledge import gather
from loop.objective import Goal, Objective
from loop.pool import PoolSize
from loop.promotion import AUDIT, MAY_CHANGE, NEAREST, Promotion, gain, log_gain
from loop.report.readings import tiered
from loop.report.tables import candidates_csv
from loop.standing import standing
from loop.tables import status_table
from loop.tiers import Tiers
from molecules import Failure, Label, Molecule, Quantity
from molecules.filters import Filters
from molecules.rows import Record
from molecules.store import Store
from oracles.base import Cost, OracleUnavailableError
from oracles.table import TableOracle
from surrogates.gp import GaussianProcess

CHAINS = ("C", "CC", "CCC", "CC(C)", "C1CC1", "CCOC", "CC(F)", "CCCCC")
GROUPS = ("O", "N", "C#N", "C(=O)O", "C(N)=O", "S(C)(=O)=O")
MOLECULES = sorted({Molecule.from_smiles(c + g) for c in CHAINS for g in GROUPS})
OBJECTIVE = Objective({"score": Goal("score", "window", 1.0, 1.2, softness=0.5, tier="low")})
BATCH, PER_ROUND = 6, 2


def low(molecule):
    return float(GraphDescriptors.BertzCT(molecule.rdkit)) / 100


def high(molecule):
    return 5.0 + 0.9 * low(molecule) + 0.1 * ("S" in molecule.smiles)


@pytest.fixture
def files(tmp_path):
    with (tmp_path / "table.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["smiles", "quantity", "value", "std", "oracle"])
        for m in MOLECULES:
            rows.writerow([m.smiles, "score", low(m), 0.01, "low"])
            rows.writerow([m.smiles, "score", high(m), 0.01, "high"])
    (tmp_path / "library.smi").write_text("\n".join(m.smiles for m in MOLECULES) + "\n")
    return tmp_path


def campaign(files, store, **limits):
    oracles = {
        name: TableOracle(
            files / "table.csv", {"score": "1"}, name=name, tier=tier, cost=cost, rows_of=name
        )
        for name, tier, cost in (("high", 2, 100.0), ("low", 1, 1.0))
    }
    tiers = Tiers.of(OBJECTIVE, oracles)
    costs = {name: o.cost for name, o in oracles.items()}
    return Campaign(
        name="ladder",
        objective=OBJECTIVE,
        oracles=oracles,
        tiers=tiers,
        surrogate=GaussianProcess(("score",), ladders=tiers.ladders),
        generators={"library": LibraryProposer(Filters({}), path=files / "library.smi")},
        acquisition=BatchAcquisition(OBJECTIVE, {"low": costs["low"]}, samples=32),
        promotion=Promotion(OBJECTIVE, tiers, costs),
        filters=Filters({}),
        store=store,
        budget=Budget(tiers={"high": Limit(per_round=PER_ROUND, **limits)}),
        pool=PoolSize(100, 0),
        batch=BATCH,
        seed=0,
    )


class Halt(BaseException):
    """Stands for Ctrl-C."""


def test_an_upper_tier_that_cannot_answer_says_how_to_go_on_without_it(files):
    store = Store.open(files / "store.db")
    campaign(files, store).round()
    broken = campaign(files, store)

    def query(molecules):
        raise OracleUnavailableError("its reference ran out of memory")
        yield

    broken.oracles["high"].query = query
    with pytest.raises(OracleUnavailableError, match=r"ran out of memory; .*oracles\.high=null"):
        broken.round()
    store.close()


def test_a_campaign_promotes_a_few_of_every_round_and_resumes(files, caplog):
    store = Store.open(files / "store.db")
    for number in (1, 2, 3):
        chosen = campaign(files, store).round()
        asked = [c.oracle for c in chosen]
        assert asked.count("low") == BATCH
        assert asked.count("high") == (PER_ROUND if number > 1 else 0)
    candidates = store.candidates()
    low_round = {c.molecule: n for n, c in candidates if c.oracle == "low"}
    promoted = [(n, c) for n, c in candidates if c.oracle == "high"]
    assert all(low_round[c.molecule] < n for n, c in promoted)
    assert len({c.molecule for _, c in promoted}) == 4
    assert all(c.source == "library" and c.why.startswith("promoted") for _, c in promoted)
    last = promoted[-1][1]  # what this oracle was expected to say, on its own scale
    assert last.mean["score"] == pytest.approx(high(last.molecule), abs=0.4)
    rounds = store.rounds()
    assert "surrogate/coverage_90/high" in rounds[-1].metrics

    stopped = campaign(files, store)
    stopped.oracles["low"].query = lambda molecules: (_ for _ in ()).throw(Halt())
    with pytest.raises(Halt):
        stopped.round()
    n_calls = Spend.of(store.records()).calls["high"]
    again = campaign(files, store).round()
    assert again == [c for n, c in store.candidates() if n == 4]
    assert Spend.of(store.records()).calls == {"low": 4 * BATCH, "high": 3 * PER_ROUND}
    assert n_calls == 3 * PER_ROUND  # the promoted were asked before the halt, and only once

    tiers = campaign(files, store).tiers
    where = standing("two tiers", OBJECTIVE, store, tiers=tiers)
    assert tiered(where) == [("score", "high"), ("score", "low")]
    for entry in where.entries:
        by_high = {a.oracle: a for a in entry.answers}.get("high")
        assert entry.labels["score"].oracle == ("high" if by_high else "low")
        assert entry.labels["score"].value == pytest.approx(low(entry.molecule), abs=0.3)
    table = list(csv.DictReader(candidates_csv(where).splitlines()))
    assert {"score_value", "score_std", "score_oracle", "score_high", "score_low"} <= set(table[0])
    for row in table:
        assert float(row["score_low"]) == pytest.approx(low(Molecule(row["smiles"])))
        assert (row["score_high"] != "") == (row["score_oracle"] == "high")
    assert "tiers of score: high = " in status_table(where, store.records())

    before = {e.molecule: e.score for e in where.entries}
    (link,) = where.links
    newcomer = next(e for e in where.entries if e.labels["score"].oracle == "low")
    told = link.offset + link.slope * newcomer.labels["score"].value
    store.add(Label(newcomer.molecule, Quantity("score", "1"), told, 0.01, "high"))
    after = standing("two tiers", OBJECTIVE, store, tiers=tiers)
    assert {e.molecule for e in after.entries} == set(before)
    for entry in after.entries:
        assert entry.score == pytest.approx(before[entry.molecule], abs=0.02)
    store.close()


def answers(molecules, oracle, function):
    score = Quantity("score", "1")
    return [Label(m, score, function(m), 0.01, oracle) for m in molecules]


def promote(files, outcomes, n):
    (files / "store.db").unlink(missing_ok=True)
    store = Store.open(files / "store.db")
    for outcome in outcomes:
        store.add(outcome, 1, "library")
    known = sorted(gather(store.records()), key=lambda k: k.molecule)
    job = campaign(files, store)
    job.surrogate.fit([o for o in outcomes if isinstance(o, Label)], [])
    store.close()
    generator = torch.Generator().manual_seed(0)
    return job.promotion.select("high", job.surrogate, known, n, generator)


def test_only_what_the_tier_below_has_answered_is_promoted_and_only_once(files):
    failed, done, ready = MOLECULES[0], MOLECULES[1:3], MOLECULES[3:6]
    outcomes = [
        Failure(failed, "low", "scf_failed", "", "score"),
        *answers(MOLECULES[1:6], "low", low),
        *answers(done[:1], "high", high),
        Failure(done[1], "high", "timeout", ""),
    ]
    chosen = promote(files, outcomes, 10)
    assert {c.molecule for c in chosen} == set(ready)
    assert promote(files, outcomes[:1], 10) == []
    assert promote(files, outcomes, 0) == []


def test_every_seventh_promotion_is_an_audit(files):
    chosen = promote(files, answers(MOLECULES[:20], "low", low), 2 * AUDIT)
    audits = [place for place, c in enumerate(chosen, 1) if "audit" in c.why]
    assert audits == [AUDIT, 2 * AUDIT]
    assert len({c.molecule for c in chosen}) == 2 * AUDIT


def test_the_likely_best_is_worth_more_than_the_hopeless(files):
    first = promote(files, answers(MOLECULES, "low", low), 1)[0].molecule
    distance = sorted(MOLECULES, key=lambda m: max(1.0 - low(m), low(m) - 1.2, 0.0))
    assert first in distance[: len(distance) // 2]


def test_the_gain_is_what_a_table_of_outcomes_says():
    samples = torch.tensor([[0.2, 0.9, 0.5], [0.4, 0.3, 0.5]], dtype=torch.float64)
    scores = samples.mean(0)
    best = float(scores.max())
    for i in range(3):
        others = max(float(s) for j, s in enumerate(scores) if j != i)
        expected = sum(max(float(x), others) for x in samples[:, i]) / 2 - best
        assert float(gain(samples, scores)[i]) == pytest.approx(expected)


class Believed:
    """A surrogate that believes the same given thing of each quantity, by molecule."""

    def __init__(self, beliefs, n_quantities):
        self.beliefs, self.n_quantities = beliefs, n_quantities

    def predict(self, molecules, oracle=None):
        both = torch.tensor([self.beliefs[m] for m in molecules], dtype=torch.float64)
        return tuple(x.expand(-1, self.n_quantities) for x in (both[:, :1], both[:, 1:]))


def promoted(beliefs, n, outcomes=(), can_answer=None):
    """Molecule and reason of what is promoted; `beliefs` about a score that is to be large.

    With `outcomes` it is to have a gap too, of which another oracle tells.
    """
    names = ("score", "gap") if outcomes else ("score",)
    goals = {name: Goal(name, "maximize", 0.0, 1.0) for name in names}
    objective = Objective(goals)
    asked = {"low": (1, "score"), "high": (2, "score"), "other": (1, "gap")}
    oracles = {
        name: TableOracle("no.csv", {quantity: "1"}, name=name, tier=tier)
        for name, (tier, quantity) in asked.items()
    }
    tiers, costs = Tiers.of(objective, oracles), {"high": Cost(100.0)}
    promotion = Promotion(objective, tiers, costs, {"high": can_answer} if can_answer else {})
    told = [Label(m, SCORE, mean, 0.0, "low") for m, (mean, _) in beliefs.items()]
    known = gather([record(i, outcome) for i, outcome in enumerate([*told, *outcomes])])
    generator = torch.Generator().manual_seed(0)
    surrogate = Believed(beliefs, len(names))
    chosen = promotion.select("high", surrogate, known, n, generator)
    return [(c.molecule, c.why.removeprefix("promoted: ")) for c in chosen]


SCORE = Quantity("score", "1")


def record(number, outcome):
    return Record(number, outcome, 1, "", "", "", "", "", None, "", "", 0.0, 0.0)


def test_of_molecules_that_no_sample_lifts_to_the_leader_the_nearest_is_promoted_and_says_so():
    best, far, farther, near = MOLECULES[:4]
    beliefs = {best: (0.9, 0.0), far: (0.5, 0.01), farther: (0.4, 0.01), near: (0.6, 0.01)}
    assert promoted(beliefs, 3) == [(near, NEAREST), (far, NEAREST), (farther, NEAREST)]
    beliefs[farther] = (0.4, 0.3)
    assert promoted(beliefs, 2) == [(farther, MAY_CHANGE), (near, NEAREST)]


def test_a_molecule_that_the_oracle_is_not_good_for_is_not_promoted():
    best, far, _, near = MOLECULES[:4]
    beliefs = {best: (0.9, 0.0), far: (0.5, 0.01), near: (0.6, 0.01)}
    assert promoted(beliefs, 3, can_answer=lambda m: m != near) == [(far, NEAREST)]


def test_a_score_that_no_answer_moves_is_asked_about_in_audits_only():
    certain = {m: (i / 100, 0.0) for i, m in enumerate(MOLECULES[:20])}
    assert [why[:5] for _, why in promoted(certain, 2 * AUDIT)] == ["audit", "audit"]
    assert promoted(certain, AUDIT - 1) == []
    certain[MOLECULES[4]] = (0.04, 0.01)
    assert promoted(certain, AUDIT - 1) == [(MOLECULES[4], NEAREST)]


def test_a_molecule_that_cannot_be_ranked_is_not_promoted():
    crashed, ionic, whole = MOLECULES[:3]
    told = [
        Failure(crashed, "other", "crashed", "", "gap"),
        Failure(ionic, "other", "not_applicable", "", "gap"),
        Label(whole, Quantity("gap", "1"), 0.5, 0.0, "other"),
    ]
    beliefs = {m: (0.5, 0.1) for m in MOLECULES[:3]}
    assert {m for m, _ in promoted(beliefs, 3, told)} == {ionic, whole}


def test_the_log_of_the_gain_is_graded_where_the_gain_itself_is_nothing():
    z = torch.linspace(-3.0, 3.0, 101, dtype=torch.float64).unsqueeze(-1)
    scores = torch.tensor([0.9, 0.7, 0.3, 0.3, 0.2], dtype=torch.float64)
    samples = scores + z * torch.tensor([0.0, 0.01, 0.01, 0.02, 0.0], dtype=torch.float64)
    assert torch.equal(gain(samples, scores), torch.zeros(5, dtype=torch.float64))
    best, near, far, open_far, certain = log_gain(samples, scores).tolist()
    assert near > open_far > far > best == certain == -torch.inf


def test_the_log_of_the_gain_bounds_that_of_a_normal_score():
    std, u = 0.1, torch.linspace(0.0, 8.0, 30, dtype=torch.float64)
    z = torch.linspace(-1.0, 1.0, 101, dtype=torch.float64).unsqueeze(-1)
    z = z / z.std(correction=0)
    scores = torch.cat([torch.ones(1).double(), 1.0 - std * u])
    bound = log_gain(scores + std * z, scores)[1:].exp() / (2 * torch.pi) ** 0.5
    exact = std * torch.tensor(norm.pdf(u) - u.numpy() * norm.sf(u))
    assert (bound >= exact).all() and (bound < 1.5 * exact).all()
    assert float(bound[0]) == pytest.approx(float(exact[0]))


def test_a_dear_tier_is_asked_no_more_than_its_calls(files):
    store = Store.open(files / "store.db")
    job = campaign(files, store, calls=3)
    for _ in range(4):
        job.round()
    assert Spend.of(store.records()).calls["high"] == 3
    used_up = replace(job, budget=Budget(Limit(calls=4 * BATCH + 3), job.budget.tiers))
    assert used_up.round() == []
    store.close()
