import torch

from generators.ranking import best_in_turn, seed_of, spread_preferences
from molecules import Molecule


def test_preferences_begin_with_equal_weights_and_are_on_the_simplex() -> None:
    preferences = spread_preferences(3, torch.Generator().manual_seed(0))
    torch.testing.assert_close(preferences[0], torch.full((3,), 1 / 3))
    torch.testing.assert_close(preferences.sum(-1), torch.ones(len(preferences)))


def test_one_objective_has_one_preference() -> None:
    assert spread_preferences(1, torch.Generator()).tolist() == [[1.0]]


def test_one_row_ranks_from_best_to_worst() -> None:
    assert best_in_turn(torch.tensor([[0.1, 0.9, 0.5]]), 3) == [1, 2, 0]


def test_rows_name_their_best_in_turn_and_nobody_twice() -> None:
    scores = torch.tensor([[0.9, 0.8, 0.1, 0.0], [0.8, 0.1, 0.0, 0.9]])
    assert best_in_turn(scores, 4) == [0, 3, 1, 2]
    assert best_in_turn(scores, 2) == [0, 3]


def test_the_seed_follows_seed_and_knowledge() -> None:
    water, ethanol = map(Molecule.from_smiles, ("O", "CCO"))
    assert seed_of(0, [water]) == seed_of(0, [water])
    assert len({seed_of(0, [water]), seed_of(1, [water]), seed_of(0, [water, ethanol])}) == 3
