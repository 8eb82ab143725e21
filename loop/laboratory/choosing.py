"""Choosing: which molecules are worth a place on the bench."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch

from loop.entry import Entry
from loop.laboratory.bench import Bench
from loop.laboratory.catalogue import Catalogue
from molecules import Molecule
from surrogates.worth import Trial

CANDIDATES = 2000
"""Molecules of the best scores among which the laboratory's are chosen: enough that those which a
misleading score hides are among them."""
SYNTHESIS = 5.0
"""Cost of a molecule that the catalogue does not offer, in molecules that it offers [P]."""


@dataclass(frozen=True)
class Choice:
    """A molecule for the bench."""

    entry: Entry
    doses: tuple[float, ...]
    """mol/L, the most promising first."""
    gain: float
    """Expected rise of the best score by its test; of an audit, of what the laboratory says."""
    is_audit: bool = False
    """Chosen by what the laboratory may say of it, whatever was computed."""


def choose(
    bench: Bench,
    entries: Sequence[Entry],
    n: int,
    waiting: Collection[Molecule],
    excluded: Collection[Molecule],
    catalogue: Catalogue | None,
    cas: Mapping[str, str],
    seed: int,
) -> list[Choice]:
    """Choose up to `n` molecules whose test is expected to raise the best score most, per cost.

    Args:
        bench: has learned what there is.
        entries: of the standing, best first.
        n: how many.
        waiting: asked and not answered: as if they were being measured, and not asked again.
        excluded: tested in this laboratory, or vetoed.
        catalogue: what can be bought; None: everything counts as equally dear.
        cas: CAS numbers by SMILES.
        seed: of the drawn results.
    """
    open_entries = [
        e for e in entries if e.computed is not None and e.molecule not in {*waiting, *excluded}
    ][:CANDIDATES]
    if not open_entries or n < 1:
        return []

    def trial(entry: Entry) -> Trial:
        offered = catalogue is None or catalogue.offer(
            entry.molecule, cas.get(entry.molecule.smiles, "")
        )
        dose = bench.doses_for(entry.tested)[0]
        cost = 1.0 if offered else SYNTHESIS
        n_cells = bench.laboratory.replicates
        return Trial(entry.molecule, dose, entry.computed or 0.0, cost, n_cells)

    trials = [trial(entry) for entry in open_entries]
    pending = [trial(entry) for entry in entries if entry.molecule in waiting and entry.computed]
    made = [
        Trial(entry.molecule, entry.tested.dose, entry.computed)
        for entry in entries
        if entry.tested is not None
        and any(label.oracle == bench.name for label in entry.tested.labels)
        and entry.computed is not None
    ]
    generator = torch.Generator().manual_seed(seed)
    chosen = bench.choose(trials, min(n, len(trials)), generator, made, pending)
    by_molecule = {entry.molecule: entry for entry in open_entries}
    found = [(by_molecule[c.trial.molecule], c) for c in chosen]
    return [Choice(entry, bench.doses_for(entry.tested), c.gain, c.is_audit) for entry, c in found]
