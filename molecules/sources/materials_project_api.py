"""Molecule summaries asked of the Materials Project through its package mp-api."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from molecules.sources.base import SourceError
from molecules.sources.documents import Document

PAGE = 1_000
"""Documents a request."""


def summaries(api_key: str | None = None, client: Any = None) -> Iterator[Document]:
    """Every summary, a page at a time; asking for all at once would hold them all in memory.

    Args:
        api_key: of materialsproject.org; the environment variable MP_API_KEY in its absence.
        client: in place of mp_api.client.MPRester, which is not made then.

    Raises:
        SourceError: there is no key or no mp-api, or the server does not answer.
    """
    client = client or _client(api_key or os.environ.get("MP_API_KEY"))
    page = 1
    while found := _page(client, page):
        yield from found
        page += 1


def _client(api_key: str | None) -> Any:
    if not api_key:
        raise SourceError(
            "got neither a file nor a key of the Materials Project; give source.path=FILE, or "
            "source.path=null with source.api_key=KEY or the environment variable MP_API_KEY"
        )
    try:
        rester = import_module("mp_api.client").MPRester
    except ImportError as error:
        raise SourceError(
            f"got no path, and mp-api cannot be imported ({error}); pip install mp-api, or give "
            "source.path=FILE"
        ) from error
    return _asked(lambda: rester(api_key, use_document_model=False, mute_progress_bars=True))


def _page(client: Any, page: int) -> list[Document]:
    search = client.molecules.summary.search
    found = _asked(lambda: search(chunk_size=PAGE, num_chunks=1, _page=page))
    return list(found)


def _asked(question: Any) -> Any:
    try:
        return question()
    except Exception as error:  # of a network and a foreign package: anything
        raise SourceError(
            f"got no answer of the Materials Project ({type(error).__name__}: {error}); check the "
            "key and the network, and that mp-api is 0.46 or newer"
        ) from error
