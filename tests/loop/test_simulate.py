import csv

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from loop.build import build_oracles
from loop.schema import register
from loop.simulate import _all_known, _on_table, backtest
from molecules import Failure, Molecule
from molecules.store import Store
from oracles.base import Cost

PROMOTED = {Molecule.from_smiles("C" * length + "O") for length in (1, 4, 7, 10, 13)}


def labels(folder, n=24):
    path = folder / "known labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["smiles", "quantity", "value", "std", "unit", "oracle", "status", "reason"])
        for length in range(1, n):
            table.writerow(
                ["C" * length + "O", "score", f"{length / n:.3f}", "0.01", "1", "score", "ok", ""]
            )
        table.writerow(["CCN", "score", "", "", "", "score", "crashed", "signal 11"])
    return path


def test_a_backtest_on_known_labels_gives_every_job_its_own_home(mine):
    code, text = mine.run(
        "-m",
        "do=simulate",
        f"do.file={labels(mine.folder)}",
        "seed=0,1",
        "rounds=3",
        "filters=open",
    )
    assert code == 0, text
    assert text.count("backtest filters=open") == 2
    assert "random order" in text
    homes = sorted((mine.home / "simulate").iterdir())
    assert len(homes) == 2
    for home in homes:
        with (home / "simulation.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [int(row["n_molecules"]) for row in rows] == [4, 8, 12]
        assert float(rows[-1]["best_score"]) > 0.7
    assert mine.calls() == []


def test_a_backtest_without_enough_labels_says_so(mine):
    code, text = mine.run("do=simulate", f"do.file={labels(mine.folder, 4)}", "filters=open")
    assert code == 1
    assert "two batches" in text
    assert "Traceback" not in text


def tiered(folder, n=25):
    """Configuration and table of a campaign that had promoted every third molecule."""
    path = folder / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["smiles", "quantity", "value", "std", "oracle"])
        for length in range(1, n):
            smiles = "C" * length + "O"
            table.writerow([smiles, "score", length / n, 0.01, "low"])
            if Molecule.from_smiles(smiles) in PROMOTED:
                table.writerow([smiles, "score", 3 + length / n + (-1) ** length / 9, 0.01, "high"])
    register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("loop", overrides=["do=simulate", "filters=open", "tracking=none"])
    oracle = {"_target_": "oracles.function.FunctionOracle", "function": "m:f"}
    goal = {"kind": "maximize", "low": 0.0, "high": 1.0, "tier": "low"}
    more = {
        "name": "two tiers",
        "home": str(folder / "home"),
        "rounds": 3,
        "batch": 8,
        "oracles": {
            name: {**oracle, "quantity": "score", "unit": "1", "tier": tier, "cost": seconds}
            for name, tier, seconds in (("low", 1, 2.0), ("high", 2, 100.0))
        },
        "objective": {"goals": {"score": goal}},
        "budget": {"tiers": {"high": {"per_round": 2}}},
    }
    OmegaConf.set_struct(cfg, False)
    return OmegaConf.merge(cfg, more), path


@pytest.fixture
def home(tmp_path):
    (tmp_path / "job").mkdir()
    return tmp_path / "job"


def test_a_backtest_promotes_only_what_was_promoted(tmp_path, home):
    cfg, table = tiered(tmp_path)
    backtest(cfg, home, table)
    store = Store.open(home / "store.db")
    asked = [r.outcome for r in store.records() if r.outcome.oracle == "high"]
    store.close()
    assert asked and not any(isinstance(outcome, Failure) for outcome in asked)
    assert {outcome.molecule for outcome in asked} <= PROMOTED


def test_a_table_costs_what_its_oracle_costs(tmp_path, home):
    cfg, table = tiered(tmp_path)
    oracles = build_oracles(_on_table(cfg, home, table))
    assert {name: o.cost for name, o in oracles.items()} == {
        "low": Cost(2.0), "high": Cost(100.0)
    }  # fmt: skip


def test_the_best_found_and_the_best_known_are_on_one_scale(tmp_path, home):
    cfg, table = tiered(tmp_path)
    backtest(cfg, home, table)  # to the last molecule, but not to the last promotion
    store = Store.open(home / "store.db")
    assert len({r.outcome.molecule for r in store.records() if r.outcome.oracle == "high"}) < len(
        PROMOTED
    )
    store.close()
    everything, _ = _all_known(cfg, _on_table(cfg, home, table))
    with (home / "simulation.csv").open(encoding="utf-8", newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert int(last["n_molecules"]) == len(everything)
    best = float(everything.max())
    assert [float(last[c]) for c in ("best_score", "random_median", "hypervolume")] == [best] * 3
