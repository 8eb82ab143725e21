"""do=screen: a library through the funnel of a campaign."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
from omegaconf import DictConfig, OmegaConf

from loop.home import one_run, prepare
from loop.making import CampaignError, make
from loop.screening.screen import Screen, key_of, sift
from loop.screening.sift import Sieve
from loop.screening.writing import funnel_text, write_funnel, write_shortlist
from molecules import content_hash
from molecules.database import Database
from molecules.filters import Filters, Funnel
from molecules.library import Library

FOLDER, SHORTLIST = "screen", "shortlist.csv"


def screen(cfg: DictConfig) -> None:
    """Pass the library through the funnel; write counts, a figure and the shortlist."""
    settings: Screen = make(cfg.screen, "screen")
    filters: Filters = make(cfg.filters, "filters")
    folder = Path(cfg.home) / FOLDER
    prepare(folder)
    with one_run(folder):  # two at once would take each other's answers for their own
        _screen(cfg, settings, filters, folder)


def _screen(cfg: DictConfig, settings: Screen, filters: Filters, folder: Path) -> None:
    table, rows, label = _library(cfg)
    limits, remarks = settings.limits(rows)
    for remark in remarks:
        print(remark)
    sieve = Sieve(Funnel(settings.stages(filters)), limits)
    configuration = [OmegaConf.to_container(c, resolve=True) for c in (cfg.screen, cfg.filters)]
    count = cfg.workers.get("count")
    if count is not None and count < 1:  # a pool of none would wait for ever
        raise CampaignError(f"got workers.count={count}, expected 1 or more, or null")
    processes = int(count or os.cpu_count() or 1)
    key = key_of(sieve, label, configuration)
    sifted = sift(sieve, table["smiles"].to_list(), folder, processes, key)
    chosen, last = settings.shortlister(limits).choose(sifted.survivors)
    counts = [*sifted.counts, *last]
    write_funnel(counts, remarks, folder)
    print(funnel_text(counts))
    if chosen.is_empty():  # and none is left of an earlier screening, which had other settings
        (folder / SHORTLIST).unlink(missing_ok=True)
        print(f"\nno molecule passed, so there is no shortlist; see {folder / 'funnel.md'}")
        return
    names = table.select("smiles", "name", "cas", "source")
    write_shortlist(chosen, names, filters, folder / SHORTLIST)
    print(
        f"\n{chosen.height} molecules in {folder / SHORTLIST}; the campaign's library proposer "
        f"offers them from its next round on. Table and figure: {folder / 'funnel.md'}"
    )


def _library(cfg: DictConfig) -> tuple[pl.DataFrame, pl.LazyFrame | None, str]:
    """Distinct molecules with smiles, name, cas, source; all rows of the database; its identity."""
    database = Database(Path(cfg.library))
    rows = database.rows() if database.sources else None
    if cfg.do.molecules is None and rows is not None:
        table = database.molecules().sort("inchikey", "smiles").collect()
        return table, rows, content_hash({"harvests": [t.as_json() for t in database.tallies()]})
    if cfg.do.molecules is not None:
        library = Library.read(Path(cfg.do.molecules))
    else:  # a file of molecules, or a folder without a harvest
        library = Library.of(cfg.library)
        if not database.folder.suffix:
            print(f"no library in {database.folder}: screening the starter library of the package")
    known = [c for c in ("name", "cas", "source") if c in library.frame.columns]
    table = library.frame.select("smiles", *(pl.col(c).cast(pl.String) for c in known))
    missing = [pl.lit("").alias(c) for c in ("name", "cas", "source") if c not in known]
    return table.with_columns(missing), rows, content_hash({"smiles": table["smiles"].to_list()})
