"""Size of a report, and how long a browser that is offline takes to show it.

    python experiments/report_size.py                   a made-up campaign, 10 rounds of 8 molecules
    python experiments/report_size.py --report FILE     the report of a campaign of yours
    python experiments/report_size.py --report FILE --picture docs/report.png

The made-up campaign has library molecules with every quantity of zn_anode at two tiers, parents and
predictions; its numbers are random, its page is as large as a real one. Time runs from the command
to open the file until the second frame after the load event, so that everything has been laid out
and painted; each time in a fresh page, the median of several. Needs Chromium on the path.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from browser import Browser, browser
from hydra import compose, initialize_config_module

from loop.build import build_objective, build_oracles
from loop.report import write_report
from loop.schema import register
from loop.standing import standing
from loop.tiers import Tiers
from molecules import VOCABULARY, Candidate, Label, Molecule, Provenance
from molecules.library import Library
from molecules.store import Store

TABLE = Path(__file__).with_suffix(".md")
ROUNDS, BATCH, PROMOTED = 10, 8, 2
LEVELS = {
    "gap": (8.0, 2.0),
    "homo": (-10.5, 0.5),
    "lumo": (-2.0, 2.0),
    "dipole": (4.0, 2.0),
    "hydration_free_energy": (-12.0, 5.0),
    "zn_exchange_energy": (-5.0, 3.0),
}
"""Mean and spread of the answers, in the units of the quantities."""
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
SCREENS = {
    "desktop, 1280 x 900": ((1280, 900), 1),
    "phone, 390 x 844": ((390, 844, True), 1),
    "phone, processor slowed down four times": ((390, 844, True), 4),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", type=Path, help="a report.html; default: a made-up campaign's")
    parser.add_argument("--picture", type=Path, help="where to put a picture of its head")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.report or made_up(Path(folder))
        rows = measure(path, arguments.repeats)
        if arguments.picture:
            take_picture(path, arguments.picture)
    lines = ["| screen | median time to the painted page | page width |", "| --- | --- | --- |"]
    lines += [f"| {name} | {seconds:.2f} s | {width} px |" for name, seconds, width in rows]
    size = f"{path.name if arguments.report else 'made-up campaign'}: {rows.size / 1e6:.2f} MB"
    text = f"{size}, {arguments.repeats} loads each\n\n" + "\n".join(lines) + "\n"
    print(text)
    if not arguments.report:
        TABLE.write_text(f"# Size and speed of the report\n\n{text}", encoding="utf-8")


class Measured(list[tuple[str, float, int]]):
    """One row a screen: its name, seconds, and the width of the page laid out in it."""

    size: int


def measure(path: Path, repeats: int) -> Measured:
    rows = Measured()
    rows.size = path.stat().st_size
    with browser() as page:
        for name, (screen, slowness) in SCREENS.items():
            page.look_like(*screen)
            page.call("Emulation.setCPUThrottlingRate", rate=slowness)
            seconds = statistics.median(_load(page, path) for _ in range(repeats))
            rows.append((name, seconds, page.value("document.documentElement.scrollWidth")))
    return rows


def take_picture(path: Path, picture: Path) -> None:
    with browser() as page:
        page.look_like(1280, 1500)
        page.open(path.resolve().as_uri())
        page.picture(picture)


def _load(page: Browser, path: Path) -> float:
    page.open("about:blank", settle=0.0)
    started = time.monotonic()
    page.open(path.resolve().as_uri(), settle=0.0)
    page.value(PAINTED)
    return time.monotonic() - started


def made_up(folder: Path) -> Path:
    """The report of a campaign with random answers."""
    register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("loop", ["+campaign=zn_anode"])
    objective = build_objective(cfg)
    tiers = Tiers.of(objective, build_oracles(cfg))
    library = Library.starter()
    store = Store.open(folder / "store.db")
    fill(store, library, random.Random(0))
    found = standing("zn_anode", objective, store, library.names, tiers)
    store.close()
    return write_report(found, folder / "report")


def fill(store: Store, library: Library, chance: random.Random) -> None:
    order = [m for m in library.molecules if 5 <= m.n_heavy <= 20]
    chance.shuffle(order)
    known: list[Molecule] = []
    for number in range(1, ROUNDS + 1):
        batch = [order.pop() for _ in range(BATCH)]
        asked = [(molecule, "xtb") for molecule in batch]
        asked += [(molecule, "dft") for molecule in known[-PROMOTED:]]
        candidates = [candidate(*pair, order, chance) for pair in asked]
        store.begin_round(number, candidates)
        for chosen in candidates:
            molecule, oracle = chosen.molecule, chosen.oracle
            for quantity, (level, spread) in LEVELS.items():
                value = chance.gauss(level, spread) + (2.0 if oracle == "dft" else 0.0)
                made = Provenance("a method", "a1b2", versions="tblite 0.4", seconds=20.0)
                label = Label(
                    molecule, VOCABULARY[quantity], value, 0.1 * spread, oracle, provenance=made
                )
                store.add(label, number, chosen.source)
        known += batch
        store.note_round(number, {"own_seconds": 40.0, "oracle_seconds": 160.0})


def candidate(
    molecule: Molecule, oracle: str, others: list[Molecule], chance: random.Random
) -> Candidate:
    source = chance.choice(["library", "genetic"])
    return Candidate(
        molecule,
        oracle,
        0.5,
        {quantity: level for quantity, (level, _) in LEVELS.items()},
        {quantity: spread for quantity, (_, spread) in LEVELS.items()},
        source,
        tuple(chance.sample(others, 2)) if source == "genetic" else (),
        "high expected improvement of the score: predicted score 0.50 +- 0.20",
    )


if __name__ == "__main__":
    main()
