"""Every option names a real class with real parameters; every campaign composes with every option."""

import inspect
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

import molecules.command
from loop.build import build_budget, build_objective, build_oracles
from loop.command import campaigns
from loop.plan import plan
from loop.schema import register
from loop.tiers import Tiers
from loop.verbs import VERBS

CONF = Path(__file__).parent.parent / "conf"
OPTIONS = [
    (path.parent.name, path.stem)
    for path in sorted(CONF.glob("*/*.yaml"))
    if path.parent.name not in ("campaign", "do", "source")
]
SOURCES = sorted(path.stem for path in (CONF / "source").glob("*.yaml"))


def composed(*overrides):
    register()
    with initialize_config_module("conf", version_base="1.3"):
        return compose("loop", overrides=list(overrides))


def targets(node):
    if isinstance(node, DictConfig):
        if "_target_" in node:
            yield node
        for key in node:
            if not OmegaConf.is_missing(node, key):
                yield from targets(node[key])


@pytest.mark.parametrize("campaign", campaigns())
def test_a_campaign_composes_and_every_goal_has_an_oracle(campaign):
    cfg = composed(f"+campaign={campaign}")
    objective, oracles = build_objective(cfg), build_oracles(cfg)
    build_budget(cfg, Tiers.of(objective, oracles))
    assert cfg.name == campaign


def override(group, option):
    match group:
        case "generator":
            return f"generator@generators.gflownet={option}"
        case "oracle":
            return f"+oracle@oracles.extra={option}"
        case _:
            return f"{group}={option}"


def test_zn_anode_asks_dft_about_a_few_molecules_and_can_do_without():
    cfg = composed("+campaign=zn_anode")
    tiers = Tiers.of(build_objective(cfg), build_oracles(cfg))
    assert (tiers.base, tiers.upper) == (("xtb",), ("dft",))
    assert build_budget(cfg, tiers).tiers["dft"].per_round == 2
    alone = composed("+campaign=zn_anode", "oracles.dft=null")
    tiers = Tiers.of(build_objective(alone), build_oracles(alone))
    assert (tiers.base, tiers.upper) == (("xtb",), ()) and not tiers.ladders.by_quantity
    build_budget(alone, tiers)


def test_the_plan_of_zn_anode_shows_both_tiers_and_what_they_cost(tmp_path, capsys):
    plan(composed("+campaign=zn_anode", f"home={tmp_path}", "workers.count=1"))
    lines = {row.split()[0]: row.split() for row in capsys.readouterr().out.splitlines() if row}
    xtb, dft = lines["xtb"], lines["dft"]
    assert (xtb[-4], dft[-4]) == ("80", "18")  # eight in each of ten rounds, two in all but one
    assert xtb[-1] == dft[-1] == "yes"
    assert float(dft[-3]) > float(xtb[-3])


@pytest.mark.parametrize("campaign", campaigns())
@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes_with_every_campaign_and_names_real_parameters(
    campaign, group, option
):
    more = ["store.location=postgresql://u@h/d"] if option == "postgres" else []
    cfg = composed(f"+campaign={campaign}", override(group, option), *more)
    OmegaConf.resolve(cfg)
    names_real_parameters(cfg)


def names_real_parameters(cfg):
    for node in targets(cfg):
        target = get_object(node["_target_"])
        parameters = inspect.signature(target).parameters
        unknown = (
            {str(k) for k in node}
            - {"_target_", "_convert_", "_recursive_", "_partial_"}
            - set(parameters)
        )
        assert not unknown, f"{node['_target_']} has no {unknown}"


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_composes_with_the_library_and_names_real_parameters(source):
    molecules.command.register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("molecules", [f"source={source}", "do=harvest"])
    assert cfg.source is not None
    names_real_parameters(cfg)


def test_every_verb_has_its_arguments_and_every_file_of_arguments_its_verb():
    verbs = set(VERBS) | set(molecules.command.VERBS)
    assert {path.stem for path in (CONF / "do").glob("*.yaml")} == verbs


def test_overlays_never_set_keys_inside_a_swappable_group():
    groups = {"surrogate", "acquisition", "filters", "workers", "store", "tracking", "generators"}
    for path in (CONF / "campaign").glob("*.yaml"):
        keys = set(OmegaConf.load(path)) - {"defaults"}
        assert not keys & groups, path
