"""The contract of every filter, and the ordered set of them that a campaign uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol

from molecules.molecule import InvalidMoleculeError, Molecule

CACHED = 200_000


class Filter(Protocol):
    """One rule that a molecule meets or breaks."""

    name: str
    """What the rule is about, the key of counts in reports."""

    def reason(self, molecule: Molecule) -> str | None:
        """Why the molecule is rejected, in one line with the numbers, or None if it passes."""


def require_number(rule: str, bound: object) -> None:
    """Refuse a bound that is neither a number nor None, before anything is filtered."""
    if bound is not None and not isinstance(bound, int | float):
        raise ValueError(f"{rule}: got the limit {bound!r}, expected a number or null")


class Filters:
    """Hard limits in the order given: a molecule passes if no rule has a reason against it.

    Put cheap rules first: the first that fails ends the examination. Answers are remembered,
    so asking twice about a molecule costs a look-up.
    """

    def __init__(
        self,
        rules: Mapping[str, Filter | None],
        flags: Mapping[str, Filter | None] | None = None,
    ) -> None:
        """Keep the rules and flags; a rule that is None is switched off.

        Args:
            rules: hard limits by name, in the order of examination.
            flags: alerts by name that are shown and never reject.
        """
        self.rules = _active(rules)
        self.flags = _active(flags or {})
        self._verdict = lru_cache(maxsize=CACHED)(self._examine)

    def reason(self, molecule: Molecule) -> str | None:
        """The first rule the molecule breaks, such as 'clogp 3.10 > 2.30', or None."""
        return self._verdict(molecule)[1]

    def rule(self, molecule: Molecule) -> str | None:
        """The key of the first rule the molecule breaks, or None."""
        return self._verdict(molecule)[0]

    def allows(self, molecule: Molecule) -> bool:
        """True if no rule rejects the molecule."""
        return self._verdict(molecule)[0] is None

    def allows_smiles(self, smiles: str) -> bool:
        """True if `smiles` names a molecule that no rule rejects; False if it does not parse."""
        try:
            return self.allows(Molecule.from_smiles(smiles))
        except InvalidMoleculeError:
            return False

    def split(
        self, molecules: Iterable[Molecule]
    ) -> tuple[list[Molecule], list[tuple[Molecule, str]]]:
        """Molecules that pass, and those that do not with the reason of each, in their order."""
        kept: list[Molecule] = []
        rejected: list[tuple[Molecule, str]] = []
        for molecule in molecules:
            reason = self.reason(molecule)
            if reason is None:
                kept.append(molecule)
            else:
                rejected.append((molecule, reason))
        return kept, rejected

    def alerts(self, molecule: Molecule) -> list[str]:
        """What the flags have to say; never a ground for rejection."""
        found = (flag.reason(molecule) for flag in self.flags.values())
        return [alert for alert in found if alert is not None]

    def _examine(self, molecule: Molecule) -> tuple[str, str] | tuple[None, None]:
        for key, rule in self.rules.items():
            reason = rule.reason(molecule)
            if reason is not None:
                return key, reason
        return None, None

    def __reduce__(self) -> tuple[type[Filters], tuple[dict[str, Filter], dict[str, Filter]]]:
        """Copies and worker processes get the rules and an empty memory."""
        return Filters, (self.rules, self.flags)


def _active(rules: Mapping[str, Filter | None]) -> dict[str, Filter]:
    for key, rule in rules.items():
        if rule is not None and not callable(getattr(rule, "reason", None)):
            raise TypeError(
                f"got {rule!r} for the filter {key!r}, expected an object with reason(molecule); "
                "check its _target_"
            )
    return {str(key): rule for key, rule in rules.items() if rule is not None}
