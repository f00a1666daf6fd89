"""What a command answers: words for people, or one JSON object for programs."""

from collections.abc import Callable, Mapping

from msgspec import Struct


class Said(Struct, frozen=True, kw_only=True):
    """One answer. `ok` False ends the program with 1, as a refusal does."""

    text: str
    data: Mapping[str, object]
    ok: bool = True


type Tell = Callable[[Said], None]


def lines(*rows: tuple[str, str]) -> str:
    """Return labelled lines, the values under each other; rows without a value are left out."""
    shown = [(label, value) for label, value in rows if value]
    width = max((len(label) for label, _ in shown), default=0) + 2
    return "\n".join(f"{label:<{width}}{value}" for label, value in shown)
