import inspect
from pathlib import Path

import pytest
from hydra.utils import get_class, instantiate
from omegaconf import OmegaConf

from generators.gflownet import GFlowNet
from molecules.filters import Filters

OPTIONS = sorted((Path(__file__).parents[2] / "conf/generator").glob("*.yaml"))


@pytest.mark.parametrize("file", OPTIONS, ids=lambda file: file.stem)
def test_every_option_names_real_parameters_and_builds(file: Path, tmp_path: Path) -> None:
    option = OmegaConf.load(file)
    root = OmegaConf.create(
        {"seed": 3, "home": str(tmp_path), "library": None, "filters": None, "generator": option}
    )
    proposer = instantiate(root.generator, filters=Filters({}))
    parameters = inspect.signature(get_class(option._target_)).parameters
    assert set(option) - {"_target_"} <= set(parameters)
    assert proposer.name == file.stem
    assert proposer.seed == 3


def test_the_shipped_knobs_are_the_defaults(tmp_path: Path) -> None:
    option = OmegaConf.load(OPTIONS[0].parent / "gflownet.yaml")
    defaults = inspect.signature(GFlowNet).parameters
    for name in set(option) - {"_target_", "filters", "seed", "folder"}:
        value = option[name]
        assert (tuple(value) if name == "betas" else value) == defaults[name].default
