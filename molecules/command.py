"""The command line of the molecule library: harvest, status, find, export."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl
from hydra.core.config_store import ConfigStore
from hydra.errors import InstantiationException
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig

from molecules.command_line import is_sweep, require_values, run, verb_of
from molecules.database import Database
from molecules.dossier import dossier
from molecules.files import replace_file
from molecules.library import LibraryError
from molecules.molecule import InvalidMoleculeError, Molecule
from molecules.safe_cells import escaped
from molecules.sources.base import Entry, Rejected, Source, SourceError
from molecules.sources.parts import of_folder
from molecules.standardise import standardise
from molecules.tally_table import status_text, tally_text

STOPPED = "stopped; the library is as it was before"


@dataclass
class MoleculesConfig:
    """Root keys of conf/molecules.yaml."""

    library: str = "library"
    processes: int | None = None
    source: Any = None
    filters: Any = None
    do: Any = None


def register() -> None:
    """Make the schema known to Hydra under the name that conf/molecules.yaml extends."""
    ConfigStore.instance().store(name="molecules_schema", node=MoleculesConfig)


def run_command() -> int:
    """Compose the configuration from sys.argv and run its verb; return the exit code."""
    register()
    errors = (LibraryError, SourceError, InvalidMoleculeError)
    return run("molecules", _dispatch, errors, STOPPED)


def _dispatch(cfg: DictConfig) -> None:
    verb = verb_of(VERBS)
    if is_sweep():
        raise LibraryError("got -m; expected one harvest after the other, they share one library")
    require_values(cfg)
    VERBS[verb](cfg, Database(Path(cfg.library)))


def harvest(cfg: DictConfig, database: Database) -> None:
    """Read a database into the library, in place of its earlier harvest."""
    if cfg.source is None:
        raise LibraryError(
            "got no database; expected source=NAME source.path=FILE, such as source=qm9 (the "
            "names: python -m molecules --help)"
        )
    if cfg.processes is not None and cfg.processes < 1:  # a pool of none would wait for ever
        raise LibraryError(f"got processes={cfg.processes}, expected 1 or more, or null")
    source = _source(cfg.source)
    earlier = [tally for tally in database.tallies() if tally.source == source.name]
    tally = database.add(source, cfg.processes or os.cpu_count() or 1)
    print(tally_text([tally]))
    for old in earlier:
        print(
            f"\nit takes the place of {source.name} as harvested on {old.harvested} ({old.kept:,} "
            "molecules); to read several files as one source, give their folder as source.path"
        )
    print(f"\nthe library {database.merged} now holds {len(database.sources)} sources")


def _source(cfg: DictConfig) -> Source:
    """The reader that the configuration names; of every file, where its path is a folder."""
    path = Path(str(cfg.get("path", "")))
    reads_folders = getattr(get_class(cfg._target_), "reads_folders", False)
    try:
        if path.is_dir() and not reads_folders:
            return of_folder(path, lambda file: cast(Source, instantiate(cfg, path=str(file))))
        return cast(Source, instantiate(cfg))
    except InstantiationException as error:  # its own words are what the user reads
        raise LibraryError(f"source: {error.__cause__ or error}") from error


def status(cfg: DictConfig, database: Database) -> None:
    """What each source gave, and how many values there are of each quantity and method."""
    counts = database.counts()
    print(status_text(database.tallies(), counts))


def find(cfg: DictConfig, database: Database) -> None:
    """Everything known about one molecule."""
    if (cfg.do.smiles is None) == (cfg.do.name is None):
        raise LibraryError("expected either do.smiles=SMILES or do.name='name or number'")
    has_rows = bool(database.sources)
    if cfg.do.name is not None:
        rows = database.named(str(cfg.do.name))
        if rows.is_empty():
            raise LibraryError(f"got {cfg.do.name!r}, which no source calls so; try do.smiles=...")
        found = [Molecule(s) for s in rows["smiles"].unique(maintain_order=True)]
    else:
        found = [_drawn(str(cfg.do.smiles))]
    filters = instantiate(cfg.filters)
    for molecule in found:
        rows = database.about(molecule) if has_rows else pl.DataFrame()
        print(dossier(molecule, rows, filters))


def _drawn(smiles: str) -> Molecule:
    """A structure as a harvest would write it."""
    drawn = Molecule.from_smiles(smiles)
    found = standardise(Entry("", drawn.smiles))
    return drawn if isinstance(found, Rejected) else found.molecule


def export(cfg: DictConfig, database: Database) -> None:
    """Write every row of the library as csv or Parquet."""
    path = Path(cfg.do.file)
    writers: Mapping[str, Callable[[pl.LazyFrame, Path], None]] = {
        ".csv": lambda rows, target: escaped(rows).sink_csv(target),
        ".parquet": lambda rows, target: rows.sink_parquet(target),
    }
    if path.suffix.lower() not in writers:
        raise LibraryError(f"got do.file={path}, expected a name that ends in .csv or .parquet")
    with replace_file(path) as temporary:
        writers[path.suffix.lower()](database.rows(), temporary)
    print(f"wrote {path}", file=sys.stderr)


VERBS: Mapping[str, Callable[[DictConfig, Database], None]] = {
    "harvest": harvest,
    "status": status,
    "find": find,
    "export": export,
}
