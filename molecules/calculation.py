"""Calculation: a reusable piece of computation, found by the hash of all that decides it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Calculation:
    """A geometry, its energies, or any other intermediate that several recipes share."""

    key: str
    """Content hash; see `content_hash`."""
    method: str
    payload: Mapping[str, Any] = field(compare=False)
    """Survives a round trip through JSON."""


def content_hash(content: Mapping[str, Any]) -> str:
    """Return 32 hexadecimal digits that depend on nothing but the values in `content`."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
