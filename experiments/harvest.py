"""Harvest of the public databases: what is kept of each download, and what it costs.

    python experiments/harvest.py --data FOLDER                what is missing, then the table
    python experiments/harvest.py --data FOLDER --workers 4    with more processes

FOLDER holds the files of `DOWNLOADS`, which are no part of this repository; those that are not
there are left out. Each is harvested whole, in a process of its own, into a file that is thrown
away: only counts are written. They are kept in experiments/harvest/ between calls; remove a row of
rows.csv there to measure it again.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import polars as pl
from kept_rows import Row, append_rows, read_rows

from molecules.harvest import harvest
from molecules.sources.base import Source
from molecules.sources.chembl import ChEMBL
from molecules.sources.materials_project import MaterialsProject
from molecules.sources.nist import Nist
from molecules.sources.pcqm4m import Pcqm4m
from molecules.sources.pcqm4mv2 import Pcqm4mv2
from molecules.sources.pubchem import PubChem
from molecules.sources.qm9 import Qm9
from molecules.sources.table import Table
from molecules.sources.zinc import Zinc

HERE = Path(__file__).parent
ROWS, REPORT = HERE / "harvest" / "rows.csv", HERE / "harvest.md"
COUNTS = ("read", "kept", "merged", "rejected", "remarks")
COSTS = ("seconds", "cpu_seconds", "memory_mb", "own_mb", "worker_mb", "workers", "load")
COLUMNS = ("file", "source", "licence", *COUNTS, *COSTS)
SECONDS_BETWEEN_LOOKS = 0.1
KILOBYTE = 1024
"""In which Linux gives the peak of a process."""

MOSES = partial(
    Table, name="moses", licence="MIT", citation="10.3389/fphar.2020.565644", smiles="SMILES"
)
AQSOLDB = partial(
    Table,
    name="aqsoldb",
    licence="MIT",
    citation="10.1038/s41597-019-0151-1",
    smiles="SMILES",
    identifier="ID",
    values={"Solubility": {"quantity": "log_solubility", "method": "experiment"}},
)
DELANEY = partial(
    Table,
    name="delaney",
    licence="MIT",
    citation="10.1021/ci034243x",
    identifier="Compound ID",
    values={
        "measured log solubility in mols per litre": {
            "quantity": "log_solubility",
            "method": "experiment",
        },
        "ESOL predicted log solubility in mols per litre": {
            "quantity": "log_solubility",
            "method": "ESOL of Delaney",
        },
    },
)
SYRRES = partial(
    Table,
    name="syrres",
    licence="MIT, of the package chemicals",
    smiles="SMILES",
    identifier="CAS",
    values={"logP": {"quantity": "logp", "method": "experiment"}},
)
ELECTROLYTE = partial(
    Table,
    name="electrolyte65k",
    licence="CC BY 4.0",
    smiles="canonical_smiles",
    identifier="locked_row_id",
    values={
        "D": {"quantity": "dipole", "method": "B3LYP/TZVP"},
        "P": {"quantity": "polarizability", "method": "B3LYP/TZVP"},
    },
)
DOWNLOADS: tuple[tuple[str, Callable[[Path], Source]], ...] = (
    ("qm9/qm9_scalars.csv.gz", Qm9),
    ("qm9/qm9_3d.csv.gz", Qm9),
    ("qm9/dsgdb9nsd_xyz.tar.gz", Qm9),
    ("qm9/moleculenet_micro_qm9_1005.csv", Qm9),
    ("pcqm4m/data_reconstructed_layout.csv.gz", Pcqm4m),
    ("pcqm4m/data_reconstructed_layout.csv.gz", Pcqm4mv2),
    ("pcqm4m/graphium_pcqm4mv2_1k.csv.gz", Pcqm4mv2),
    ("zinc/zinc250k_smiles.csv.gz", Zinc),
    ("zinc/250k_rndm_zinc_drugs_clean_3_sample.csv", Zinc),
    ("zinc/zinc.leads.500.q.smi", Zinc),
    ("chembl/chembl_web_activity_export.csv", ChEMBL),
    ("chembl/chembl_NN_chemreps_reconstructed.txt.gz", ChEMBL),
    ("pubchem/Compound_sample.sdf.gz", PubChem),
    ("pubchem/CID-SMILES.gz", PubChem),
    ("pubchem/pubchem_identifiers_sample.csv.gz", PubChem),
    ("pubchem/pug_rest_CanonicalSMILES.csv", PubChem),
    ("nist/webbook_constants_sample20.csv", Nist),
    ("mp_molecules/libe_entry_libe-120825.json", MaterialsProject),
    ("mp_molecules/madeira_100.json.gz", MaterialsProject),
    ("mp_molecules/mp_mol_doc_legacy_C1H1O2.json", MaterialsProject),
    ("mp_molecules/mp_api_MoleculeSummaryDoc_from_radqm9.json", MaterialsProject),
    ("moses/test.csv.gz", MOSES),
    ("moses/test_scaffolds.csv.gz", MOSES),
    ("solubility/aqsoldb_data_curated.csv.gz", AQSOLDB),
    ("solubility/delaney-processed.csv", DELANEY),
    ("logp/syrres_logP.csv", SYRRES),
    ("qm_dipole_polar/electrolyte65k_test4000.csv.gz", ELECTROLYTE),
)
"""File of the folder, and its reader."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    known = {(row["file"], row["source"]) for row in read_rows(ROWS)}
    for file, make in DOWNLOADS:
        path = arguments.data / file
        if not path.is_file():
            print(f"{file} is not there")
        elif (file, make(path).name) not in known:
            with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
                row = fresh.submit(measured, make(path), arguments.workers).result()
            append_rows(ROWS, COLUMNS, [{"file": file, **row}])
    rows = read_rows(ROWS)
    if not rows:
        parser.error(f"got {arguments.data} without any of the files, expected --data FOLDER")
    write_table(rows)


