from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from generators.library import LibraryProposer
from molecules.filters import Filters
from molecules.library import Library


@pytest.fixture
def small(tmp_path: Path) -> Path:
    texts = [m.smiles for m in Library.starter().molecules[::40]]
    file = tmp_path / "small.csv"
    file.write_text("smiles\n" + "\n".join(texts) + "\n")
    return file


def test_before_any_update_it_offers_random_allowed_molecules(filters: Filters) -> None:
    proposals = LibraryProposer(filters, seed=1).propose(50)
    molecules = [p.molecule for p in proposals]
    assert len(set(molecules)) == 50
    assert all(map(filters.allows, molecules))
    assert proposals == LibraryProposer(filters, seed=1).propose(50)
    assert proposals != LibraryProposer(filters, seed=2).propose(50)
    assert {p.source for p in proposals} == {"library"}


def test_after_an_update_the_best_come_first(filters: Filters, reward: Any, small: Path) -> None:
    one = replace(reward, n_objectives=1)
    library = LibraryProposer(filters, path=small)
    metrics = library.update(one)
    molecules = [p.molecule for p in library.propose(1000)]
    D = one.objectives(molecules)[:, 0]
    assert len(molecules) == metrics["judged"]
    assert (D[:-1] >= D[1:]).all()
    assert all(map(filters.allows, molecules))


def test_many_objectives_each_see_their_best(filters: Filters, reward: Any, small: Path) -> None:
    library = LibraryProposer(filters, path=small)
    library.update(reward)
    few = [p.molecule for p in library.propose(60)]
    rest = [p.molecule for p in library.propose(1000)][60:]
    best, others = reward.objectives(few), reward.objectives(rest)
    assert (best.max(0).values >= others.max(0).values - 0.35).all()
    half = torch.tensor([0.5, 0.5])
    one = torch.ones(())
    D_best, D_others = (reward.scalarise(x, half, one).mean() for x in (best, others))
    assert D_best > D_others


def test_a_subsample_bounds_what_is_judged(filters: Filters, reward: Any, small: Path) -> None:
    library = LibraryProposer(filters, path=small, subsample=30)
    assert library.update(reward)["judged"] <= 30
    first = library.propose(30)
    library.update(reward)
    assert library.propose(30) == first
    library.update(replace(reward, known=reward.known[1:]))
    assert library.propose(30) != first


def test_an_empty_subsample_is_refused(filters: Filters) -> None:
    with pytest.raises(ValueError, match="subsample = 0"):
        LibraryProposer(filters, subsample=0)
