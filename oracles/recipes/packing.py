"""Frozen dataclasses as JSON and back: how a recipe travels to a worker, and what is hashed."""

from __future__ import annotations

import importlib
from dataclasses import fields, is_dataclass
from typing import Any

from oracles.base import Json


def pack(value: Any) -> Json:
    """The class and the fields of a dataclass, nested ones included.

    Raises:
        TypeError: `value` is no dataclass instance.
    """
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"got {value!r}, expected an instance of a dataclass")
    kind = type(value)
    content = {f.name: getattr(value, f.name) for f in fields(value)}
    packed = {k: pack(v) if is_dataclass(v) else v for k, v in content.items()}
    return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": packed}


def identity(value: Any) -> Json:
    """What decides the answer of a recipe, for its hash: `pack`, and each class's `PROTOCOL`.

    A class whose fields stay and whose answers change gets a new `PROTOCOL` (a class variable, none
    at first): what was computed before is then no longer taken for what would be computed now.
    """
    packed = pack(value)
    content = {
        k: identity(v) if is_dataclass(v := getattr(value, k)) else old
        for k, old in packed["fields"].items()
    }
    protocol = getattr(type(value), "PROTOCOL", None)
    return {**packed, "fields": content, **({} if protocol is None else {"protocol": protocol})}


def unpack(packed: Json) -> Any:
    """The dataclass instance that `pack` was given."""
    module, _, name = packed["class"].partition(":")
    kind: Any = getattr(importlib.import_module(module), name)
    if not (isinstance(kind, type) and is_dataclass(kind)):
        raise TypeError(f"got {packed['class']}, expected a dataclass")
    content = {
        k: unpack(v) if isinstance(v, dict) and set(v) == {"class", "fields"} else v
        for k, v in packed["fields"].items()
    }
    return kind(**content)
