import pytest
import torch
from rdkit.Chem import GraphDescriptors

from generators.base import Proposal
from loop.acquisition import BatchAcquisition
from loop.budget import Allowance
from loop.objective import Goal, Objective
from loop.rules import Rules
from molecules import Candidate, Failure, Label, Molecule, Quantity
from oracles.base import Cost
from surrogates.features import featurise, tanimoto
from surrogates.gp import GaussianProcess

CHAINS = ("C", "CC", "CCC", "CC(C)", "C1CC1", "CCOC", "c1ccccc1", "CC(F)", "CCCCC", "CSC", "C=CC")
GROUPS = ("O", "N", "C#N", "C(=O)O", "C(N)=O", "S(C)(=O)=O", "[N+](C)(C)C", "C=O", "Cl", "OC")
MOLECULES = sorted({Molecule.from_smiles(c + g) for c in CHAINS for g in GROUPS})
POOL = [Proposal(m, "library" if i % 2 else "gflownet") for i, m in enumerate(MOLECULES)]
COSTS = {"table": Cost(1.0)}
ONE = Objective({"score": Goal("score", "maximize", 0.0, 5.0)})
TWO = Objective(
    {"score": Goal("score", "maximize", 0.0, 5.0), "size": Goal("size", "minimize", 2.0, 12.0)}
)


def truth(molecule: Molecule) -> dict[str, float]:
    score = float(GraphDescriptors.BertzCT(molecule.rdkit)) / 100
    return {"score": score, "size": float(molecule.n_heavy)}


def labels(molecules, sign: float = 1.0) -> list[Label]:
    return [
        Label(m, Quantity(name, "1"), sign * value, 0.0, "table")
        for m in molecules
        for name, value in truth(m).items()
    ]


def choose(  # the arguments of select, with the defaults of a small campaign
    objective: Objective = ONE,
    known: list[Label] | None = None,
    pool=POOL,
    pending=(),
    batch: int = 8,
    seed: int = 0,
    budget: Allowance | None = None,
    costs=COSTS,
    failures=(),
    **choices: object,
) -> list[Candidate]:
    known = labels(MOLECULES[::4]) if known is None else known
    surrogate = GaussianProcess(objective.quantities)
    surrogate.fit(
        [entry for entry in known if entry.quantity.name in objective.quantities], failures
    )
    acquisition = BatchAcquisition(objective, costs, **choices)
    generator = torch.Generator().manual_seed(seed)
    return acquisition.select(
        surrogate, pool, known, pending, budget or Allowance(batch), generator
    )


def smiles(candidates: list[Candidate]) -> list[str]:
    return [candidate.molecule.smiles for candidate in candidates]


@pytest.mark.parametrize("objective", [ONE, TWO], ids=["one", "two"])
@pytest.mark.parametrize("known", [[], None], ids=["first", "later"])
def test_a_batch_is_full_new_and_meets_its_quotas(objective, known):
    taken = set() if known == [] else set(MOLECULES[::4])
    pending = [MOLECULES[1], MOLECULES[2]]
    chosen = choose(objective, known, pending=pending)
    molecules = {candidate.molecule for candidate in chosen}
    assert len(molecules) == len(chosen) == 8
    assert not molecules & (taken | set(pending))
    sources = [candidate.source for candidate in chosen]
    assert sources.count("library") >= 2
    assert sources.count("gflownet") >= (2 if known == [] else 4)


def test_the_same_seed_gives_the_same_batch_and_the_global_seed_does_not_matter():
    torch.manual_seed(0)
    one = choose(TWO, seed=5)
    torch.manual_seed(1)
    assert one == choose(TWO, seed=5)


def test_maximising_y_is_minimising_minus_y_for_the_whole_batch():
    mirrored = Objective({"score": Goal("score", "minimize", -5.0, 0.0)})
    up = choose(ONE)
    down = choose(mirrored, labels(MOLECULES[::4], -1.0))
    assert smiles(up) == smiles(down)
    assert [c.score for c in up] == pytest.approx([c.score for c in down])


def test_it_finds_the_best_of_the_pool_with_few_questions():
    known = labels(MOLECULES[:8])
    for seed in range(4):
        known += labels([c.molecule for c in choose(ONE, known, seed=seed)])
    best = max(truth(m)["score"] for m in MOLECULES)
    assert max(k.value for k in known if k.quantity.name == "score") == best


def test_no_two_of_a_batch_are_closer_than_the_sphere():
    for known in ([], None):
        features = featurise([c.molecule for c in choose(TWO, known)])
        similarity = tanimoto(features, features)
        assert similarity[~torch.eye(8, dtype=torch.bool).numpy()].max() < 0.65


def test_the_sphere_gives_way_rather_than_the_size_of_the_batch():
    homologues = [Proposal(Molecule.from_smiles("C" * n + "O"), "library") for n in range(6, 12)]
    assert len(choose(pool=homologues, batch=6)) == 6


