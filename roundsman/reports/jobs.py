"""The report of jobs: what was planned and what was done."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from operator import attrgetter

from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.accounts.rules import may_see
from roundsman.core.clock import MINUTES_A_DAY, to_yyyymmdd, zone
from roundsman.core.ids import MemberId, PlaceId
from roundsman.jobs import actions as jobs
from roundsman.jobs.model import Job
from roundsman.jobs.model import Kind as JobKind
from roundsman.jobs.queries import Filter
from roundsman.places import queries as places
from roundsman.reports.table import Block, Cell, Column, Kind, Table, Wanted, Wish
from roundsman.reports.wall import Wall
from roundsman.reports.words import in_language
from roundsman.storage.database import Tx

CUSTOM = "custom:"
_MINUTE = timedelta(minutes=1)


class _Names(Struct, frozen=True, kw_only=True):
    """What cells need beside their jobs: names, the company's zone, words in its language."""

    people: Mapping[MemberId, str]
    places: Mapping[PlaceId, str]
    teams: Mapping[int, str]
    wall: Wall
    words: Mapping[str, str]


type _Cells = Callable[[Sequence[Job], _Names], Sequence[Cell]]


class _Made(Struct, frozen=True):
    """How a column is made: its kind, its width in characters, and the cells of some jobs."""

    kind: Kind
    width: int
    cells: _Cells


# --- the cells of a column ------------------------------------------------------------------------


def _attribute(name: str) -> _Cells:
    get = attrgetter(name)
    return lambda jobs, _: list(map(get, jobs))


def _some(name: str) -> _Cells:
    """Return the cells of a number that is nothing where it is 0."""
    get = attrgetter(name)
    return lambda jobs, _: [get(job) or None for job in jobs]


def _moment(name: str) -> _Cells:
    get = attrgetter(name)
    return lambda jobs, names: names.wall.shown(map(get, jobs))


def _window(jobs: Sequence[Job], _: _Names) -> list[Cell]:
    return [_span(job.window_start, job.window_end or MINUTES_A_DAY) for job in jobs]


@lru_cache(maxsize=4096)
def _span(start: int, end: int) -> str:
    if start == 0 and end == MINUTES_A_DAY:
        return ""
    return f"{_clock(start)}-{_clock(end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _on_site(jobs: Sequence[Job], _: _Names) -> list[Cell]:
    return [
        round((job.checked_out_at - job.checked_in_at) / _MINUTE, 1)
        if job.checked_in_at and job.checked_out_at
        else None
        for job in jobs
    ]


def _contact(jobs: Sequence[Job], _: _Names) -> list[Cell]:
    return [
        ", ".join(filter(None, (job.contact_name, job.contact_phone, job.contact_email)))
        for job in jobs
    ]


def _kind(jobs: Sequence[Job], names: _Names) -> list[Cell]:
    kinds = {kind.value: names.words[kind.name.lower()] for kind in JobKind}
    return [kinds[job.kind] for job in jobs]


def _custom(field: str) -> _Cells:
    return lambda jobs, _: [job.custom.get(field, "") for job in jobs]


def _empty(jobs: Sequence[Job], _: _Names) -> list[Cell]:
    return [""] * len(jobs)


def _text(width: int, cells: _Cells) -> _Made:
    return _Made(Kind.TEXT, width, cells)


def _number(width: int, cells: _Cells) -> _Made:
    return _Made(Kind.NUMBER, width, cells)


def _stamp(name: str) -> _Made:
    return _Made(Kind.MOMENT, 19, _moment(name))


