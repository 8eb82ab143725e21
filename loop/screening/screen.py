"""Screen: a library through the funnel on all cores, resumable, to a shortlist."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
import rdkit
from tqdm import tqdm

from loop.making import CampaignError
from loop.objective import Goal
from loop.screening.shortlist import Shortlist
from loop.screening.sift import PropertyLimit, Sieve, sift_chunk, take
from molecules import VOCABULARY, Molecule, content_hash
from molecules.descriptors import DESCRIPTORS
from molecules.files import replace_file
from molecules.filters import Count, Filters, FormAt, OrganicSpecies, Stage
from molecules.parallel import in_batches
from molecules.protonation.form import require_ph
from surrogates.properties import PropertyModel, TooFewError

CHUNK = 2_000
"""Molecules a task of a worker; what a stopped run repeats at most, for each worker."""
SECONDS_A_CHUNK = 600.0
MOST_LEARNED = 20_000
"""Molecules that a property model learns from, drawn at random."""
LIMIT_KEYS = {"low", "high", "n_std", "method"}


@dataclass(frozen=True)
class Sifted:
    """What came out of the funnel."""

    counts: list[Count]
    survivors: pl.DataFrame
    """smiles, drawn, changes, and mean and standard error of every predicted quantity."""


@dataclass(frozen=True)
class Screen:
    """The funnel as configured."""

    as_drawn: Sequence[str]
    """Rules of the campaign's filters that come before the form is known, in this order."""
    ph: float | None
    predicted: Mapping[str, Mapping[str, Any]]
    """Quantity -> low, high, n_std, method."""
    goals: Mapping[str, Mapping[str, Any]]
    shortlist: int = 1000
    similarity: float = 0.7
    seed: int = 0

    def __post_init__(self) -> None:
        for name, limit in self.predicted.items():
            numbers = [limit.get(key) for key in sorted(LIMIT_KEYS - {"method"})]
            is_known = name in VOCABULARY and not set(limit) - LIMIT_KEYS
            if not is_known or not all(n is None or isinstance(n, int | float) for n in numbers):
                raise CampaignError(
                    f"screen.predicted.{name}: got {dict(limit)}, expected a quantity of the "
                    f"vocabulary and some of {', '.join(sorted(LIMIT_KEYS))}, numbers but the last"
                )
        if not isinstance(self.shortlist, int) or self.shortlist < 1:
            raise CampaignError(
                f"screen.shortlist: got {self.shortlist}, expected a number of molecules"
            )
        if not isinstance(self.similarity, int | float) or not 0 <= self.similarity <= 1:
            raise CampaignError(f"screen.similarity: got {self.similarity}, expected 0 to 1")
        if self.ph is not None:
            require_ph(self.ph)
        unknown = set(self.goals) - set(self.predicted) - set(DESCRIPTORS)
        if unknown:
            raise CampaignError(
                f"screen.goals: got {', '.join(sorted(unknown))}, expected quantities of "
                f"screen.predicted, or some of {', '.join(DESCRIPTORS)}"
            )

    def stages(self, filters: Filters) -> dict[str, Stage]:
        """Salts, the rules on what is drawn, the form at the pH, all other rules."""
        first = {name: filters.rules[name] for name in self.as_drawn if name in filters.rules}
        others = {name: rule for name, rule in filters.rules.items() if name not in self.as_drawn}
        form: dict[str, Stage] = {} if self.ph is None else {"protonation": FormAt(self.ph)}
        return {"salts": OrganicSpecies(), **first, **form, **others}

    def limits(self, rows: pl.LazyFrame | None) -> tuple[dict[str, PropertyLimit], list[str]]:
        """Property models learned from a library's rows, and why others could not be learned."""
        limits, remarks = {}, []
        for name, limit in self.predicted.items():
            try:
                model = self._learn(name, limit.get("method"), rows)
            except TooFewError as error:
                remarks.append(f"predicted {name}: left out, {error}")
                continue
            bounds = {key: limit[key] for key in ("low", "high", "n_std") if key in limit}
            limits[name] = PropertyLimit(model, **bounds)
            q = model.quality
            remarks.append(
                f"predicted {name}: learned from {q.n_molecules:,} molecules ({model.method}); "
                f"left out: mean absolute error {q.mean_absolute_error:.2f} "
                f"{VOCABULARY[name].unit}, Spearman {q.spearman:.2f}"
            )
        return limits, remarks

    def _learn(self, name: str, method: str | None, rows: pl.LazyFrame | None) -> PropertyModel:
        if rows is None:
            raise TooFewError("there is no library to learn from")
        known = rows.filter(
            pl.col("quantity") == name, ~pl.col("smiles").str.contains(".", literal=True)
        )
        if method is None:
            most = known.group_by("method").len().sort("len", "method", descending=[True, False])
            found = most.collect()
            if found.is_empty():
                raise TooFewError(f"no source of the library has values of {name}")
            method = str(found["method"][0])
        table = (
            known.filter(pl.col("method") == method)
            .group_by("smiles")
            .agg(pl.col("value").median())
            .sort("smiles")
            .collect()
        )
        table = table.sample(min(len(table), MOST_LEARNED), seed=self.seed, shuffle=True)
        molecules = [Molecule(s) for s in table["smiles"]]
        return PropertyModel.learn(name, method, molecules, table["value"].to_list(), self.seed)

    def shortlister(self, limits: Mapping[str, PropertyLimit]) -> Shortlist:
        """What orders the survivors and chooses among them."""
        known = {n: g for n, g in self.goals.items() if n in limits or n in DESCRIPTORS}
        goals = {name: Goal(name, **goal) for name, goal in known.items()}
        return Shortlist(goals, self.shortlist, self.similarity)


