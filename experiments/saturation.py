"""How the goals of a campaign score a random sample of the filtered library.

    python experiments/saturation.py --molecules 200      ask what is missing, then the tables
    python experiments/saturation.py --tables              the tables of what there is

Goals must not saturate: fewer than 2 % of the filtered library may score 0.9 or more, and no single
objective may be 0.95 or more for over 20 % of it. The labels lie in experiments/saturation/ and are
kept between calls; saturation_CAMPAIGN.csv and .md are the committed result.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import torch
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

from loop.build import build_objective
from loop.knowledge import gather
from loop.schema import register
from loop.scores import evaluate
from molecules.library import Library
from molecules.store import Store

HERE = Path(__file__).parent
HOME = HERE / "saturation"
BINS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaign", default="zn_anode")
    parser.add_argument("--molecules", type=int, default=200)
    parser.add_argument("--tables", action="store_true", help="ask nothing")
    arguments = parser.parse_args()
    register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("loop", [f"+campaign={arguments.campaign}"])
    home = HOME / arguments.campaign
    chosen = sample(instantiate(cfg.filters), arguments.molecules)
    if not arguments.tables:
        ask(arguments.campaign, home, chosen)
    write_tables(arguments.campaign, build_objective(cfg), home, set(chosen))


def sample(filters, n: int) -> list[str]:
    """The first n, in the order of their hashes, of the library molecules that pass the filters."""
    # As good as random, and the same molecules when the library around them changes.
    order = sorted(Library.starter().molecules, key=lambda m: sha256(m.smiles.encode()).digest())
    chosen = (m.smiles for m in order if filters.allows(m))
    return [smiles for smiles, _ in zip(chosen, range(n), strict=False)]


def ask(campaign: str, home: Path, smiles: list[str]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    given = home / "sample.smi"
    given.write_text("\n".join(smiles) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "loop", f"+campaign={campaign}", f"home={home}", "do=ask"]
    subprocess.run([*command, f"do.molecules={given}", "do.oracle=xtb"], check=True)


def write_tables(campaign: str, objective, home: Path, chosen: set[str]) -> None:
    store = Store.open(home / "store.db", create=False)
    known = [k for k in gather(store.records()) if k.molecule.smiles in chosen]
    store.close()
    desirabilities, _, scores = evaluate(objective, known)
    scored = scores[~scores.isnan()]
    table = {"score": scored}
    for column, goal in enumerate(objective.goals):
        values = desirabilities[:, column]
        table[f"{goal.name} ({goal.role})"] = values[~values.isnan()]
    with (HERE / f"saturation_{campaign}.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["what", "low", "high", "molecules"])
        for name, values in table.items():
            counts = torch.histc(values, BINS, 0.0, 1.0).int().tolist()
            for number, count in enumerate(counts):
                rows.writerow([name, number / BINS, (number + 1) / BINS, count])
    lines = [
        f"# Scores of {len(known)} random filtered library molecules, campaign {campaign}",
        "",
        f"Made by `python experiments/saturation.py --campaign {campaign} "
        f"--molecules {len(known)}`. {len(known) - len(scored)} molecules have no score: an oracle "
        "failed on a goal's quantity.",
        "",
        "| what | molecules | median | 90 % quantile | best | >= 0.9 | >= 0.95 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, values in table.items():
        if len(values):
            quantile = [float(values.quantile(q)) for q in (0.5, 0.9, 1.0)]
            shares = [f"{float((values >= edge).double().mean()):.1%}" for edge in (0.9, 0.95)]
            cells = [f"{q:.3f}" for q in quantile] + shares
            lines.append(f"| {name} | {len(values)} | {' | '.join(cells)} |")
    (HERE / f"saturation_{campaign}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
