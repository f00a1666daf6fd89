"""The bytes of a request made plain: unpacked, without a byte-order mark (pure)."""

import zlib

from roundsman.core.errors import BadFormat, TooLarge

# No app sends more at once; an unpacked body counts as large as a plain one.
MAX_BODY = 8 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_OR_ZLIB = 47
_RAW_DEFLATE = -15


def plain(body: bytes, encoding: str = "") -> bytes:
    """Return the body unpacked. Gzip is recognised by its first bytes, announced or not.

    TooLarge when it exceeds `MAX_BODY`, packed or unpacked; BadFormat when it cannot be unpacked.
    """
    if len(body) > MAX_BODY:
        raise TooLarge(f"The body is larger than {MAX_BODY} bytes.")
    if body.startswith(_GZIP_MAGIC):
        body = _unpacked(body, _GZIP_OR_ZLIB)
    elif encoding.strip().lower() == "deflate" and body:
        try:
            body = _unpacked(body, _GZIP_OR_ZLIB)
        except BadFormat:
            body = _unpacked(body, _RAW_DEFLATE)
    return body.removeprefix(_BOM).strip()


def _unpacked(body: bytes, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits)
    try:
        out = unpacker.decompress(body, MAX_BODY + 1)
    except zlib.error as problem:
        raise BadFormat("The compressed body is damaged.") from problem
    if len(out) > MAX_BODY:
        raise TooLarge(f"The unpacked body is larger than {MAX_BODY} bytes.")
    if not unpacker.eof:
        raise BadFormat("The compressed body is cut off.")
    return out
