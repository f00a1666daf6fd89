"""RPC actions about templates that repeat: extensions of the contract."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, cast

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member
from roundsman.almanac import actions, repeating
from roundsman.almanac.actions import Pattern, Scope
from roundsman.almanac.model import HORIZON_DAYS, OnHolidays, Recurrence
from roundsman.almanac.rules import week_of
from roundsman.api.fields import a_day
from roundsman.api.job_shapes import wished
from roundsman.api.shapes import Answer, Ask, Call, Done, Int
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.errors import BadFormat, BadValue
from roundsman.core.ids import JobId, MemberId
from roundsman.http.limits import BATCH_LIMIT
from roundsman.jobs.model import Job
from roundsman.jobs.wire import all_on_wire

# How far ahead, and how many, of the next days are shown.
_PREVIEW = timedelta(days=800)
_PREVIEWED = 5
_OF_JOBS: dict[str, Any] = {"items": {"$ref": "#/components/schemas/WireJob"}}
_OF_INPUT: dict[str, Any] = {"$ref": "#/components/schemas/JobInput"}


class RecurrenceInput(Struct, frozen=True, kw_only=True):
    """How a template is to repeat; what is not sent stays.

    `until` is the last day, `count` how often; 0 takes that end away. Both may stand in the rule
    instead. `exdates` is the whole list.
    """

    rrule: Annotated[
        str | UnsetType,
        Meta(description="RRULE of RFC 5545, such as FREQ=MONTHLY;BYDAY=1MO;COUNT=12."),
    ] = UNSET
    start: Annotated[Int | UnsetType, Meta(description="First day; today by default.")] = UNSET
    until: Annotated[Int | UnsetType, Meta(description="Last day; 0 is none.")] = UNSET
    count: Annotated[Int | UnsetType, Meta(description="How often; 0 is no end.")] = UNSET
    exdates: Annotated[list[Int] | UnsetType, Meta(description="Days to leave out.")] = UNSET
    holidays: Annotated[
        str | UnsetType,
        Meta(description="On a holiday of the company: skip, move (next working day) or keep."),
    ] = UNSET
    worker: Annotated[
        str | UnsetType, Meta(description='Who gets the jobs: user name or id, "" is nobody.')
    ] = UNSET


class RecurrenceCard(Struct, frozen=True, kw_only=True):
    """How a template repeats. `nextDays` are the next days on which its jobs take place."""

    template: str
    title: str
    rrule: str
    start: int
    until: int
    count: int
    exdates: list[int]
    holidays: str
    worker: str
    worker_name: str = field(name="workerName")
    next_days: list[int] = field(name="nextDays")


class SeriesAnswer(Answer, frozen=True, kw_only=True):
    """Answer with a series; `recurrence` is left out where the series does not go on."""

    recurrence: RecurrenceCard | UnsetType = UNSET
    jobs: Annotated[list[Any], Meta(extra_json_schema=_OF_JOBS)]


class SetRecurrence(Ask, frozen=True, kw_only=True):
    """Body of setrecurrence."""

    template: Annotated[str, Meta(description="Id of the template, tpl-...")]
    recurrence: RecurrenceInput


def set_recurrence(call: Call, ask: SetRecurrence) -> SeriesAnswer:
    """Let a template repeat, or repeat in another way. Answers the jobs that were made at once.

    Jobs are made for today and 14 days ahead, topped up in the night of the company. Each carries
    `recurrenceTemplate` and `recurrenceDay`. A job that somebody changed stays as it is; others
    that the rule no longer wants are deleted.
    """
    pattern = _pattern(ask.recurrence)
    found = actions.repeat(call.tx, call.actor, JobId(ask.template), pattern)
    return _answer(call, found)


class GetRecurrences(Ask, frozen=True, kw_only=True):
    """Body of getrecurrences."""

    templates: Annotated[
        list[str] | None, Meta(description="Ids of templates; all that repeat by default.")
    ] = None


class Recurrences(Answer, frozen=True, kw_only=True):
    """Answer with the templates that repeat."""

    recurrences: list[RecurrenceCard]
    horizon: Annotated[int, Meta(description="For so many days ahead jobs are made.")] = (
        HORIZON_DAYS
    )


def get_recurrences(call: Call, ask: GetRecurrences) -> Recurrences:
    """Return how templates repeat."""
    named = ask.templates
    if named is not None and len(named) > BATCH_LIMIT:
        raise BadValue(f"At most {BATCH_LIMIT} templates go into one request.", field="templates")
    wanted = None if named is None else [JobId(one) for one in named]
    return Recurrences(recurrences=_cards(call, actions.series(call.tx, call.actor, wanted)))


class EndRecurrence(Ask, frozen=True, kw_only=True):
    """Body of endrecurrence."""

    template: Annotated[str, Meta(description="Id of the template, tpl-...")]


def end_recurrence(call: Call, ask: EndRecurrence) -> Done:
    """Let a template repeat no more; its jobs from today on that nobody touched are deleted."""
    actions.end(call.tx, call.actor, JobId(ask.template))
    return Done()


class EditRecurring(Ask, frozen=True, kw_only=True):
    """Body of editrecurring."""

    job: Annotated[str, Meta(description="Id of a job that repeats.")]
    scope: Annotated[
        str,
        Meta(
            description="this job alone; following: this and those after it, as a series of their "
            "own; all: the template and all from today on."
        ),
    ]
    changes: Annotated[
        dict[str, Any],
        Meta(description="Properties to change, as in editjobs.", extra_json_schema=_OF_INPUT),
    ] = field(default_factory=dict[str, Any])
    recurrence: Annotated[
        RecurrenceInput | None, Meta(description="Another rhythm, not for a job alone.")
    ] = None


def edit_recurring(call: Call, ask: EditRecurring) -> SeriesAnswer:
    """Change a job that repeats, alone or with those that follow it.

    Answers the jobs of the change as they are now. Jobs that somebody changed before, that have
    begun or ended are left as they are.
    """
    try:
        scope = Scope(ask.scope.strip().lower())
    except ValueError as error:
        raise BadValue(
            f"scope must be this, following or all, not {ask.scope[:20]!r}.", field="scope"
        ) from error
    found = actions.edit(
        call.tx,
        call.actor,
        JobId(ask.job),
        scope,
        wished(ask.changes, "changes"),
        _pattern(ask.recurrence) if ask.recurrence is not None else Pattern(),
    )
    return _answer(call, found)


# --- templates that repeat from the start ---------------------------------------------------------


def pattern_in(sent: object, where: str) -> Pattern | None:
    """Return the recurrence in a template of createjobs, None where it has none."""
    if not isinstance(sent, dict):
        return None
    asked = cast("dict[str, Any]", sent).get("recurrence")
    if asked is None:
        return None
    try:
        return _pattern(msgspec.convert(asked, RecurrenceInput, strict=False))
    except msgspec.ValidationError as error:
        raise BadFormat(f"{where}.recurrence: {error}.", field=f"{where}.recurrence") from error


def let_repeat(call: Call, sent: Sequence[object], made: Sequence[Job]) -> None:
    """Let the templates of a createjobs repeat that say how."""
    for index, (asked, template) in enumerate(zip(sent, made, strict=True)):
        where = f"jobs[{index}]"
        pattern = pattern_in(asked, where)
        if pattern is None:
            continue
        if not template.is_template:
            raise BadValue(
                f"{where}: only templates repeat; create it with template: true.",
                field=f"{where}.recurrence",
            )
        actions.repeat(call.tx, call.actor, template.id, pattern)


# --- shapes ---------------------------------------------------------------------------------------


def _pattern(sent: RecurrenceInput) -> Pattern:
    until: date | UnsetType | None = UNSET
    if not isinstance(sent.until, UnsetType):
        until = a_day("recurrence.until", sent.until)
    return Pattern(
        rule=sent.rrule,
        start=UNSET if isinstance(sent.start, UnsetType) else _day("start", sent.start),
        until=until,
        count=sent.count,
        except_on=UNSET
        if isinstance(sent.exdates, UnsetType)
        else [_day("exdates", day) for day in sent.exdates],
        holidays=UNSET if isinstance(sent.holidays, UnsetType) else _holidays(sent.holidays),
        assignee=sent.worker,
    )


def _day(name: str, value: int) -> date:
    day = a_day(f"recurrence.{name}", value)
    if day is None:
        raise BadValue(
            f"recurrence.{name} must be a day such as 20260105, not 0.", field=f"recurrence.{name}"
        )
    return day


def _holidays(text: str) -> OnHolidays:
    try:
        return OnHolidays(text.strip().lower())
    except ValueError as error:
        raise BadValue(
            f"recurrence.holidays must be skip, move or keep, not {text[:20]!r}.",
            field="recurrence.holidays",
        ) from error


def _answer(call: Call, found: actions.Series) -> SeriesAnswer:
    wire = all_on_wire(call.tx, call.actor, found.jobs)
    if found.recurrence is None:
        return SeriesAnswer(jobs=wire)
    cards = _cards(call, actions.series(call.tx, call.actor, [found.recurrence.template]))
    return SeriesAnswer(recurrence=cards[0] if cards else UNSET, jobs=wire)


def _cards(call: Call, found: Sequence[tuple[Recurrence, Job]]) -> list[RecurrenceCard]:
    people = accounts.some_members(
        call.tx, call.actor.company, {one.member for one, _ in found} - {MemberId("")}
    )
    return [_card(call, one, template, people.get(one.member)) for one, template in found]


def _card(call: Call, one: Recurrence, template: Job, taker: Member | None) -> RecurrenceCard:
    company = call.actor.company_profile
    today = local_day(call.tx.now, company.timezone)
    days = repeating.days(one, today, max(today, one.start) + _PREVIEW)
    places = repeating.placed(one, company, week_of(taker, company), days)
    return RecurrenceCard(
        template=one.template,
        title=template.title,
        rrule=repeating.on_paper(one),
        start=to_yyyymmdd(one.start),
        until=to_yyyymmdd(one.until),
        count=one.count,
        exdates=[to_yyyymmdd(day) for day in one.except_on],
        holidays=one.holidays.value,
        worker=taker.username if taker else "",
        worker_name=taker.name if taker else "",
        next_days=[to_yyyymmdd(day) for day in sorted(places.values())[:_PREVIEWED]],
    )
