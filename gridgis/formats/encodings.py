"""Which encoding a text is in: UTF-8 where it can be, else the GB family, as departments' files are."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from gridgis.errors import InvalidInput

#: GB 18030 contains GBK and GB 2312, so one decoder reads all three.
GB = "gb18030"
_CANDIDATES = ("utf-8", GB)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLOCK = 1 << 20


def guess(file: BinaryIO, what: str) -> str:
    """Return the encoding of a whole binary file, read once in blocks.

    Text that is valid UTF-8 is UTF-8: Chinese text in GBK is practically never valid UTF-8 by chance.

    Raises
    ------
    InvalidInput
        It is neither; the message names `what`.
    """
    head = file.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    file.seek(0)
    decoders = {name: codecs.getincrementaldecoder(name)() for name in _CANDIDATES}
    for block in iter(lambda: file.read(_BLOCK), b""):
        for name in list(decoders):
            try:
                decoders[name].decode(block)
            except UnicodeDecodeError:
                del decoders[name]
        if not decoders:
            break
    for name, decoder in decoders.items():
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise InvalidInput(f"{what} is neither UTF-8 nor GBK/GB 18030 text; save it as UTF-8", field="encoding")


def dbf_encoding(dbf: bytes, what: str) -> str:
    """Return the encoding of the text fields of a dBASE table, which may be cut inside a character.

    Parameters
    ----------
    dbf
        The whole table.
    what
        Its name, for the message.
    """
    header, width = int.from_bytes(dbf[8:10], "little"), int.from_bytes(dbf[10:12], "little")
    if not width:
        return "utf-8"
    spans, at = [], 1
    for start in range(32, header - 1, 32):
        if dbf[start] == 0x0D:
            break
        length = dbf[start + 16]
        if chr(dbf[start + 11]) == "C":
            spans.append((at, at + length))
        at += length
    records = (dbf[i : i + width] for i in range(header, len(dbf) - width + 1, width))
    wide = [r[a:b].rstrip(b" \0") for r in records for a, b in spans if not r[a:b].isascii()]
    for name in _CANDIDATES:
        if all(_decodes(text, name) for text in wide):
            return name
    raise InvalidInput(
        f"the texts of {what} are neither UTF-8 nor GBK/GB 18030; add a .cpg file", field="encoding"
    )


def _decodes(text: bytes, encoding: str) -> bool:
    """Tell whether `text` decodes; a last character that the field's width cut in two is forgiven."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def cpg_encoding(content: bytes) -> str:
    """Return Python's name of the encoding that a ``.cpg`` file states; empty when it states none we know."""
    text = content.decode("ascii", errors="ignore").strip().lower()
    name = {"65001": "utf-8", "936": GB, "54936": GB, "gbk": GB, "gb2312": GB}.get(
        text.removeprefix("cp"), text
    )
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
