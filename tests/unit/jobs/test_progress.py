from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from roundsman.core.ids import JobId, MemberId, new_job_id, new_template_id
from roundsman.jobs.model import Job, Outcome, Progress

NOW = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)

# The stamps in the order in which they count: the first that is set decides (objects/job.md 6).
LADDER: list[tuple[dict[str, Any], Progress]] = [
    ({"archived_at": NOW}, Progress.ARCHIVED),
    ({"done_at": NOW}, Progress.DONE),
    ({"failed_at": NOW}, Progress.ISSUE),
    ({"checked_in_at": NOW, "checked_out_at": NOW}, Progress.LEFT),
    ({"checked_in_at": NOW}, Progress.IN_PROGRESS),
    ({"rejected_at": NOW}, Progress.REJECTED),
    ({"accepted_at": NOW}, Progress.ACCEPTED),
    ({"member": MemberId("wanda1")}, Progress.SCHEDULED),
    ({}, Progress.UNASSIGNED),
]


def job(**values: Any) -> Job:
    return Job(id=JobId("65a1b2c3d4e5f60718293a4b"), created_at=NOW, saved_at=NOW, **values)


@pytest.mark.parametrize(("stamps", "progress"), LADDER)
def test_each_stamp_has_its_progress(stamps: dict[str, Any], progress: Progress) -> None:
    assert job(**stamps).progress is progress


def test_of_several_stamps_the_first_in_the_order_counts() -> None:
    for (earlier, progress), (later, _) in combinations(LADDER, 2):
        assert job(**{**later, **earlier}).progress is progress


def test_a_departure_alone_is_no_progress() -> None:
    assert job(checked_out_at=NOW).progress is Progress.UNASSIGNED


def test_the_outcome_follows_the_terminal_stamp() -> None:
    assert job().outcome is Outcome.OPEN
    assert job(done_at=NOW).outcome is Outcome.SUCCESS
    assert job(failed_at=NOW).outcome is Outcome.FAILED
    assert job(archived_at=NOW).outcome is Outcome.OPEN


def test_templates_are_told_by_their_id() -> None:
    assert not job().is_template
    assert Job(id=new_template_id(NOW), created_at=NOW, saved_at=NOW).is_template


def test_job_ids_are_24_hex_digits_that_sort_by_time() -> None:
    ids = [new_job_id(NOW.replace(minute=minute)) for minute in range(60)]
    assert ids == sorted(ids)
    assert all(len(one) == 24 and int(one, 16) > 0 and one == one.lower() for one in ids)
    assert len({new_job_id(NOW) for _ in range(1000)}) == 1000
