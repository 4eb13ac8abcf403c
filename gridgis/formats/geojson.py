"""GeoJSON as a stream of bytes, put together from the texts of features."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

#: RFC 8142 opens each text with this, so that a reader can find the next one after a broken one.
RECORD_SEPARATOR = "\x1e"


def feature_collection(batches: Iterable[Sequence[str]], members: dict[str, Any]) -> Iterator[bytes]:
    """Yield one FeatureCollection (RFC 7946), a feature a line.

    Parameters
    ----------
    batches
        Feature texts, none of them empty; taken one batch at a time.
    members
        Foreign members of the collection, such as its name.
    """
    head = json.dumps({"type": "FeatureCollection", **members}, ensure_ascii=False, separators=(",", ":"))
    yield (head[:-1] + ',"features":[\n').encode()
    between = ""
    for batch in batches:
        if batch:
            yield (between + ",\n".join(batch)).encode()
            between = ",\n"
    yield b"\n]}\n"


def feature_sequence(batches: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield a GeoJSON text sequence (RFC 8142): features one after the other, each readable alone."""
    for batch in batches:
        yield "".join(f"{RECORD_SEPARATOR}{feature}\n" for feature in batch).encode()