def test_a_pool_of_one_source_or_smaller_than_the_batch_is_no_obstacle():
    library = [p for p in POOL if p.source == "library"]
    assert len(choose(pool=library)) == 8
    assert len(choose(pool=POOL[1:4])) == 3
    assert choose(pool=[]) == []


def test_a_molecule_offered_twice_is_picked_once_with_its_first_source():
    twice = [Proposal(p.molecule, "genetic") for p in POOL[1:4]] + POOL[1:4]
    chosen = choose(pool=twice)
    assert len(chosen) == 3
    assert {c.source for c in chosen} == {"genetic"}


def test_stereoisomers_are_two_molecules_of_the_pool():
    pair = [Proposal(Molecule.from_smiles(s), "library") for s in ("C[C@H](O)CN", "C[C@@H](O)CN")]
    assert len(choose(TWO, pool=pair)) == 2


def test_where_oracles_fail_nobody_looks_again():
    favourites = smiles(choose(ONE, batch=4))
    broken = [Molecule.from_smiles(s) for s in favourites]
    failures = [Failure(m, "table", "crashed", "") for m in broken for _ in range(20)]
    pool = [p for p in POOL if p.molecule not in broken]
    before = choose(ONE, pool=pool, batch=1)[0].molecule
    after = choose(ONE, pool=pool, batch=1, failures=failures)[0].molecule
    nearest = tanimoto(featurise([before, after]), featurise(broken)).max(axis=1)
    assert nearest[1] <= nearest[0]


def test_one_of_eight_is_an_audit_of_the_least_certain():
    reasons = [c.why for c in choose(TWO)]
    assert [why.startswith("audit") for why in reasons] == [False] * 7 + [True]
    assert not any(c.why.startswith("audit") for c in choose(TWO, rules=Rules(audit=0.0)))


def test_several_objectives_alternate_between_the_score_and_random_preferences():
    reasons = [c.why for c in choose(TWO)][:7]
    assert ["preference" in why for why in reasons] == [False, True] * 3 + [False]
    assert not any("preference" in c.why for c in choose(TWO, score_share=1.0))
    assert not any("preference" in c.why for c in choose(ONE))


def test_every_candidate_says_what_was_believed():
    for candidate in choose(TWO):
        assert set(candidate.mean) == set(candidate.std) == {"score", "size"}
        assert 0.0 <= candidate.score <= 1.0
        assert f"score {candidate.mean['score']:.3g} +- " in candidate.why


def test_goals_known_without_asking_are_taken_in_order_of_their_score():
    cheap = Objective({"heavy_atoms": Goal("heavy_atoms", "maximize", 0.0, 20.0)})
    chosen = choose(cheap, [], rules=Rules(0.0, 0.0, sphere=1.0))
    assert [c.score for c in chosen] == sorted((c.score for c in chosen), reverse=True)
    assert chosen[0].score == max(m.n_heavy for m in MOLECULES) / 20


def test_a_first_batch_is_more_diverse_than_a_random_one():
    def closest(molecules: list[Molecule]) -> float:
        features = featurise(molecules)
        similarity = torch.from_numpy(tanimoto(features, features))
        return float((similarity - torch.eye(len(molecules))).amax())

    designed = closest([c.molecule for c in choose(known=[])])
    generator = torch.Generator().manual_seed(0)
    random = [
        closest([MOLECULES[i] for i in torch.randperm(len(MOLECULES), generator=generator)[:8]])
        for _ in range(20)
    ]
    assert designed < min(random)


def test_a_quantity_without_any_label_keeps_its_prior_and_stops_nothing():
    known = [entry for entry in labels(MOLECULES[::4]) if entry.quantity.name == "score"]
    assert len(choose(TWO, known)) == 8


@pytest.mark.parametrize(
    ("left", "expected"), [({"table": 3, "more": 2}, 5), ({"table": 0, "more": 0}, 0), ({}, 16)]
)
def test_every_oracle_is_asked_as_often_as_the_budget_allows(left, expected):
    costs = {"table": Cost(1.0), "more": Cost(2.0)}
    chosen = choose(costs=costs, budget=Allowance(8, left))
    assert len(chosen) == expected
    for oracle, n in left.items():
        assert sum(c.oracle == oracle for c in chosen) == n


@pytest.mark.parametrize("choice", [{"shortlist": 0}, {"samples": 1}, {"score_share": 2.0}])
def test_a_choice_without_meaning_is_refused(choice):
    with pytest.raises(ValueError, match="expected"):
        BatchAcquisition(ONE, COSTS, **choice)


def test_pool_order_does_not_change_the_batch():
    assert set(smiles(choose(TWO))) == set(smiles(choose(TWO, pool=POOL[::-1])))
