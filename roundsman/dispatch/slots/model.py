"""A slot: a window of a day to offer a customer; a hold: one that is reserved for a while."""

from datetime import date, datetime

from msgspec import Struct

from roundsman.core.ids import MemberId
from roundsman.dispatch.fleet.model import Held


class Hold(Struct, frozen=True, kw_only=True):
    """A visit held for a customer until a moment; it was cheapest with `member`."""

    visit: Held
    day: date
    until: datetime
    member: MemberId = MemberId("")
    title: str = ""
    address: str = ""


class Slot(Struct, frozen=True, kw_only=True):
    """A window in which a visit fits: with whom it is cheapest, and what it adds to their way.

    The window is in minutes after the company's local midnight; `adds` is in the unit minimised.
    """

    day: date
    window_start: int
    window_end: int
    member: MemberId
    adds: int
    adds_m: int
    adds_s: int
    start: datetime
