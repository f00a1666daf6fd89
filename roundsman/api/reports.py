"""RPC actions about reports."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, cast

from msgspec import Meta, field

from roundsman.api.fields import a_day, a_text
from roundsman.api.shapes import Ask, Call, File, Int
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.errors import BadFormat, BadValue
from roundsman.reports import catalogue
from roundsman.reports.table import Wanted, Wish

DAYS_MOST = 366
COLUMNS_MOST = 200
ACCOUNTS_MOST = 10_000
EVERYBODY = "*"


class CreateReport(Ask, frozen=True, kw_only=True):
    """Body of createreport: what kind, which days, whose, which columns.

    The answer is the file itself; a refusal is JSON as always.
    """

    reporttype: Annotated[str, Meta(description="Kind of report: jobs.")]
    format: Annotated[str | None, Meta(description="xlsx (default) or csv.")] = None
    day: Annotated[Int | None, Meta(description="One day such as 20260105; today by default.")] = (
        None
    )
    first: Annotated[Int | None, Meta(description="First day of a period.")] = field(
        default=None, name="from"
    )
    last: Annotated[Int | None, Meta(description="Last day of a period, inclusive.")] = field(
        default=None, name="until"
    )
    accounts: Annotated[
        tuple[str, ...], Meta(description="Members by user name or uid; all when empty.")
    ] = ()
    columns: Annotated[
        tuple[Any, ...],
        Meta(description="Columns in order, each with `key` and perhaps `title` or `label`."),
    ] = ()


def create_report(call: Call, ask: CreateReport) -> File:
    """Make a report and answer the file itself."""
    report = catalogue.find(ask.reporttype)
    form = catalogue.format_of(report, ask.format)
    first, last = _days(call, ask)
    if len(ask.accounts) > ACCOUNTS_MOST:
        raise BadValue(f"accounts takes at most {ACCOUNTS_MOST} entries.", field="accounts")
    wanted = Wanted(
        first=first,
        last=last,
        accounts=() if EVERYBODY in ask.accounts else ask.accounts,
        columns=_columns(ask.columns),
    )
    table = report.make(call.tx, call.actor, wanted)
    written = catalogue.FORMATS[form]
    return File(
        name=f"{report.key}_{to_yyyymmdd(first)}-{to_yyyymmdd(last)}.{form}",
        media_type=written.media_type,
        content=written.write(table),
    )


def _days(call: Call, ask: CreateReport) -> tuple[date, date]:
    """Return the first and the last day: one day, a period, or today in the company's zone."""
    day = a_day("day", ask.day)
    first, last = a_day("from", ask.first), a_day("until", ask.last)
    if day is not None:
        return day, day
    first, last = first or last, last or first
    if first is None or last is None:
        today = local_day(call.tx.now, call.actor.timezone)
        return today, today
    if first > last:
        raise BadValue("from must not be after until.", field="from")
    if (last - first).days >= DAYS_MOST:
        raise BadValue(f"A report covers at most {DAYS_MOST} days.", field="until")
    return first, last


def _columns(sent: Sequence[Any]) -> list[Wish]:
    if len(sent) > COLUMNS_MOST:
        raise BadValue(f"A report has at most {COLUMNS_MOST} columns.", field="columns")
    return [_wish(index, one) for index, one in enumerate(sent)]


def _wish(index: int, sent: object) -> Wish:
    where = f"columns[{index}]"
    if isinstance(sent, str):
        return Wish(key=sent)
    problem = f'{where} must be an object with a "key", such as {{"key": "member"}}.'
    if not isinstance(sent, dict):
        raise BadFormat(problem, field=where)
    column = cast("dict[str, Any]", sent)
    key = column.get("key")
    if not isinstance(key, str):
        raise BadFormat(problem, field=where)
    title = column.get("title")
    if title is None:
        title = column.get("label")
    return Wish(key=key, title=a_text(f"{where}.title", title))
