import pytest
import torch

from generators.environment import Environment, Hypergrid, TokenSequences, levels, visited
from generators.trajectory import Trajectories

ENVIRONMENTS = [Hypergrid(2, 4), Hypergrid(3, 3), TokenSequences(5, stop=1, first=2, max_tokens=3)]


def children(environment: Environment, states: torch.Tensor) -> tuple[torch.Tensor, ...]:
    allowed = environment.allowed(states)
    allowed[:, environment.stop] = False
    row, action = allowed.nonzero(as_tuple=True)
    return row, action, environment.step(states[row], action)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_step_can_be_undone_and_every_undoing_was_a_step(environment: Environment) -> None:
    steps, undoings = 0, 0
    for states in levels(environment):
        undoings += int(environment.parents(states).sum())
        _, action, after = children(environment, states)
        assert environment.parents(after).gather(1, action[:, None]).all()
        steps += len(action)
    assert steps == undoings


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_stop_leaves_a_state_unchanged(environment: Environment) -> None:
    for states in levels(environment):
        stop = torch.full((len(states),), environment.stop)
        assert (environment.step(states, stop) == states).all()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_walk_is_longer_than_the_horizon(environment: Environment) -> None:
    assert len(list(levels(environment))) == environment.horizon


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_features_tell_all_states_apart(environment: Environment) -> None:
    states = torch.cat(list(levels(environment)))
    assert environment.features(states).shape == (len(states), environment.n_features)
    assert len(environment.features(states).unique(dim=0)) == len(states)


def test_a_grid_has_all_its_cells() -> None:
    assert sum(len(states) for states in levels(Hypergrid(2, 8))) == 64


def test_sequences_are_all_words_and_only_the_empty_one_may_not_stop() -> None:
    environment = TokenSequences(5, stop=1, first=2, max_tokens=3)
    states = torch.cat(list(levels(environment)))
    assert len(states) == 1 + 3 + 9 + 27
    can_stop = environment.allowed(states)[:, environment.stop]
    assert int((~can_stop).sum()) == 1
    assert not environment.allowed(states)[:, 0].any()


def test_visited_states_end_where_the_walk_stopped() -> None:
    walk = Trajectories(
        torch.tensor([[0, 1, 0, 2], [1, 2, 0, 0]]),
        torch.tensor([[True, True, True, True], [True, True, False, False]]),
    )
    states = visited(Hypergrid(2, 4), walk)
    assert states[0].tolist() == [[0, 0], [0, 0]]
    assert states[-1].tolist() == [[2, 1], [0, 1]]
