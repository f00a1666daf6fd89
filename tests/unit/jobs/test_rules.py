from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from roundsman.core.errors import BadValue
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId
from roundsman.jobs import rules
from roundsman.jobs.model import Job, Wish

NOW = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
WANDA, WILLI, NOBODY = MemberId("wanda1"), MemberId("willi1"), MemberId("")
BLANK = Job(id=JobId("65a1b2c3d4e5f60718293a4b"), created_at=NOW, saved_at=NOW)


def changed(job: Job, member: MemberId | None = None, /, **wish: Any) -> Job:
    return rules.change(job, Wish(**wish), member=member, dispatcher=None, at=LATER)


# --- change ---------------------------------------------------------------------------------------


def test_a_wish_for_nothing_gives_the_very_same_job() -> None:
    assert changed(BLANK) is BLANK
    assert changed(BLANK, values={"title": "", "priority": 5}) is BLANK


def test_a_change_is_saved_at_its_time() -> None:
    after = changed(BLANK, values={"title": "Boiler"})
    assert after == replace(BLANK, title="Boiler", saved_at=LATER)


def test_a_wish_is_granted_once() -> None:
    wish: dict[str, Any] = {"values": {"title": "x"}, "custom_set": {"a": "1"}, "lat": 48.0}
    once = changed(BLANK, WANDA, **wish)
    assert changed(once, WANDA, **wish) is once


@pytest.mark.parametrize(
    ("lat", "lng", "position"),
    [
        (48.0, 16.0, Point(48.0, 16.0)),
        (48.0, None, Point(48.0, 0.0)),
        (None, 16.0, Point(0.0, 16.0)),
        (0.0, 0.0, None),
        (0.0, None, None),
        (None, None, None),
    ],
)
def test_a_position_is_two_coordinates_and_the_origin_is_none(
    lat: float | None, lng: float | None, position: Point | None
) -> None:
    assert changed(BLANK, lat=lat, lng=lng).position == position


def test_custom_fields_are_replaced_set_and_removed() -> None:
    job = replace(BLANK, custom={"a": "1", "b": "2"})
    assert changed(job, custom={"c": "3"}).custom == {"c": "3"}
    assert changed(job, custom={}).custom == {}
    assert changed(job, custom_set={"a": "4", "b": "", "x": ""}).custom == {"a": "4"}
    assert changed(job, custom={"c": "3"}, custom_set={"d": "4"}).custom == {"c": "3", "d": "4"}
    assert job.custom == {"a": "1", "b": "2"}


def test_custom_fields_have_a_limit_however_they_come() -> None:
    full = replace(BLANK, custom={str(number): "x" for number in range(rules.CUSTOM_LIMIT)})
    assert changed(full, custom_set={"0": "y"}).custom["0"] == "y"
    for wish in ({"custom_set": {"more": "x"}}, {"custom": {**full.custom, "more": "x"}}):
        with pytest.raises(BadValue):
            changed(full, **wish)


def test_inputs_are_set_by_slot() -> None:
    job = changed(BLANK, numbers={"1": 2.0}, texts={"2": "x"})
    after = changed(job, numbers={"3": 4.0}, texts={"2": ""})
    assert (after.numbers, after.texts) == ({"1": 2.0, "3": 4.0}, {"2": ""})


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        ((None, None), {"done_at": NOW}, (NOW, None)),
        ((None, NOW), {"done_at": NOW}, (NOW, None)),
        ((NOW, None), {"failed_at": NOW}, (None, NOW)),
        ((None, None), {"done_at": NOW, "failed_at": NOW}, (NOW, None)),
        ((NOW, None), {"done_at": NOW, "failed_at": LATER}, (None, LATER)),
        ((None, NOW), {"done_at": LATER, "failed_at": NOW}, (LATER, None)),
        ((NOW, None), {"done_at": None, "failed_at": LATER}, (None, LATER)),
        ((NOW, None), {"done_at": None}, (None, None)),
        ((NOW, None), {"done_at": None, "failed_at": None}, (None, None)),
        ((NOW, None), {}, (NOW, None)),
    ],
)
def test_a_job_is_done_or_an_issue_and_the_newer_counts(
    before: tuple[datetime | None, datetime | None],
    sent: dict[str, Any],
    after: tuple[datetime | None, datetime | None],
) -> None:
    job = replace(BLANK, done_at=before[0], failed_at=before[1])
    made = changed(job, values=sent)
    assert (made.done_at, made.failed_at) == after


# --- assigning ------------------------------------------------------------------------------------


def test_a_new_person_has_not_answered() -> None:
    job = replace(BLANK, member=WANDA, assigned_at=NOW, accepted_at=NOW, rejected_at=NOW)
    after = changed(job, WILLI)
    assert after.member == WILLI
    assert (after.assigned_at, after.accepted_at, after.rejected_at) == (LATER, None, None)
    assert changed(job, WANDA) is job
    gone = changed(job, NOBODY)
    assert (gone.member, gone.assigned_at, gone.accepted_at) == (NOBODY, None, None)


def test_an_old_answer_sent_back_does_not_count_for_the_new_person() -> None:
    job = replace(BLANK, member=WANDA, assigned_at=NOW, accepted_at=NOW)
    assert changed(job, WILLI, values={"accepted_at": NOW}).accepted_at is None
    assert changed(job, WILLI, values={"accepted_at": LATER}).accepted_at == LATER


def test_arrivals_outlive_a_new_person() -> None:
    job = replace(BLANK, member=WANDA, checked_in_at=NOW)
    assert changed(job, WILLI).checked_in_at == NOW


# --- templates ------------------------------------------------------------------------------------


def test_a_template_belongs_to_no_day_and_nobody_and_has_not_happened() -> None:
    template = replace(BLANK, id=JobId("tpl-65a1b2c3d4e5f60718293a4b"))
    stamps = dict.fromkeys(["accepted_at", "checked_in_at", "done_at", "nfc1_at"], NOW)
    values = {**stamps, "day": date(2026, 1, 5), "number": 3, "title": "Boiler"}
    after = changed(template, WANDA, values=values)
    assert after == replace(template, title="Boiler", saved_at=LATER)


# --- archive --------------------------------------------------------------------------------------


def test_archiving_and_restoring_happen_once() -> None:
    hidden = rules.archive(BLANK, LATER)
    assert hidden.archived_at == LATER
    assert rules.archive(hidden, LATER + timedelta(hours=1)) is hidden
    back = rules.restore(hidden, LATER)
    assert back == replace(BLANK, saved_at=LATER)
    assert rules.restore(back, LATER) is back


# --- what changed ---------------------------------------------------------------------------------


def test_planned_times_alone_are_not_worth_telling() -> None:
    planned = replace(BLANK, scheduled_start=NOW, scheduled_end=LATER, saved_at=LATER)
    fields = rules.changed_fields(BLANK, planned)
    assert fields == ["scheduled_start", "scheduled_end"]
    assert not rules.is_worth_telling(fields)
    assert rules.is_worth_telling([*fields, "number"])
    assert rules.changed_fields(BLANK, replace(BLANK, saved_at=LATER)) == []