def measured(source: Source, workers: int) -> dict[str, object]:
    """What becomes of a download, and what it costs; to be called in a process of its own."""
    load = os.getloadavg()[0]
    peaks = [0.0]
    Thread(target=watch, args=(peaks,), daemon=True).start()
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        target = Path(folder) / "harvested.parquet"
        tally = harvest(source, target, workers)
        seconds = time.perf_counter() - started
        peak = peaks[0]
        mine, theirs = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        smiles = pl.read_parquet(target, columns=["smiles"])["smiles"]
    assert tally.read == tally.kept + tally.merged + tally.rejected.total(), tally
    assert tally.kept == smiles.n_unique(), tally
    cpu_seconds = mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime
    return {
        "source": tally.source,
        "licence": source.licence,
        "read": tally.read,
        "kept": tally.kept,
        "merged": tally.merged,
        "rejected": json.dumps(dict(tally.rejected.most_common())),
        "remarks": json.dumps(dict(tally.remarks.most_common())),
        "seconds": f"{seconds:.1f}",
        "cpu_seconds": f"{cpu_seconds:.1f}",
        "memory_mb": f"{peak:.0f}",
        "own_mb": round(mine.ru_maxrss * KILOBYTE / 1e6),
        "worker_mb": round(theirs.ru_maxrss * KILOBYTE / 1e6),
        "workers": workers,
        "load": f"{load:.1f}",
    }


def watch(peaks: list[float]) -> None:
    """Keep the largest memory of this process and its children seen so far, MB, in `peaks[0]`."""
    page = resource.getpagesize()
    while True:
        with suppress(OSError):  # a thread or a worker has ended since
            children = [p.read_text().split() for p in Path("/proc/self/task").glob("*/children")]
            processes = ("self", *chain.from_iterable(children))
            sizes = [Path("/proc", p, "statm").read_text().split()[1] for p in processes]
            peaks[0] = max(peaks[0], sum(map(int, sizes)) * page / 1e6)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def write_table(rows: list[Row]) -> None:
    order = {file: n for n, (file, _) in enumerate(DOWNLOADS)}
    rows = sorted((r for r in rows if r["file"] in order), key=lambda r: order[r["file"]])
    loads = [float(row["load"]) for row in rows]
    lines = [
        "# What is kept of the public databases, and what the harvest costs",
        "",
        "Made by `python experiments/harvest.py --data FOLDER`. Samples and whole files, each "
        "harvested alone; read = kept + merged + rejected holds for every line, and kept is the "
        "number of distinct molecules in the file written. Seconds are wall time and CPU time of "
        f"all processes, with their start, on a machine of {os.cpu_count()} cores that others used "
        f"too (load average {min(loads):.1f} to {max(loads):.1f} when a file began); workers: "
        f"{', '.join(sorted({row['workers'] for row in rows}))}. MB is the most memory that all "
        f"processes had together, looked at every {SECONDS_BETWEEN_LOOKS} s, pages that they share "
        "counted for each; then the peak of the harvesting process, and of its largest worker.",
        "",
        "| file | source | read | kept | merged | rejected | remarks | s | CPU s | rows/s | MB "
        "| own MB | worker MB | licence |",
        "|---|---|--:|--:|--:|---|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        rate = int(row["read"]) / float(row["seconds"])
        counts = (counted(row["rejected"]), counted(row["remarks"]))
        cells = [*(row[c] for c in ("file", "source", "read", "kept", "merged")), *counts]
        cells += [*(row[c] for c in ("seconds", "cpu_seconds")), f"{rate:.0f}"]
        cells += [row[c] for c in ("memory_mb", "own_mb", "worker_mb", "licence")]
        lines.append(f"| {' | '.join(cells)} |")
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def counted(text: str) -> str:
    """Reasons with their numbers of rows."""
    return "; ".join(f"{n} x {reason}" for reason, n in json.loads(text).items()) or "none"


if __name__ == "__main__":
    main()
