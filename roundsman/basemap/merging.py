"""Vector tiles of several regions as one tile (pure).

A tile is a message of protocol buffers: layers, each with its own tables of keys and values to
which its features refer by number. Layers of one name become one; features move over with their
numbers changed, and their geometry is copied as it is. What two regions both have is there once.
"""

from collections.abc import Iterator, Sequence

_LAYER = 3
_NAME, _FEATURE, _KEY, _VALUE, _EXTENT, _VERSION = 1, 2, 3, 4, 5, 15
_TAGS = 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_USUAL_EXTENT = 4096
_MORE, _LOW = 0x80, 0x7F


class BadTile(ValueError):
    """The bytes are no vector tile."""


def merged(tiles: Sequence[bytes]) -> bytes:
    """Return one vector tile with what is in all of them; BadTile when one is none.

    All tiles stand for the same square. Layers of one name whose grids are of unequal fineness
    cannot share a grid: the first one is kept.
    """
    layers: dict[bytes, _Layer] = {}
    for tile in tiles:
        for tag, _, content in _fields(tile):
            if tag >> 3 == _LAYER:
                _add(layers, content)
    return b"".join(_field(_LAYER, layer.written()) for layer in layers.values())


class _Layer:
    """A layer that grows."""

    def __init__(self, name: bytes, extent: int, version: int) -> None:
        self.name = name
        self.extent = extent
        self._version = version
        self._keys: dict[bytes, int] = {}
        self._values: dict[bytes, int] = {}
        self._features: dict[bytes, None] = {}

    def add(self, keys: Sequence[bytes], values: Sequence[bytes], features: list[bytes]) -> None:
        """Take features over that refer to these keys and values."""
        new_keys = [self._keys.setdefault(key, len(self._keys)) for key in keys]
        new_values = [self._values.setdefault(value, len(self._values)) for value in values]
        for feature in features:
            self._features[_renumbered(feature, new_keys, new_values)] = None

    def written(self) -> bytes:
        """Return the layer's bytes."""
        return b"".join(
            [
                _number(_VERSION, self._version),
                _field(_NAME, self.name),
                *(_field(_FEATURE, feature) for feature in self._features),
                *(_field(_KEY, key) for key in self._keys),
                *(_field(_VALUE, value) for value in self._values),
                _number(_EXTENT, self.extent),
            ]
        )


def _add(layers: dict[bytes, _Layer], content: bytes) -> None:
    name, extent, version = b"", _USUAL_EXTENT, 1
    keys: list[bytes] = []
    values: list[bytes] = []
    features: list[bytes] = []
    lists = {_FEATURE: features, _KEY: keys, _VALUE: values}
    for tag, number, inner in _fields(content):
        field = tag >> 3
        if field in lists:
            lists[field].append(inner)
        elif field == _NAME:
            name = inner
        elif field == _EXTENT:
            extent = number
        elif field == _VERSION:
            version = number
    layer = layers.setdefault(name, _Layer(name, extent, version))
    if layer.extent == extent:
        layer.add(keys, values, features)


def _renumbered(feature: bytes, keys: Sequence[int], values: Sequence[int]) -> bytes:
    """Return a feature whose tags refer to other tables."""
    parts: list[bytes] = []
    for tag, number, content in _fields(feature):
        if tag >> 3 == _TAGS:
            told = list(_varints(content))
            try:
                pairs = zip(told[::2], told[1::2], strict=True)
                moved = [one for key, value in pairs for one in (keys[key], values[value])]
            except (IndexError, ValueError) as error:
                raise BadTile("A feature refers to what is not in its layer.") from error
            parts.append(_field(_TAGS, b"".join(map(_varint, moved))))
        elif tag & 7 == _BYTES:
            parts.append(_field(tag >> 3, content))
        elif tag & 7 == _VARINT:
            parts.append(_number(tag >> 3, number))
    return b"".join(parts)


# --- the wire format ------------------------------------------------------------------------------


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the fields of a message: tag, and what it holds as a number or as bytes."""
    at = 0
    while at < len(message):
        tag, at = _read(message, at)
        kind = tag & 7
        if kind == _VARINT:
            number, at = _read(message, at)
            yield tag, number, b""
            continue
        if kind == _BYTES:
            length, at = _read(message, at)
        elif kind in {_FIXED64, _FIXED32}:
            length = 8 if kind == _FIXED64 else 4
        else:
            raise BadTile("The tile has a field of an unknown kind.")
        if at + length > len(message):
            raise BadTile("The tile ends too early.")
        yield tag, 0, message[at : at + length]
        at += length


def _read(message: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place, and the place behind it."""
    number = shift = 0
    while True:
        if at >= len(message):
            raise BadTile("The tile ends too early.")
        byte = message[at]
        at += 1
        number |= (byte & _LOW) << shift
        if byte < _MORE:
            return number, at
        shift += 7


def _varints(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        number, at = _read(content, at)
        yield number


def _varint(number: int) -> bytes:
    written = bytearray()
    while number >= _MORE:
        written.append(number & _LOW | _MORE)
        number >>= 7
    written.append(number)
    return bytes(written)


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(number)
