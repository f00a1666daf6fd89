"""Every report: what it is called, what it says, in which formats."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from roundsman.accounts.model import Actor
from roundsman.core.errors import BadValue
from roundsman.reports import jobs
from roundsman.reports.table import Table, Wanted
from roundsman.reports.writers import csv, xlsx
from roundsman.storage.database import Tx


class Format(Struct, frozen=True, kw_only=True):
    """A kind of file."""

    media_type: str
    write: Callable[[Table], bytes]


class Report(Struct, frozen=True, kw_only=True):
    """A report: its wire name, what it answers, its formats (the first by default), its maker."""

    key: str
    about: str
    formats: tuple[str, ...]
    make: Callable[[Tx, Actor, Wanted], Table]


FORMATS: Mapping[str, Format] = {
    "xlsx": Format(media_type=xlsx.MEDIA_TYPE, write=xlsx.write),
    "csv": Format(media_type=csv.MEDIA_TYPE, write=csv.write),
}

REPORTS: Mapping[str, Report] = {
    report.key: report
    for report in (
        Report(
            key="jobs",
            about="What was planned and what was done, a row a job.",
            formats=("xlsx", "csv"),
            make=jobs.make,
        ),
    )
}


def find(name: str) -> Report:
    """Return the report of a name; case, `_` and `-` do not count. BadValue lists what there is."""
    wanted = name.strip().casefold().replace("_", "").replace("-", "")
    report = REPORTS.get(wanted)
    if report is None:
        problem = f"There is no report {name[:40]!r}. Use one of: {', '.join(REPORTS)}."
        raise BadValue(problem, field="reporttype")
    return report


def format_of(report: Report, name: str | None) -> str:
    """Return the format to write a report in. BadValue lists those it comes in."""
    wanted = name.strip().casefold() if name else report.formats[0]
    if wanted not in report.formats:
        problem = (
            f"The report {report.key} does not come as {wanted[:20]!r}."
            f" Use one of: {', '.join(report.formats)}."
        )
        raise BadValue(problem, field="format")
    return wanted
