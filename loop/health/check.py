"""Check: one question about the health of a campaign, its answer, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check turned out, in words that a page may show beside a colour."""

    GOOD = "good"
    WATCH = "watch"
    ACT = "act"
    UNKNOWN = "not known yet"


@dataclass(frozen=True)
class Check:
    """A question, the figure that answers it, and one sentence of what to do."""

    name: str
    state: State
    found: str
    advice: str