# In the standard order.
COLUMNS: Mapping[str, _Made] = {
    "day": _Made(Kind.DAY, 11, _attribute("day")),
    "number": _number(8, _some("number")),
    "member": _text(20, lambda jobs, names: [names.people.get(job.member, "") for job in jobs]),
    "team": _text(16, lambda jobs, names: [names.teams.get(job.team, "") for job in jobs]),
    "title": _text(30, _attribute("title")),
    "place": _text(24, lambda jobs, names: [names.places.get(job.place, "") for job in jobs]),
    "address": _text(36, _attribute("address")),
    "type": _text(10, _kind),
    "priority": _number(8, _attribute("priority")),
    "window": _text(12, _window),
    "scheduled_start": _stamp("scheduled_start"),
    "scheduled_end": _stamp("scheduled_end"),
    "checkin": _stamp("checked_in_at"),
    "checkout": _stamp("checked_out_at"),
    "onsite": _number(10, _on_site),
    "status": _text(12, _attribute("progress")),
    "reply": _text(30, _attribute("reply")),
    "contact": _text(30, _contact),
    "order_id": _number(12, _some("order_number")),
    "file_number": _text(14, _attribute("file_number")),
    "labels": _text(16, _attribute("labels")),
    "items_pickup": _number(8, _attribute("items_pickup")),
    "items_dropoff": _number(8, _attribute("items_dropoff")),
    "external_id": _text(18, _attribute("external_id")),
    "notes": _text(36, _attribute("note")),
    "signature": _text(18, _attribute("signature_name")),
}
# Beside the standard ones, for those who ask for them.
MORE_COLUMNS: Mapping[str, _Made] = {
    "carried_over": _number(8, _some("carried")),
    "carried_from": _Made(Kind.DAY, 11, _attribute("carried_from")),
}
_UNKNOWN = _text(16, _empty)


# --- the report -----------------------------------------------------------------------------------


def make(tx: Tx, actor: Actor, wanted: Wanted) -> Table:
    """Return the jobs of the days that the actor may see, in the order of the day view."""
    actor.require(Right.RUN_REPORTS)
    company = actor.company_profile
    words = in_language(company.language)
    wishes = wanted.columns or [Wish(key=key) for key in COLUMNS]
    made = [_made(wish.key) for wish in wishes]
    return Table(
        title=words["jobs"],
        about=f"{company.name}, {wanted.first} - {wanted.last}, {company.timezone}",
        columns=[
            Column(key=wish.key, title=_title(wish, words), width=one.width, kind=one.kind)
            for wish, one in zip(wishes, made, strict=True)
        ],
        blocks=_blocks(tx, actor, _filter(tx, actor, wanted), [one.cells for one in made]),
    )


def _filter(tx: Tx, actor: Actor, wanted: Wanted) -> Filter:
    """Return which jobs are meant: an unknown name is refused, a hidden one passed over."""
    days = (to_yyyymmdd(wanted.first), to_yyyymmdd(wanted.last))
    if not wanted.accounts:
        return Filter(days=days)
    named = [accounts.get_named(tx, actor.company, name) for name in wanted.accounts]
    return Filter(days=days, members=[one.id for one in named if may_see(actor, one)])


def _made(key: str) -> _Made:
    """Return how a column is made; cells of an unknown one are empty."""
    if key.startswith(CUSTOM):
        return _text(16, _custom(key.removeprefix(CUSTOM)))
    return COLUMNS.get(key) or MORE_COLUMNS.get(key, _UNKNOWN)


def _title(wish: Wish, words: Mapping[str, str]) -> str:
    return wish.title or words.get(wish.key) or wish.key.removeprefix(CUSTOM)


def _blocks(tx: Tx, actor: Actor, wanted: Filter, columns: Sequence[_Cells]) -> Iterator[Block]:
    company = actor.company_profile
    everybody = accounts.members(tx, company.id, active_only=False)
    known: dict[PlaceId, str] = {}
    names = _Names(
        people={one.id: one.name for one in everybody},
        places=known,
        teams={team.id: team.name for team in company.teams},
        wall=Wall(zone(company.timezone)),
        words=in_language(company.language),
    )
    for page in jobs.pages(tx, actor, wanted):
        new = {job.place for job in page}.difference(known, [PlaceId("")])
        found = places.find_many(tx, company.id, new)
        known.update((place, found[place].name if place in found else "") for place in new)
        yield [cells(page, names) for cells in columns]
