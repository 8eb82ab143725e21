"""Own time of one round: everything that is not oracle time, generator training included.

    python experiments/own_time.py

Labels of 200 random molecules of the filtered library by the quick GFN-xTB tier (asked once and
kept), then one round with a pool of 2,000 and a batch of 8. The figure is the column own_seconds of
rounds.csv, of this machine; own_time.csv collects one row a call.
"""

from __future__ import annotations

import csv
import os
import platform
import subprocess
import sys
from pathlib import Path

from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from kept_rows import read_rows
from saturation import sample

from loop.schema import register

HERE = Path(__file__).parent
HOME = HERE / "own_time"
TABLE = HERE / "own_time.csv"
LABELS = 200


def main() -> None:
    register()
    with initialize_config_module("conf", version_base="1.3"):
        filters = instantiate(compose("loop", ["+campaign=xtb_benchmark"]).filters)
    HOME.mkdir(parents=True, exist_ok=True)
    given = HOME / "given.smi"
    given.write_text("\n".join(sample(filters, LABELS)) + "\n", encoding="utf-8")
    loop("do=ask", f"do.molecules={given}", "do.oracle=xtb")
    done = len(rounds())
    loop(f"rounds={done + 1}", "batch=8", "pool.library=1000", "pool.generated=1000")
    last = rounds()[-1]
    is_new = not TABLE.exists()
    with TABLE.open("a", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        if is_new:
            table.writerow(["labelled_molecules", "pool", "own_seconds", "cores", "machine"])
        before = int(last["n_molecules"]) - 8
        table.writerow(
            [before, last["pool/size"], last["own_seconds"], os.cpu_count(), platform.machine()]
        )
    print(f"own time of a round with {before} labelled molecules: {last['own_seconds']} s")


def loop(*overrides: str) -> None:
    command = [sys.executable, "-m", "loop", "+campaign=xtb_benchmark", f"home={HOME}"]
    subprocess.run([*command, "tracking=none", *overrides], check=True, stdout=subprocess.DEVNULL)


def rounds() -> list[dict[str, str]]:
    return read_rows(HOME / "report" / "rounds.csv")


if __name__ == "__main__":
    main()
