from dataclasses import replace
from random import Random
from typing import Any

import pytest
import torch

from generators.genetic import Genetic, breed
from molecules import Molecule
from molecules.filters import Filters


def test_before_the_first_update_there_are_no_parents_and_no_children(filters: Filters) -> None:
    assert Genetic(filters).propose(10) == []


def test_children_are_new_valid_distinct_and_pass_the_filters(
    filters: Filters, reward: Any
) -> None:
    genetic = Genetic(filters, children=150)
    metrics = genetic.update(reward)
    children = [proposal.molecule for proposal in genetic.propose(150)]
    assert len(children) == len(set(children)) == metrics["children"] == 150
    assert not set(children) & set(reward.known)
    for child in children:
        assert filters.allows(child)
        assert Molecule.from_smiles(child.smiles) == child


def test_parents_are_known_or_children_themselves(filters: Filters, reward: Any) -> None:
    genetic = Genetic(filters, children=150)
    genetic.update(reward)
    proposals = genetic.propose(150)
    family = {proposal.molecule for proposal in proposals} | set(reward.known)
    for proposal in proposals:
        assert proposal.source == "genetic"
        assert proposal.parents
        assert set(proposal.parents) <= family
        assert proposal.molecule not in proposal.parents


def test_children_are_better_than_what_was_known(filters: Filters, reward: Any) -> None:
    genetic = Genetic(filters, children=300)
    genetic.update(reward)

    def best(molecules: list[Molecule]) -> float:
        half = torch.tensor([0.5, 0.5])
        D = reward.scalarise(reward.objectives(molecules), half, torch.ones(()))
        return float(D.topk(5).values.mean())

    assert best([p.molecule for p in genetic.propose(50)]) > best(list(reward.known))


def test_the_best_come_first(filters: Filters, reward: Any) -> None:
    one = replace(reward, n_objectives=1)
    genetic = Genetic(filters, children=150)
    genetic.update(one)
    D = one.objectives([p.molecule for p in genetic.propose(150)])[:, 0]
    assert (D[:-1] >= D[1:]).all()


def test_ions_are_among_the_children(filters: Filters, reward: Any) -> None:
    genetic = Genetic(filters, children=300)
    genetic.update(reward)
    classes = [p.molecule.charge_class for p in genetic.propose(300)]
    assert sum(c != "neutral" for c in classes) >= 30


def test_the_same_seed_and_knowledge_breed_the_same_children(filters: Filters, reward: Any) -> None:
    def family(seed: int, known: Any) -> list[Any]:
        genetic = Genetic(filters, seed, children=60)
        genetic.update(replace(reward, known=known))
        return genetic.propose(60)

    assert family(0, reward.known) == family(0, reward.known)
    assert family(0, reward.known) != family(1, reward.known)
    assert family(0, reward.known) != family(0, reward.known[1:])


def test_nothing_known_means_no_children(filters: Filters, reward: Any) -> None:
    genetic = Genetic(filters)
    assert genetic.update(replace(reward, known=()))["children"] == 0
    assert genetic.propose(5) == []


def test_one_parent_is_enough() -> None:
    glycerol = Molecule.from_smiles("OCC(O)CO")
    random = Random(0)
    children = [breed(glycerol, glycerol, random) for _ in range(20)]
    assert {child.parents for child in children if child} == {(glycerol,)}


def test_more_generations_than_children_are_refused(filters: Filters) -> None:
    with pytest.raises(ValueError, match="got 5 generations of 3 children"):
        Genetic(filters, children=3, generations=5)
