"""The board: members and jobs of a day as the live map shows them."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Company, Member
from roundsman.accounts.rights import Right, Role
from roundsman.accounts.rules import may_locate, may_see
from roundsman.arrivals import queries as arrivals
from roundsman.arrivals.model import Expected
from roundsman.core.clock import to_ms, to_yyyymmdd
from roundsman.core.ids import JobId, MemberId
from roundsman.events import queries as facts
from roundsman.jobs import actions as jobs
from roundsman.jobs import queries as job_queries
from roundsman.jobs.helping import KIND as HELP
from roundsman.jobs.model import Job, Kind
from roundsman.jobs.queries import Filter
from roundsman.places import queries as places
from roundsman.storage.database import Tx
from roundsman.tracking.live import LiveState, freshness_of
from roundsman.tracking.queries import live as tracking
from roundsman.web.shapes.board import Board, Frame, Here, JobCard, MemberCard, TeamCard

# A fact may be committed a moment after one that was numbered later: frames look back this far.
OVERLAP_US = 2_000_000


class Scope(Struct, frozen=True):
    """Whose frames may be shared: viewers of one scope see the same.

    Operators who see the whole company share their frames; everybody else has frames of their own
    (`viewer` is who), because administrators see themselves and the others see a part.
    """

    viewer: str
    day: int


def scope_of(actor: Actor, day: date) -> Scope:
    """Return the scope of the actor on a day."""
    sees_all = actor.may(Right.SEE_ALL_JOBS) and actor.may(Right.SEE_ALL_MEMBERS)
    is_shared = sees_all and actor.role is Role.OPERATOR
    return Scope("" if is_shared else actor.id, to_yyyymmdd(day))


def board(tx: Tx, actor: Actor, day: date) -> Board:
    """Return everything the live map shows of a day."""
    scope = scope_of(actor, day)
    seq = facts.newest_number()
    people = people_seen(tx, actor)
    found = jobs.search(tx, actor, Filter(day=scope.day))
    company = actor.company_profile
    return Board(
        seq=seq,
        day=scope.day,
        members=_member_cards(tx, actor, people, tracking.live_states(tx, actor.company)),
        jobs=job_cards(tx, company, found),
        teams=[TeamCard(id=team.id, name=team.name) for team in company.teams],
    )


def frame(tx: Tx, actor: Actor, day: date, since: int, seen_us: int) -> tuple[Frame, int]:
    """Return what changed since fact `since` and position stamp `seen_us`, and the new stamp."""
    scope = scope_of(actor, day)
    seq = facts.newest_number()
    changed = facts.subjects_since(tx, actor.company, max(0, since - OVERLAP_US), "job:")
    late_us = max(0, seen_us - OVERLAP_US)
    moved = arrivals.changed_since(tx, actor.company, scope.day, late_us)
    ids = list(dict.fromkeys([subject.removeprefix("job:") for subject in changed] + list(moved)))
    found = job_queries.search(tx, actor.company, Filter(ids=ids, day=scope.day)) if ids else []
    shown = [job for job in found if jobs.sees(actor, job)]
    here = {job.id for job in shown}
    states = tracking.live_states(tx, actor.company, since_us=late_us)
    people = [one for one in people_seen(tx, actor) if one.id in states]
    told = Frame(
        seq=seq,
        members=_member_cards(tx, actor, people, states),
        jobs=job_cards(tx, actor.company_profile, shown),
        gone_jobs=[one for one in ids if one not in here],
    )
    stamps = [state.updated_us for state in states.values()] + list(moved.values())
    return told, max(stamps, default=seen_us)


def people_seen(tx: Tx, actor: Actor) -> list[Member]:
    """Return the members the actor may see."""
    return [one for one in accounts.members(tx, actor.company) if may_see(actor, one)]


def _member_cards(
    tx: Tx, actor: Actor, people: Sequence[Member], states: Mapping[MemberId, LiveState]
) -> list[MemberCard]:
    seen = {one.id: states.get(one.id) if may_locate(actor, one) else None for one in people}
    names = _area_names(tx, actor, {state.at for state in seen.values() if state and state.at})
    return [_member_card(one, seen[one.id], names, to_ms(tx.now)) for one in people]


def _area_names(tx: Tx, actor: Actor, areas: set[str]) -> dict[str, str]:
    """Return what people call the jobs and places behind the ids of areas."""
    kinds: dict[str, list[str]] = {"job": [], "place": []}
    helped: dict[str, str] = {}
    for area in sorted(areas):
        kind, _, subject = area.partition(":")
        if kind == HELP:
            helped[area] = subject.partition("-")[0]
        else:
            kinds[kind].append(subject)
    found = job_queries.find_many(tx, actor.company, [*kinds["job"], *helped.values()])
    sites = places.find_many(tx, actor.company, kinds["place"])
    titles = {job.id: job.title or job.address or "a job" for job in found.values()}
    return (
        {f"job:{job}": title for job, title in titles.items()}
        | {area: titles.get(JobId(job), "") for area, job in helped.items()}
        | {f"place:{site.id}": site.name for site in sites.values()}
    )


def _member_card(
    one: Member, state: LiveState | None, names: Mapping[str, str], now_ms: int
) -> MemberCard:
    here = None
    if state is not None and state.ts_ms:
        here = Here(
            lat=state.lat_e7 / 1e7,
            lng=state.lng_e7 / 1e7,
            ts=state.ts_ms,
            accuracy=state.acc_m or 0,
            speed=state.speed_mps or 0,
            heading=state.bearing_deg or 0,
        )
    return MemberCard(
        id=one.id,
        name=one.name,
        role=one.role.value,
        color=one.color,
        teams=list(one.teams),
        phone=one.phone,
        moving=state.moving if state else "",
        moving_since=state.since_ms if state else 0,
        freshness=freshness_of(state, now_ms),
        battery=-1 if state is None or state.battery_pct is None else state.battery_pct,
        charging=bool(state and state.charging),
        at=names.get(state.at, "") if state else "",
        here=here,
    )


def job_cards(tx: Tx, company: Company, found: Sequence[Job]) -> list[JobCard]:
    """Return jobs as the board shows them."""
    sites = places.find_many(tx, company.id, {job.place for job in found if job.place})
    expected = arrivals.of_jobs(tx, company.id, [job.id for job in found])
    default = company.policy.job_radius_m
    cards: list[JobCard] = []
    for job in found:
        site = sites.get(job.place)
        # Whoever got the job since is not expected at the old moment.
        soon = expected.get(job.id)
        is_theirs = (
            soon is not None and soon.member == job.member and soon.day == to_yyyymmdd(job.day)
        )
        radius = (site.radius_m if site else 0) or default
        cards.append(job_card(job, radius, soon if is_theirs else None))
    return cards


def job_card(job: Job, radius: int, expected: Expected | None) -> JobCard:
    """Return a job as the board shows it."""
    return JobCard(
        id=job.id,
        title=job.title,
        address=job.address,
        lat=job.position.lat if job.position else None,
        lng=job.position.lng if job.position else None,
        radius=radius,
        member=job.member,
        helpers=[helper.member for helper in job.helpers],
        team=job.team,
        number=job.number,
        priority=job.priority,
        kind=Kind(job.kind).name.lower(),
        progress=job.progress.value,
        window_start=job.window_start,
        window_end=job.window_end or 1440,
        on_site_seconds=job.on_site_s,
        scheduled_start=to_ms(job.scheduled_start),
        scheduled_end=to_ms(job.scheduled_end),
        check_in=to_ms(job.checked_in_at),
        check_out=to_ms(job.checked_out_at),
        done=to_ms(job.done_at or job.failed_at),
        eta=expected.arrive_ms if expected else 0,
        eta_low=expected.low_ms if expected else 0,
        eta_high=expected.high_ms if expected else 0,
        carried=job.carried,
        contact_name=job.contact_name,
        contact_phone=job.contact_phone,
        note=job.note,
        reply=job.reply,
        pinned=[
            what
            for what, is_pinned in (
                ("person", job.pin_person),
                ("position", job.pin_position),
                ("time", job.pin_time),
            )
            if is_pinned
        ],
    )
