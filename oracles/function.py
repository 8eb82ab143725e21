"""FunctionOracle: any Python function of a SMILES string, named in the configuration."""

from __future__ import annotations

import importlib
import inspect
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from pathlib import Path

from molecules import VOCABULARY, Failure, Label, Molecule, Outcome, Quantity, Status, content_hash
from oracles.base import Answer, Calculations, Cost, Json, OracleError, Task, Workers
from oracles.provenance import Stopwatch, provenance

log = logging.getLogger(__name__)


class FunctionOracle:
    """One quantity, answered by a function `f(smiles: str) -> float` that runs in the workers.

    Whatever the function raises, and an answer that is not a finite number, is a Failure of that
    molecule; an `OracleError` keeps its own status.
    """

    def __init__(
        self,
        function: str,
        quantity: str,
        unit: str,
        cost: float,
        std: float = 0.0,
        *,
        name: str = "function",
        tier: int = 1,
        timeout_s: float = 60.0,
    ) -> None:
        """Store the name of the function; `open` imports it.

        Args:
            function: `package.module:name`, importable from the current folder, `--config-dir`
                or an installed package.
            quantity: name of what it answers.
            unit: unit of the answer.
            cost: expected seconds of one call.
            std: standard error of the answer, in `unit`.
            name: name of the oracle in the record.
            tier: rank of trust among the oracles of the same quantity.
            timeout_s: wall seconds after which a call is stopped.
        """
        if not all(part.strip() for part in function.partition(":")):
            raise ValueError(
                f"got function {function!r}, expected 'package.module:name' such as "
                "'my_scores:polarity'"
            )
        known = VOCABULARY.get(quantity)
        if known is not None and known.unit != unit:
            raise ValueError(
                f"got {quantity} in {unit!r}, but {quantity} is in {known.unit!r} here "
                f"({known.meaning}); convert, or give your quantity another name"
            )
        self.function = function
        self.quantities = (known or Quantity(quantity, unit),)
        self.cost = Cost(constant=cost)
        self.std = std
        self.name = name
        self.tier = tier
        self.timeout_s = timeout_s
        self._workers: Workers | None = None
        self._source_hash = ""

    def open(self, workers: Workers, calculations: Calculations) -> None:
        """Take the workers; check that the function imports and can be called.

        Raises:
            ValueError: the function does not import or is not callable.
        """
        log.info("oracle %s: importing %s", self.name, self.function)
        self._source_hash = _source_hash(_imported(self.function, self.name))
        self._workers = workers

    def query(self, molecules: Sequence[Molecule]) -> Iterator[Outcome]:
        """Yield one outcome a distinct molecule, as known."""
        if self._workers is None:
            raise RuntimeError(f"oracle {self.name} was asked before open(workers, calculations)")
        asked = {self._key(molecule): molecule for molecule in molecules}
        tasks = [
            Task(
                key,
                "oracles.function:evaluate",
                {"function": self.function, "smiles": molecule.smiles},
                self.timeout_s,
            )
            for key, molecule in asked.items()
        ]
        for answer in self._workers.run(tasks):
            yield self._outcome(asked[answer.key], answer)

    @property
    def _settings_hash(self) -> str:
        quantity = self.quantities[0]
        return content_hash(
            {
                "function": self.function,
                "source": self._source_hash,
                "quantity": quantity.name,
                "unit": quantity.unit,
            }
        )

    def _key(self, molecule: Molecule) -> str:
        return content_hash({"smiles": molecule.smiles, "settings": self._settings_hash})

    def _outcome(self, molecule: Molecule, answer: Answer) -> Outcome:
        quantity = self.quantities[0]
        spent = answer.parts[0] if answer.parts else {"seconds": answer.seconds}
        record = provenance(spent, method=self.function, settings_hash=self._settings_hash)
        if answer.status is not Status.OK:
            return Failure(molecule, self.name, answer.status, answer.reason, quantity.name, record)
        value = float(answer.parts[0]["value"])
        return Label(molecule, quantity, value, self.std, self.name, provenance=record)


def evaluate(payload: Json) -> Iterator[Json]:
    """Call the function in the worker; yield its value and what it took.

    Raises:
        OracleError: the answer is not a finite real number.
    """
    function = _imported(payload["function"], "function")
    stopwatch = Stopwatch()
    value = function(payload["smiles"])
    if not isinstance(value, Real):
        raise OracleError(
            Status.CRASHED, f"got {type(value).__name__} from {payload['function']}, expected float"
        )
    if not math.isfinite(value):
        raise OracleError(
            Status.CRASHED,
            f"got {float(value)} from {payload['function']}, expected a finite number; "
            "raise an error where there is no answer",
        )
    yield {"value": float(value), **stopwatch.read()}


def _imported(function: str, oracle: str) -> Callable[[str], object]:
    module_name, _, name = function.partition(":")
    mend = "check the name, and that its file lies in the current folder or in --config-dir"
    try:
        found = getattr(importlib.import_module(module_name), name)
    except Exception as error:
        raise ValueError(
            f"oracle {oracle}: got function {function!r}, which does not import "
            f"({type(error).__name__}: {error}); {mend}"
        ) from error
    if not callable(found):
        raise ValueError(
            f"oracle {oracle}: got {function!r}, which is a {type(found).__name__}, expected a "
            "function of a SMILES string"
        )
    return found  # type: ignore[no-any-return]  # callable() cannot know the signature


def _source_hash(function: Callable[[str], object]) -> str:
    """Content hash of the file that defines `function`: part of what a label's settings say.

    An unfinished task of an older text is not taken up again; labels in the store stay.
    """
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        return ""
    return content_hash({"text": Path(file).read_text("utf-8")}) if file else ""
