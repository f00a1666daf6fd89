"""All SQL about recurrences and what came of them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from roundsman.almanac.model import Occurrence, Recurrence
from roundsman.core.clock import from_yyyymmdd, to_yyyymmdd
from roundsman.core.ids import CompanyId, JobId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import occurrence, recurrence

_encode = msgspec.json.Encoder().encode
_recurrence = msgspec.json.Decoder(Recurrence).decode
_r, _o = recurrence.c, occurrence.c

_OURS = _r.company_id == bindparam("company")
_ONE = Statement(
    select(_r.doc).where(_OURS, _r.template_id == bindparam("template")).with_for_update()
)
_SOME = Statement(
    select(_r.doc).where(_OURS, is_in(_r.template_id, "templates")).order_by(_r.template_id)
)
_NEXT = Statement(
    select(_r.doc)
    .where(_OURS, _r.template_id > bindparam("after"))
    .order_by(_r.template_id)
    .limit(bindparam("most"))
)
_HOW_MANY = Statement(select(func.count()).select_from(recurrence).where(_OURS))
_SAVE = upsert(recurrence, keys=["company_id", "template_id"])
_REMOVE = Statement(delete(recurrence).where(_OURS, _r.template_id == bindparam("template")))

_MINE = (_o.company_id == bindparam("company"), _o.template_id == bindparam("template"))
_SINCE = Statement(
    select(_o.template_id, _o.day, _o.placed, _o.job_id)
    .where(*_MINE, _o.day >= bindparam("since"))
    .order_by(_o.day)
)
_CLAIM = upsert(occurrence, keys=["company_id", "template_id", "day"], change=[])
_PLACE = Statement(
    update(occurrence).where(*_MINE, _o.day == bindparam("of")).values(placed=bindparam("on"))
)
_RELEASE = Statement(delete(occurrence).where(*_MINE, _o.day == bindparam("of")))
_HAND_OVER = Statement(
    update(occurrence)
    .where(*_MINE, _o.day >= bindparam("since"))
    .values(template_id=bindparam("heir"))
)


def find(tx: Tx, company: CompanyId, template: JobId) -> Recurrence | None:
    """Return how a template repeats, locked for a change, or None."""
    row = tx.row(_ONE, company=company, template=template)
    return _recurrence(row[0]) if row else None


def find_many(tx: Tx, company: CompanyId, templates: Iterable[str]) -> list[Recurrence]:
    """Return the recurrences of those templates that have one."""
    rows = tx.rows(_SOME, company=company, templates=sorted(set(templates)))
    return [_recurrence(row[0]) for row in rows]


def page(tx: Tx, company: CompanyId, after: str, most: int) -> list[Recurrence]:
    """Return recurrences of the company behind a template, in the order of templates."""
    rows = tx.rows(_NEXT, company=company, after=after, most=most)
    return [_recurrence(row[0]) for row in rows]


def how_many(tx: Tx, company: CompanyId) -> int:
    """Return how many templates of the company repeat."""
    row = tx.row(_HOW_MANY, company=company)
    return int(row[0]) if row else 0


def save(tx: Tx, company: CompanyId, one: Recurrence) -> None:
    """Write how a template repeats."""
    tx.run(_SAVE, company_id=company, template_id=one.template, doc=_encode(one).decode())


def remove(tx: Tx, company: CompanyId, template: JobId) -> None:
    """Forget how a template repeats; what came of it stays known."""
    tx.run(_REMOVE, company=company, template=template)


# --- what came of them ----------------------------------------------------------------------------


def occurrences(tx: Tx, company: CompanyId, template: JobId, since: date) -> list[Occurrence]:
    """Return for which original days from one on a template was made into jobs."""
    rows = tx.rows(_SINCE, company=company, template=template, since=to_yyyymmdd(since))
    return [Occurrence(JobId(row[0]), _day(row[1]), _day(row[2]), JobId(row[3])) for row in rows]


def _day(number: int) -> date:
    return from_yyyymmdd(number) or date.min


def claim(tx: Tx, company: CompanyId, wanted: Sequence[Occurrence]) -> list[bool]:
    """Write that jobs are made; tell of each whether nobody made it before."""
    rows: list[dict[str, Any]] = [
        {
            "company_id": company,
            "template_id": one.template,
            "day": to_yyyymmdd(one.original),
            "placed": to_yyyymmdd(one.placed),
            "job_id": one.job,
        }
        for one in wanted
    ]
    return tx.add_new(_CLAIM, rows)


def place(tx: Tx, company: CompanyId, one: Occurrence, on: date) -> None:
    """Write that the job of an original day is placed on another day."""
    tx.run(
        _PLACE,
        company=company,
        template=one.template,
        of=to_yyyymmdd(one.original),
        on=to_yyyymmdd(on),
    )


def release(tx: Tx, company: CompanyId, one: Occurrence) -> None:
    """Forget that a job was made for an original day."""
    tx.run(_RELEASE, company=company, template=one.template, of=to_yyyymmdd(one.original))


def hand_over(tx: Tx, company: CompanyId, template: JobId, heir: JobId, since: date) -> None:
    """Let what came of a template from an original day on be another template's."""
    tx.run(_HAND_OVER, company=company, template=template, heir=heir, since=to_yyyymmdd(since))
