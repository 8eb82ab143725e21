r"""What the funnel's property models predict of the sourced additives: on what limits stand.

    python experiments/predicted_limits.py --library DIR

Learns the models of conf/screen/additives.yaml from the library in DIR, less the sourced additives
themselves, and predicts those, in the form of the funnel's pH, beside as many random molecules of
the library that pass all rules. A limit is of use where it takes hardly an additive and many
others. DIR holds QM9 or more (for gap and dipole) and a table with log_solubility, as AqSolDB is:

    python -m molecules do=harvest source=qm9 source.path=FILE library=DIR
    python -m molecules do=harvest source=table source.name=aqsoldb source.path=FILE \
        source.smiles=SMILES \
        "source.values={Solubility: {quantity: log_solubility, method: experiment}}" library=DIR

Only aggregate figures are written, to experiments/predicted_limits.md.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

from loop.schema import register
from loop.screening.screen import Screen
from loop.screening.sift import PropertyLimit
from molecules import VOCABULARY, Molecule
from molecules.database import Database
from molecules.filters import Filters, Funnel
from molecules.library import known_additives

TABLE = Path(__file__).with_suffix(".md")
PERCENTILES = (5, 25, 50, 75, 95)
N_RANDOM = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, required=True)
    arguments = parser.parse_args()
    register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("loop", ["+campaign=zn_anode", "oracles.dft=null"])
    screen: Screen = instantiate(cfg.screen)
    filters: Filters = instantiate(cfg.filters)
    funnel = Funnel(screen.stages(filters))
    sourced = known_additives()
    known = passing(funnel, [m.smiles for m in sourced])
    rows = Database(arguments.library).rows()
    # A zwitterion and its neutral form share an InChIKey: both stay out of what is learned.
    keys = sorted({m.inchikey for m in sourced} | {m.inchikey for m in known})
    limits, remarks = screen.limits(rows.filter(~pl.col("inchikey").is_in(keys)))
    everything = rows.select("smiles").unique().sort("smiles").collect()["smiles"].to_list()
    random.Random(0).shuffle(everything)
    others = passing(funnel, everything[: 4 * N_RANDOM])[:N_RANDOM]
    write_table(limits, remarks, {"sourced additives": known, "random": others})


def passing(funnel: Funnel, smiles: Sequence[str]) -> list[Molecule]:
    """The forms of those that pass all rules, each once."""
    survivors, _ = funnel.sift(map(Molecule, smiles))
    return list(dict.fromkeys(one.molecule for one in survivors))


def write_table(
    limits: dict[str, PropertyLimit], remarks: Sequence[str], groups: dict[str, list[Molecule]]
) -> None:
    lines = [
        "# What the funnel's property models predict of the sourced additives",
        "",
        "Made by `python experiments/predicted_limits.py --library DIR`. Forms that pass all "
        "rules; the models have not seen the sourced additives. Last column: share that the "
        "configured limit rejects.",
        "",
        *(f"- {remark}" for remark in remarks),
        "",
        f"| quantity | molecules | class | number | error | "
        f"{' | '.join(f'{p} %' for p in PERCENTILES)} | limit | rejected |",
        "|---|---|---|---|---|" + "---|" * (len(PERCENTILES) + 2),
    ]
    for name, limit in limits.items():
        for group, molecules in groups.items():
            classes = ["all", *sorted({m.charge_class for m in molecules})]
            for kind in classes:
                mine = [m for m in molecules if kind in ("all", m.charge_class)]
                means, stds = limit.model.predict(mine)
                fell = [limit.reason(m, s) for m, s in zip(means, stds, strict=True)]
                cells = [f"{v:.2f}" for v in np.percentile(means, PERCENTILES)]
                bounds = ", ".join(
                    f"{key} {bound:g}"
                    for key, bound in (("low", limit.low), ("high", limit.high))
                    if bound is not None
                )
                share = sum(r is not None for r in fell) / len(fell)
                lines.append(
                    f"| {name} / {VOCABULARY[name].unit} | {group} | {kind} | {len(mine)} | "
                    f"{np.median(stds):.2f} | {' | '.join(cells)} | {bounds} | {share:.0%} |"
                )
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
