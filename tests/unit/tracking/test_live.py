"""What a member does now, as maps and lists show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.core.ids import MemberId
from roundsman.places.areas import NOWHERE
from roundsman.tracking import live
from roundsman.tracking.live import LiveState, Movement
from roundsman.tracking.parameters import VEHICLE
from roundsman.tracking.pipeline import close
from tests.days import MORNING_MS
from tests.folding import Outcome, Pencil

if TYPE_CHECKING:
    from roundsman.tracking.model import Fix


def doing(fixes: list[Fix], later_s: int = 0) -> Movement:
    """Return what somebody does so long after their last fix."""
    last = fixes[-1]
    now_ms = last.ts_ms + later_s * 1000
    state = LiveState(member=MemberId("w"), ts_ms=last.ts_ms, speed_mps=last.speed_mps)
    return live.movement(state, close(Outcome(fixes).state, now_ms, VEHICLE, NOWHERE), now_ms)


def test_of_whom_nothing_is_known_nothing_is_said() -> None:
    tail = close(Outcome([]).state, MORNING_MS, VEHICLE, NOWHERE)

    assert live.movement(LiveState(member=MemberId("w")), tail, MORNING_MS).name == ""


@pytest.mark.parametrize(
    ("pencil", "name"),
    [
        (Pencil().stand(600).go(2000, 0), "ontheway"),
        (Pencil().stand(600).go(2000, 0).stand(60), "idling"),
        (Pencil().stand(600).go(2000, 0).stand(200), "idling"),
        (Pencil().stand(600).go(2000, 0).stand(400), "halted"),
        (Pencil().stand(60), "idling"),
        (Pencil().stand(600), "halted"),
    ],
)
def test_who_moves_is_on_the_way_and_who_stands_idles_and_then_has_halted(
    pencil: Pencil, name: str
) -> None:
    assert doing(pencil.fixes).name == name


def test_who_appears_driving_is_on_the_way_from_the_first_fix_on() -> None:
    driving = Pencil().go(2000, 0, mps=12).fixes

    assert [doing(driving[:count]).name for count in range(1, 8)] == ["ontheway"] * 7


def test_who_appeared_driving_and_says_no_more_has_halted_after_a_while() -> None:
    (first, *_) = Pencil().go(2000, 0, mps=12).fixes

    assert doing([first], 299) == Movement("ontheway", first.ts_ms, first.ts_ms + 300_000)
    assert doing([first], 300).name == "halted"


def test_a_wild_speed_of_somebody_who_stands_does_not_make_them_drive() -> None:
    pencil = Pencil().stand(600)
    pencil.fix(speed_mps=9)

    assert doing(pencil.fixes).name == "halted"
