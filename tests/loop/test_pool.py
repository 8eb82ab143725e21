"""The pool of a round: every new, allowed molecule once, in the form that water has."""

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

import conf
from generators.base import LOG_REWARD_FLOOR, Proposal
from loop.objective import Goal, Objective
from loop.pool import PoolSize
from loop.reward import PosteriorReward
from molecules import Molecule
from molecules.filters import Filters
from surrogates.gp import GaussianProcess

AMINE, AMMONIUM = Molecule.from_smiles("NCCO"), Molecule.from_smiles("[NH3+]CCO")
GLYCEROL = Molecule.from_smiles("OCC(O)CO")


class Offers:
    """Offers always the same."""

    def __init__(self, source, *molecules):
        self._source, self._molecules = source, molecules

    def update(self, reward):
        return {}

    def propose(self, n):
        return [Proposal(m, self._source) for m in self._molecules[:n]]


def open_filters():
    return instantiate(OmegaConf.load(f"{next(iter(conf.__path__))}/filters/open.yaml"))


def test_molecules_are_offered_in_the_form_that_water_has():
    generators = {"gflownet": Offers("gflownet", AMINE, GLYCEROL, AMMONIUM)}
    pool = PoolSize(10, 10, ph=4.5).collect(generators, open_filters(), ())
    assert [p.molecule for p in pool.proposals] == [AMMONIUM, GLYCEROL]
    assert pool.rejected == {"offered twice": 1}
    pool = PoolSize(10, 10, ph=4.5).collect(generators, open_filters(), {AMMONIUM})
    assert [p.molecule for p in pool.proposals] == [GLYCEROL]


def test_without_a_ph_they_are_offered_as_drawn():
    generators = {"gflownet": Offers("gflownet", AMINE)}
    pool = PoolSize(10, 10).collect(generators, open_filters(), ())
    assert [p.molecule for p in pool.proposals] == [AMINE]


def test_what_has_no_known_form_stays_as_it_is_drawn():
    salt = Molecule.from_smiles("[Na+].[Cl-]")
    assert PoolSize(ph=4.5).form(salt).n_heavy == salt.n_heavy


def test_the_reward_judges_the_form_that_would_be_asked():
    objective = Objective({"size": Goal("size", "minimize", 1, 20, quantity="heavy_atoms")})
    surrogate = GaussianProcess(())
    surrogate.fit([], [])
    size = PoolSize(ph=4.5)
    only_neutral = Filters({"charge": instantiate({"_target_": "molecules.filters.NetCharge",
                                                   "low": 0, "high": 0})})  # fmt: skip
    reward = PosteriorReward(objective, surrogate, only_neutral, form=size.form)
    uniform, beta = torch.ones(1, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)
    amine, glycerol = reward.log_reward([AMINE, GLYCEROL], uniform, beta).tolist()
    assert amine == LOG_REWARD_FLOOR
    assert glycerol > LOG_REWARD_FLOOR
    assert torch.equal(reward.objectives([AMINE]), reward.objectives([AMMONIUM]))
