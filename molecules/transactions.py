"""Transactions: how the record is written, by whichever part of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import sqlalchemy as sa

from molecules import tables
from molecules.molecule import Molecule


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One write transaction; on SQLite it takes the write lock before it reads."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")


def add_molecule(connection: sa.Connection, molecule: Molecule) -> None:
    """Make a molecule known to the record; a second time is ignored."""
    table = tables.molecules
    if connection.scalar(sa.select(table.c.smiles).where(table.c.smiles == molecule.smiles)):
        return
    connection.execute(
        table.insert().values(
            smiles=molecule.smiles,
            inchikey=molecule.inchikey,
            charge=molecule.charge,
            heavy_atoms=molecule.n_heavy,
        )
    )


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
