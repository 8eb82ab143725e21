"""The tables of a campaign's record, and the engine that opens them."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock

SCHEMA_VERSION = 2
"""1 had no tables of the laboratory."""

metadata = sa.MetaData()

schema = sa.Table("schema", metadata, sa.Column("version", sa.Integer, primary_key=True))

molecules = sa.Table(
    "molecules",
    metadata,
    sa.Column("smiles", sa.Text, primary_key=True),
    sa.Column("inchikey", sa.Text, nullable=False, index=True),
    sa.Column("charge", sa.Integer, nullable=False),
    sa.Column("heavy_atoms", sa.Integer, nullable=False),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # label | failure | pending
    sa.Column("smiles", sa.Text, sa.ForeignKey("molecules.smiles"), nullable=False),
    sa.Column("oracle", sa.Text, nullable=False),
    sa.Column("quantity", sa.Text),  # null: all quantities of the oracle
    sa.Column("unit", sa.Text),
    sa.Column("value", sa.Double),
    sa.Column("std", sa.Double),
    sa.Column("censored", sa.Boolean, nullable=False, default=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("conditions", sa.JSON, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("round", sa.Integer),  # null: not part of a round (do=ask, do=import)
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("settings_hash", sa.Text, nullable=False),
    sa.Column("calibration", sa.Text, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),
    sa.Column("seed", sa.Integer),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("started", sa.Text, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("cpu_seconds", sa.Double, nullable=False),
    sa.Index("outcomes_question", "smiles", "oracle", "quantity"),
)

withdrawals = sa.Table(
    "withdrawals",
    metadata,
    sa.Column("outcome_id", sa.Integer, sa.ForeignKey("outcomes.id"), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

calculations = sa.Table(
    "calculations",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
)

rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("started", sa.Text, nullable=False),
    sa.Column("finished", sa.Text),  # null: its candidates are still being asked
    sa.Column("metrics", sa.JSON, nullable=False),
)

candidates = sa.Table(
    "candidates",
    metadata,
    sa.Column("round", sa.Integer, sa.ForeignKey("rounds.number"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("smiles", sa.Text, sa.ForeignKey("molecules.smiles"), nullable=False),
    sa.Column("oracle", sa.Text, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("mean", sa.JSON, nullable=False),
    sa.Column("std", sa.JSON, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("parents", sa.JSON, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)


sheets = sa.Table(
    "sheets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("encoding", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

cells = sa.Table(
    "cells",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("cell_id", sa.Text, nullable=False, index=True),
    sa.Column("sheet_id", sa.Integer, sa.ForeignKey("sheets.id")),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("withdrawn", sa.Text),  # when; null: it counts
    sa.Column("reason", sa.Text, nullable=False),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("smiles", sa.Text, sa.ForeignKey("molecules.smiles"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # veto | wish
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)


class StoreError(RuntimeError):
    """A record that cannot be opened or written."""


def open_engine(url: sa.URL, create: bool = True) -> sa.Engine:
    """Open the record at an SQLAlchemy `url`, creating its tables once under a file lock.

    SQLite runs in WAL mode with `synchronous=FULL`: a committed label survives a power cut.

    Raises:
        StoreError: the file is missing (with `create` False), not writable, not a database, or
            written by another version of this program.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    path = Path(url.database or "") if is_sqlite else None
    if path is not None and not create and not path.exists():
        raise StoreError(f"got no campaign record at {path}, expected one; run the campaign first")
    try:
        if path is None:
            engine = sa.create_engine(url)
            _create_tables(engine)
        else:
            engine = _open_sqlite(url, path, create)
        with engine.connect() as connection:
            versions = list(connection.scalars(sa.select(schema.c.version)))
        if versions == [1]:
            _upgrade(engine)
            versions = [SCHEMA_VERSION]
    except (sa.exc.DatabaseError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(
            f"cannot open the record {path or url.host}: {cause}; expected a readable and "
            "writable campaign store; check permissions or choose another home=DIR"
        ) from error
    if versions != [SCHEMA_VERSION]:
        raise StoreError(
            f"{path or url.host} has schema version {versions}, expected {SCHEMA_VERSION}; "
            "use the program version that wrote it, or another home=DIR"
        )
    return engine


def _open_sqlite(url: sa.URL, path: Path, create: bool) -> sa.Engine:
    # Autocommit: transactions are opened by `Store` with BEGIN IMMEDIATE, never by the driver.
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"timeout": 60.0})

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    if not create:
        return engine
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(f"{path} is read-only")
    with FileLock(f"{path}.lock", timeout=60):
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        _create_tables(engine)
    return engine


def _create_tables(engine: sa.Engine) -> None:
    metadata.create_all(engine)
    with engine.begin() as connection:
        if connection.scalar(sa.select(schema.c.version)) is None:
            connection.execute(schema.insert().values(version=SCHEMA_VERSION))


def _upgrade(engine: sa.Engine) -> None:
    """Give a record of version 1 the tables it lacks; nothing that it holds changes."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(schema.update().values(version=SCHEMA_VERSION))
