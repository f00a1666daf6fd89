"""What a request carries: headers in, headers out."""

from collections.abc import Iterable, Sequence

type Headers = Sequence[tuple[bytes, bytes]]


def header(headers: Headers, name: bytes) -> str:
    """Return the first header of a lower-case name as text, or an empty one."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1").strip()
    return ""


def json_headers(
    body: bytes, extra: Iterable[tuple[bytes, bytes]] = ()
) -> list[tuple[bytes, bytes]]:
    """Return the headers of a JSON answer that nobody may keep."""
    return [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *extra,
    ]
