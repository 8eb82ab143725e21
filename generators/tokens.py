"""Tokens: a SMILES string as a sequence of letters of a fixed vocabulary."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from generators.environment import TokenSequences
from generators.trajectory import Trajectories

# Bracket atoms, two-letter elements of the organic subset and two-digit ring closures are letters.
TOKEN = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|.")
PAD = 0
"""Padding, and the "nothing written yet" that a policy reads first."""
EOS = 1
FIRST = 2


class UnknownTokenError(ValueError):
    """A string that the vocabulary cannot write."""


def tokenise(text: str) -> list[str]:
    """Split a SMILES into tokens; joining them gives it back."""
    return TOKEN.findall(text)


@dataclass(frozen=True)
class Vocabulary:
    """The letters a policy can write; token ids start at 2, after padding and the end."""

    letters: tuple[str, ...]
    max_tokens: int = 60
    """Longest string in tokens, without the end."""

    @classmethod
    def from_corpus(cls, corpus: Iterable[str], least: int = 1, max_tokens: int = 60) -> Vocabulary:
        """All tokens that at least `least` strings of the corpus contain, sorted."""
        counts: Counter[str] = Counter()
        for text in corpus:
            counts.update(set(tokenise(text)))
        return cls(tuple(sorted(t for t, n in counts.items() if n >= least)), max_tokens)

    @classmethod
    def from_json(cls, text: str) -> Vocabulary:
        """Read what `to_json` wrote."""
        stored = json.loads(text)
        return cls(tuple(stored["letters"]), int(stored["max_tokens"]))

    def to_json(self) -> str:
        """The vocabulary as a JSON object."""
        stored = {"letters": self.letters, "max_tokens": self.max_tokens}
        return json.dumps(stored, indent=1) + "\n"

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {letter: FIRST + k for k, letter in enumerate(self.letters)}

    @property
    def environment(self) -> TokenSequences:
        """The sequences this vocabulary can write."""
        return TokenSequences(FIRST + len(self.letters), EOS, FIRST, self.max_tokens)

    def can_write(self, text: str) -> bool:
        """True if every token is known and the string is short enough, and not empty."""
        tokens = tokenise(text)
        return 0 < len(tokens) <= self.max_tokens and all(t in self._ids for t in tokens)

    def encode(self, text: str) -> list[int]:
        """Token ids of a string, the end included.

        Raises:
            UnknownTokenError: the string has an unknown token, none, or too many.
        """
        tokens = tokenise(text)
        if not 0 < len(tokens) <= self.max_tokens:
            raise UnknownTokenError(
                f"got {text[:80]!r} of {len(tokens)} tokens, expected 1 to {self.max_tokens}"
            )
        try:
            return [*(self._ids[token] for token in tokens), EOS]
        except KeyError as error:
            raise UnknownTokenError(
                f"got {text!r} with the token {error.args[0]!r}, expected only tokens of the "
                "vocabulary; retrain the prior on a corpus that has it"
            ) from None

    def decode(self, ids: Sequence[int]) -> str:
        """The string of token ids, up to the first end."""
        letters = []
        for token in ids:
            if token < FIRST:
                break
            letters.append(self.letters[token - FIRST])
        return "".join(letters)

    def write(self, texts: Sequence[str]) -> Trajectories:
        """The walks that write these strings."""
        rows = [self.encode(text) for text in texts]
        horizon = max((len(row) for row in rows), default=1)
        actions = torch.zeros(len(rows), horizon, dtype=torch.long)
        for k, row in enumerate(rows):
            actions[k, : len(row)] = torch.tensor(row)
        return Trajectories(actions, actions > PAD)

    def read(self, trajectories: Trajectories) -> list[str]:
        """The strings that walks have written."""
        return [self.decode(row) for row in trajectories.actions.tolist()]
