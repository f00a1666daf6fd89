"""Made-up data of each kind, so that a receiver can be tried out. Pure."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from roundsman.accounts.model import Company, Member
from roundsman.core.clock import local_day, to_ms
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId, new_job_id
from roundsman.jobs.model import Job
from roundsman.jobs.wire import Names, on_wire
from roundsman.places.model import Place
from roundsman.places.wire import on_wire as place_on_wire
from roundsman.webhooks.model import Kind

_SOMEWHERE = Point(48.2082, 16.3738)


def sample_of(kind: Kind, company: Company, by: Member, at: datetime) -> tuple[str, Any]:
    """Return an id and the data of a made-up event of a kind, told by a member."""
    if kind.key.startswith("place_"):
        return _visit(kind, by, at)
    if kind.key.startswith("alert_"):
        return _alert(by, at)
    job = _job(kind, company, by, at)
    return job.id, [on_wire(job, Names(company, {by.id: by}, {}))]


def _job(kind: Kind, company: Company, by: Member, at: datetime) -> Job:
    job = Job(
        id=new_job_id(at),
        created_at=at,
        saved_at=at,
        title="Test event",
        address="Stephansplatz 1, Vienna",
        position=_SOMEWHERE,
        note="Sent by hand to try out a webhook. There is no such job.",
        day=local_day(at, company.timezone),
        member=by.id,
        assigned_at=at,
    )
    changes: dict[str, dict[str, Any]] = {
        "job_completed": {"done_at": at},
        "job_archived": {"archived_at": at},
        "job_checkin": {"checked_in_at": at},
        "job_checkout": {"checked_in_at": at, "checked_out_at": at},
    }
    return replace(job, **changes.get(kind.key, {}))


def _visit(kind: Kind, by: Member, at: datetime) -> tuple[str, Any]:
    place = Place(
        id=PlaceId("test00"),
        name="Test place",
        address="Stephansplatz 1",
        position=_SOMEWHERE,
        radius_m=100,
    )
    side = "in" if kind.key == "place_checkin" else "out"
    return f"test-{side}", {
        "place": place_on_wire(place, {}),
        "who": _who(by),
        "ts": to_ms(at),
        "type": side,
    }


def _alert(by: Member, at: datetime) -> tuple[str, Any]:
    return "al_test", {
        "id": "al_test",
        "alertId": "alc_test",
        "name": "Test alert",
        "type": "idle",
        "triggeredAt": to_ms(at),
        "ts": to_ms(at),
        "message": f"Test: {by.name} idle for 31 min",
        "who": _who(by),
        "job": None,
        "place": None,
        "location": {"lat": _SOMEWHERE.lat, "lng": _SOMEWHERE.lng},
        "value": 31,
        "threshold": 30,
    }


def _who(member: Member) -> dict[str, str]:
    return {"uid": member.id, "name": member.name, "username": member.username}
