"""The report of jobs: what was planned and what was done."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Member
from roundsman.accounts.rights import Right
from roundsman.accounts.rules import may_see
from roundsman.core.clock import MINUTES_A_DAY, to_yyyymmdd, zone
from roundsman.core.ids import MemberId, PlaceId
from roundsman.jobs import actions as jobs
from roundsman.jobs.model import Job, Kind
from roundsman.jobs.queries import Filter
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.reports.table import Cell, Column, Row, Table, Wanted, Wish
from roundsman.reports.words import in_language
from roundsman.storage.database import Tx

CUSTOM = "custom:"


class _Names(Struct, frozen=True, kw_only=True):
    """What a row needs beside its job: names, the company's zone, words in its language."""

    people: Mapping[MemberId, Member]
    places: Mapping[PlaceId, Place]
    teams: Mapping[int, str]
    zone: ZoneInfo
    words: Mapping[str, str]

    def local(self, moment: datetime | None) -> datetime | None:
        """Return a moment as wall-clock time, to the second."""
        if moment is None:
            return None
        return moment.astimezone(self.zone).replace(tzinfo=None, microsecond=0)


type _Cell = Callable[[Job, _Names], Cell]

_KINDS = {Kind.WORK: "work", Kind.PICKUP: "pickup", Kind.DROPOFF: "dropoff"}


def _member(job: Job, names: _Names) -> Cell:
    person = names.people.get(job.member)
    return person.name if person else ""


def _place(job: Job, names: _Names) -> Cell:
    place = names.places.get(job.place)
    return place.name if place else ""


def _window(job: Job, _: _Names) -> Cell:
    return _span(job.window_start, job.window_end or MINUTES_A_DAY)


@lru_cache(maxsize=4096)
def _span(start: int, end: int) -> str:
    if start == 0 and end == MINUTES_A_DAY:
        return ""
    return f"{_clock(start)}-{_clock(end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _on_site(job: Job, _: _Names) -> Cell:
    if job.checked_in_at is None or job.checked_out_at is None:
        return None
    return round((job.checked_out_at - job.checked_in_at).total_seconds() / 60, 1)


def _contact(job: Job, _: _Names) -> Cell:
    return ", ".join(
        part for part in (job.contact_name, job.contact_phone, job.contact_email) if part
    )


# Key -> width in characters and what stands in the cell, in the standard order.
COLUMNS: Mapping[str, tuple[int, _Cell]] = {
    "day": (11, lambda job, _: job.day),
    "number": (8, lambda job, _: job.number or None),
    "member": (20, _member),
    "team": (16, lambda job, names: names.teams.get(job.team, "")),
    "title": (30, lambda job, _: job.title),
    "place": (24, _place),
    "address": (36, lambda job, _: job.address),
    "type": (10, lambda job, names: names.words[_KINDS[Kind(job.kind)]]),
    "priority": (8, lambda job, _: job.priority),
    "window": (12, _window),
    "scheduled_start": (19, lambda job, names: names.local(job.scheduled_start)),
    "scheduled_end": (19, lambda job, names: names.local(job.scheduled_end)),
    "checkin": (19, lambda job, names: names.local(job.checked_in_at)),
    "checkout": (19, lambda job, names: names.local(job.checked_out_at)),
    "onsite": (10, _on_site),
    "status": (12, lambda job, _: job.progress.value),
    "reply": (30, lambda job, _: job.reply),
    "contact": (30, _contact),
    "order_id": (12, lambda job, _: job.order_number or None),
    "file_number": (14, lambda job, _: job.file_number),
    "labels": (16, lambda job, _: job.labels),
    "items_pickup": (8, lambda job, _: job.items_pickup),
    "items_dropoff": (8, lambda job, _: job.items_dropoff),
    "external_id": (18, lambda job, _: job.external_id),
    "notes": (36, lambda job, _: job.note),
    "signature": (18, lambda job, _: job.signature_name),
}


def make(tx: Tx, actor: Actor, wanted: Wanted) -> Table:
    """Return the jobs of the days that the actor may see, in the order of the day view."""
    actor.require(Right.RUN_REPORTS)
    company = actor.company_profile
    words = in_language(company.language)
    wishes = wanted.columns or [Wish(key=key) for key in COLUMNS]
    return Table(
        title=words["jobs"],
        about=f"{company.name}, {wanted.first} - {wanted.last}, {company.timezone}",
        columns=[_column(wish, words) for wish in wishes],
        rows=_rows(tx, actor, _filter(tx, actor, wanted), [_cell_of(wish.key) for wish in wishes]),
    )


def _filter(tx: Tx, actor: Actor, wanted: Wanted) -> Filter:
    """Return which jobs are meant: an unknown name is refused, a hidden one passed over."""
    days = (to_yyyymmdd(wanted.first), to_yyyymmdd(wanted.last))
    if not wanted.accounts:
        return Filter(days=days)
    named = [accounts.get_named(tx, actor.company, name) for name in wanted.accounts]
    return Filter(days=days, members=[one.id for one in named if may_see(actor, one)])


def _column(wish: Wish, words: Mapping[str, str]) -> Column:
    width, _ = COLUMNS.get(wish.key, (16, None))
    title = wish.title or words.get(wish.key) or wish.key.removeprefix(CUSTOM)
    return Column(key=wish.key, title=title, width=width)


def _cell_of(key: str) -> _Cell:
    """Return what stands in a column; nothing where the key is unknown."""
    if key.startswith(CUSTOM):
        field = key.removeprefix(CUSTOM)
        return lambda job, _: job.custom.get(field, "")
    return COLUMNS[key][1] if key in COLUMNS else lambda _job, _names: ""


def _rows(tx: Tx, actor: Actor, wanted: Filter, cells: list[_Cell]) -> Iterator[Row]:
    company = actor.company_profile
    people = {one.id: one for one in accounts.members(tx, company.id, active_only=False)}
    known: dict[PlaceId, Place] = {}
    names = _Names(
        people=people,
        places=known,
        teams={team.id: team.name for team in company.teams},
        zone=zone(company.timezone),
        words=in_language(company.language),
    )
    for page in jobs.pages(tx, actor, wanted):
        known.clear()
        known.update(places.find_many(tx, company.id, {job.place for job in page if job.place}))
        for job in page:
            yield [cell(job, names) for cell in cells]