def sift(sieve: Sieve, smiles: Sequence[str], folder: Path, processes: int, key: str) -> Sifted:
    """Send a library through the sieve in chunks; what an earlier call did is not done again.

    Args:
        sieve: all stages.
        smiles: canonical, distinct.
        folder: of the chunks' answers; emptied where they belong to another `key`.
        processes: that work.
        key: of everything that decides the answers.
    """
    parts = folder / "parts"
    note = folder / "key.txt"
    if not note.is_file() or note.read_text(encoding="utf-8") != key:
        shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir(parents=True, exist_ok=True)
    with replace_file(note) as temporary:
        temporary.write_text(key, encoding="utf-8")
    chunks = {k: smiles[k : k + CHUNK] for k in range(0, len(smiles), CHUNK)}
    paths = {k: parts / f"{k:09d}.json" for k in chunks}
    waiting = [k for k in chunks if not paths[k].is_file()]
    with tqdm(total=len(smiles), desc="screening", unit=" molecules", unit_scale=True) as bar:
        bar.update(len(smiles) - sum(len(chunks[k]) for k in waiting))
        chunks_left = [chunks[k] for k in waiting]
        answered = in_batches(sift_chunk, chunks_left, processes, SECONDS_A_CHUNK, take, (sieve,))
        for k, answers in zip(waiting, answered, strict=True):
            outcome = [answer or _crashed(sieve, chunk[0]) for chunk, answer in answers]
            with replace_file(paths[k]) as temporary:
                temporary.write_text(json.dumps(outcome), encoding="utf-8")
            bar.update(len(chunks[k]))
    return _collected(sieve, list(paths.values()))


def _crashed(sieve: Sieve, smiles: str) -> dict[str, object]:
    """The answer for a molecule that no worker survived: rejected by the first stage."""
    count = Count(sieve.stages[0], entered=1)
    count.reject(Molecule(smiles), "crashed or hung its worker")
    return {"survivors": [], "counts": [dict(vars(count))]}


def _collected(sieve: Sieve, paths: Sequence[Path]) -> Sifted:
    counts = {name: Count(name) for name in sieve.stages}
    rows: list[dict[str, object]] = []
    for path in paths:
        for answer in json.loads(path.read_text(encoding="utf-8")):
            for count in answer["counts"]:
                reasons = Counter(count.pop("reasons"))
                counts[count["stage"]].add(Count(**count, reasons=reasons))
            for one in answer["survivors"]:
                predicted = one.pop("predicted")
                for name in sieve.limits:
                    one[name], one[f"{name}_std"] = predicted[name]
                rows.append(one)
    columns = {"smiles": pl.String, "drawn": pl.String, "changes": pl.String}
    numbers = {f"{name}{end}": pl.Float64 for name in sieve.limits for end in ("", "_std")}
    return Sifted(list(counts.values()), pl.DataFrame(rows, {**columns, **numbers}))


def key_of(sieve: Sieve, library: str, configuration: Sequence[object]) -> str:
    """A hash of what decides the answers: the library, the stages and the programs."""
    models = {name: limit.model.error for name, limit in sieve.limits.items()}
    settings = {"library": library, "configuration": [*configuration], "models": models}
    programs = {"rdkit": rdkit.__version__, "molecules": _rules_version()}
    return content_hash({**settings, **programs, "chunk": CHUNK})


def _rules_version() -> str:
    """A hash of the package of the rules: those of another version may answer otherwise."""
    folder = Path(str(resources.files("molecules")))
    files = sorted([*folder.rglob("*.py"), *folder.glob("data/*.csv")])
    texts = {str(f.relative_to(folder)): f.read_text(encoding="utf-8") for f in files}
    return content_hash(texts)
