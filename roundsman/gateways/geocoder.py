"""Addresses to positions and back: the imported maps, a server of others, or none.

One way in for all. A server that gives no answer is left alone for a while; until then everything
"failed" and says that it is worth asking again (`Located.is_final`). Functions block: call them in
a thread and outside any transaction.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from roundsman.core.geo import Point
from roundsman.gateways.addresses import Outbound
from roundsman.gateways.geocoder_embedded import Embedded
from roundsman.gateways.geocoder_remote import Remote
from roundsman.geocoding.model import NOTHING, Located

SUGGESTIONS = 8


class Geocoder(Protocol):
    """What finds addresses. Threads may share it; it never raises for what others do."""

    def locate(self, text: str, *, country: str = "", near: Point | None = None) -> Located:
        """Return where an address is.

        `country` (ISO 3166-1) counts where the text names none; `near` decides between addresses
        that fit alike.
        """
        ...

    def suggest(
        self, text: str, *, near: Point | None = None, most: int = SUGGESTIONS
    ) -> Sequence[Located]:
        """Return what an address that is being typed may become, the likeliest first."""
        ...

    def describe(self, at: Point) -> Located:
        """Return the address at a position: house, else street, else town."""
        ...

    def health(self) -> tuple[bool, str]:
        """Tell whether it can be used, and in one sentence how it is."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class NoGeocoder:
    """The stand-in where the operator wants none: every address fails, for good."""

    def locate(
        self,
        text: str,  # noqa: ARG002 - it takes what the others take
        *,
        country: str = "",  # noqa: ARG002 - likewise
        near: Point | None = None,  # noqa: ARG002 - likewise
    ) -> Located:
        """Find nothing."""
        return NOTHING

    def suggest(
        self,
        text: str,  # noqa: ARG002 - it takes what the others take
        *,
        near: Point | None = None,  # noqa: ARG002 - likewise
        most: int = SUGGESTIONS,  # noqa: ARG002 - likewise
    ) -> Sequence[Located]:
        """Suggest nothing."""
        return ()

    def describe(self, at: Point) -> Located:  # noqa: ARG002 - it takes what the others take
        """Find nothing."""
        return NOTHING

    def health(self) -> tuple[bool, str]:
        """Say that there is none."""
        return True, "switched off by ROUNDSMAN_GEOCODER=none"

    def close(self) -> None:
        """Do nothing."""


def geocoder_of(
    kind: str, *, data: Path, url: str, rate: float, rules: Outbound, agent: str
) -> Geocoder:
    """Return the geocoder of an installation.

    `kind` is embedded (the maps imported into `data`), nominatim or photon (a server at `url`,
    asked at most `rate` times a second by a caller that calls itself `agent`), or none.
    """
    if kind == "none":
        return NoGeocoder()
    if kind == "embedded":
        return Embedded(data)
    return Remote(kind, url, rate=rate, rules=rules, agent=agent)
