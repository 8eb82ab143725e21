"""Computed: an engine's recipes and the workers that run them, which makes a tier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import rdkit

from molecules import (
    CHARGE_CLASSES,
    Calculation,
    Failure,
    Label,
    Molecule,
    Outcome,
    Provenance,
    Status,
    content_hash,
)
from oracles.base import (
    Answer,
    Calculations,
    Cost,
    Json,
    OracleUnavailableError,
    Task,
    Workers,
)
from oracles.provenance import provenance
from oracles.recipes.base import Recipe
from oracles.recipes.ground import GroundState
from oracles.recipes.packing import identity, pack

REFERENCE_TIMEOUT_S = 3600.0
CLOCKS = ("seconds", "cpu_seconds")


class Computed:
    """Quantities computed from one relaxed ground state by recipes, one task a molecule.

    The ground state, the recipes' references and their details go to the calculation cache. A
    molecule's seconds are shared out among its outcomes, so that their sum is what it took: those
    of the ground state belong to the first recipe that answers, or to all where none does.
    """

    def __init__(
        self,
        recipes: Mapping[str, Recipe],
        ground: GroundState,
        cost: Cost,
        timeout: Cost,
        *,
        name: str = "computed",
        tier: int = 1,
        seed: int = 0,
        charge_classes: Sequence[str] = CHARGE_CLASSES,
    ) -> None:
        """Store what is to be computed; `open` gives the means.

        Args:
            recipes: name -> recipe, in the order of computation; put the cheap and safe first,
                because what a crash leaves is what came before it.
            ground: how the geometry is found.
            cost: expected seconds of all recipes of one molecule.
            timeout: seconds after which a molecule is stopped.
            name: name of the oracle in the record.
            tier: rank of trust among the oracles of the same quantity.
            seed: of conformers and starts.
            charge_classes: of the molecules that it is good for; all others do not apply.
        """
        if strange := set(charge_classes) - set(CHARGE_CLASSES):
            raise ValueError(
                f"got charge_classes {sorted(strange)}, expected of {', '.join(CHARGE_CLASSES)}"
            )
        self.recipes = dict(recipes)
        self.quantities = tuple(q for recipe in self.recipes.values() for q in recipe.quantities)
        names = [q.name for q in self.quantities]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"got recipes for {names}, expected each quantity once, at least one")
        self.ground = ground
        self.cost = cost
        self.timeout = timeout
        self.name = name
        self.tier = tier
        self.seed = seed
        self.charge_classes = tuple(charge_classes)
        self._workers: Workers | None = None
        self._calculations: Calculations | None = None

    def open(self, workers: Workers, calculations: Calculations) -> None:
        """Take the processes that compute and the cache that remembers.

        Raises:
            ImportError: a program is not installed; says which.
        """
        for name in self.recipes:
            self._settings(name)  # asks every engine for its version
        self._workers = workers
        self._calculations = calculations

    def can_answer(self, molecule: Molecule) -> bool:
        """Whether the molecule is of a kind that it is good for."""
        return molecule.charge_class in self.charge_classes

    def query(self, molecules: Sequence[Molecule]) -> Iterator[Outcome]:
        """Yield one outcome a distinct molecule and quantity, molecule by molecule, as known.

        Raises:
            OracleUnavailableError: a reference that all molecules share could not be computed.
        """
        if self._workers is None or self._calculations is None:
            raise RuntimeError(f"oracle {self.name} was asked before open(workers, calculations)")
        distinct = dict.fromkeys(molecules)
        for molecule in distinct:
            if not self.can_answer(molecule):
                yield from self._declined(molecule)
        asked = {self._key(m, "answer"): m for m in distinct if self.can_answer(m)}
        if not asked:
            return
        references = self._references(self._workers, self._calculations)
        tasks = [
            Task(
                key,
                "oracles.recipes.evaluation:evaluate",
                self._payload(molecule, references, self._calculations),
                self.timeout(molecule),
            )
            for key, molecule in asked.items()
        ]
        for answer in self._workers.run(tasks):
            yield from self._outcomes(asked[answer.key], answer, self._calculations)

    def details(self, molecule: Molecule, recipe: str) -> Json | None:
        """Structures and energies that `recipe` remembered of a molecule, None where nothing."""
        if self._calculations is None:
            raise RuntimeError(f"oracle {self.name} was asked before open(workers, calculations)")
        found = self._calculations.get(self._key(molecule, recipe))
        return found.payload if found else None

    def _declined(self, molecule: Molecule) -> Iterator[Outcome]:
        good = ", ".join(self.charge_classes)
        reason = f"{self.name} is good for {good} molecules; {molecule} is {molecule.charge_class}"
        for name in self.recipes:
            part = {"recipe": name, "status": Status.NOT_APPLICABLE, "reason": reason}
            yield from self._answered(molecule, part, dict.fromkeys(CLOCKS, 0.0))

    def _settings(self, recipe: str) -> Json:
        """Everything but the molecule that decides the answer of a recipe."""
        chosen = self.recipes[recipe]
        return {"recipe": identity(chosen), "version": chosen.version, **self._ground_settings()}

    def _ground_settings(self) -> Json:
        return {
            "ground": identity(self.ground),
            "engine": self.ground.engine.version,
            "rdkit": rdkit.__version__,  # of conformers and charges
            "seed": self.seed,
        }

    def _key(self, molecule: Molecule, what: str) -> str:
        """Content hash: `what` is "answer", "ground", or the name of a recipe (its details)."""
        settings: Json
        if what == "ground":
            settings = self._ground_settings()
        elif what == "answer":
            settings = {name: self._settings(name) for name in self.recipes}
        else:
            settings = self._settings(what)
        return content_hash({"what": what, "smiles": molecule.smiles, "settings": settings})

    def _payload(self, molecule: Molecule, references: Json, calculations: Calculations) -> Json:
        known = calculations.get(self._key(molecule, "ground"))
        return {
            "smiles": molecule.smiles,
            "seed": self.seed,
            "ground": pack(self.ground),
            "known": known.payload if known else None,
            "recipes": {name: pack(recipe) for name, recipe in self.recipes.items()},
            "references": references,
        }

    def _references(self, workers: Workers, calculations: Calculations) -> Json:
        """Recipe -> its reference, from the cache or computed now, once."""
        keys = {content_hash({"reference": self._settings(name)}): name for name in self.recipes}
        missing = [
            Task(
                key,
                "oracles.recipes.evaluation:refer",
                {"recipe": pack(self.recipes[name]), "seed": self.seed},
                REFERENCE_TIMEOUT_S,
            )
            for key, name in keys.items()
            if calculations.get(key) is None
        ]
        failed = []
        for answer in workers.run(missing):  # to its end: the files of a failed one go too
            name = keys[answer.key]
            if answer.status is not Status.OK:
                failed.append(f"{name} ({answer.status}: {answer.reason})")
                continue
            calculations.put(Calculation(answer.key, f"reference of {name}", answer.parts[0]))
        if failed:
            raise OracleUnavailableError(
                f"oracle {self.name}: the reference of {', '.join(failed)} failed; no molecule can "
                "be compared with it; run again, with fewer workers if the machine is busy"
            )
        found = {name: calculations.get(key) for key, name in keys.items()}
        return {name: c.payload["reference"] for name, c in found.items() if c is not None}

    def _outcomes(
        self, molecule: Molecule, answer: Answer, calculations: Calculations
    ) -> Iterator[Outcome]:
        unanswered = dict.fromkeys(self.recipes)
        carried: Json = {}
        for part in answer.parts:
            if "ground" in part:
                carried = part["spent"]
                key = self._key(molecule, "ground")
                calculations.put(Calculation(key, self.ground.method, part["ground"]))
                continue
            name = part["recipe"]
            del unanswered[name]
            if part.get("details"):
                key = self._key(molecule, name)
                method = self.recipes[name].method
                calculations.put(Calculation(key, method, part["details"]))
            yield from self._answered(molecule, part, _sum(carried, part["spent"]))
            carried = {}
        told = sum(part["spent"]["seconds"] for part in answer.parts)
        rest = {"seconds": max(0.0, answer.seconds - told), "cpu_seconds": 0.0}
        left = _share(_sum(carried, rest), max(1, len(unanswered)))
        for name in unanswered:
            part = {"recipe": name, "status": answer.status, "reason": answer.reason}
            yield from self._answered(molecule, part, left)

    def _answered(self, molecule: Molecule, part: Json, spent: Json) -> Iterator[Outcome]:
        """The outcomes of one recipe."""
        recipe = self.recipes[part["recipe"]]
        record = self._provenance(part["recipe"], spent)
        refused, calibrations = part.get("refused", {}), part.get("calibrations", {})
        for quantity in recipe.quantities:
            name = quantity.name
            if name in refused or "values" not in part:
                status, reason = refused.get(name) or (part["status"], part["reason"])
                yield Failure(molecule, self.name, status, reason, name, record)
            else:
                value, std = part["values"][name]
                made = replace(record, calibration=calibrations.get(name, ""))
                yield Label(molecule, quantity, value, std, self.name, provenance=made)

    def _provenance(self, name: str, spent: Json) -> Provenance:
        recipe = self.recipes[name]
        return provenance(
            _share(spent, len(recipe.quantities)),
            method=f"{recipe.method}; {self.ground.method}",
            settings_hash=content_hash(self._settings(name)),
            versions=recipe.version,
            seed=self.seed,
        )


def _sum(first: Json, second: Json) -> Json:
    """Two consecutive readings of the stopwatch as one."""
    if not first:
        return second
    return {**first, **{k: first[k] + second[k] for k in CLOCKS}}


def _share(spent: Json, n: int) -> Json:
    """An `n`-th of a reading of the stopwatch."""
    return {**spent, **{k: spent[k] / n for k in CLOCKS}}
