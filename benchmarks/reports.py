"""Measure the largest report the budget names: 100,000 jobs, 20 columns, as csv and as xlsx.

    .venv/bin/python benchmarks/reports.py [--jobs 100000] [--write]

Fills a fresh SQLite database with a year of jobs and makes the report from it by the functions that
createreport calls. Each report is made in a process of its own, so that its memory is known. CPU
seconds are those of the whole process (reading the database, working out the cells, writing the
file), which other programs on the machine disturb less than the clock. --write puts the table into
the README of this folder.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.figures import measured, put  # noqa: E402 - the path comes first
from roundsman.accounts import queries as accounts  # noqa: E402 - likewise
from roundsman.accounts.actions import companies  # noqa: E402 - likewise
from roundsman.accounts.model import Actor, Member, Team  # noqa: E402 - likewise
from roundsman.accounts.rights import Role  # noqa: E402 - likewise
from roundsman.core.geo import Point  # noqa: E402 - likewise
from roundsman.core.ids import MemberId, PlaceId, TeamId, new_job_id  # noqa: E402 - likewise
from roundsman.jobs import queries as jobs  # noqa: E402 - likewise
from roundsman.jobs.model import Job  # noqa: E402 - likewise
from roundsman.places import queries as places  # noqa: E402 - likewise
from roundsman.places.model import Place  # noqa: E402 - likewise
from roundsman.reports import catalogue  # noqa: E402 - likewise
from roundsman.reports.jobs import COLUMNS  # noqa: E402 - likewise
from roundsman.reports.table import Wanted, Wish  # noqa: E402 - likewise
from roundsman.storage.database import Db, Tx, open_database  # noqa: E402 - likewise
from roundsman.storage.migrate import make_ready  # noqa: E402 - likewise

ROUNDS = 3
COLUMN_COUNT = 20
BATCH = 5_000
MEGABYTE = 1_000_000
ADMIN = "ada@acme.example"
FIRST_DAY = date(2026, 1, 1)
DAYS = 360
MEMBERS, PLACES, TEAMS = 50, 500, 3
STREETS = ("Große Mohrengasse", "Rua de Cedofeita", "Taborstraße", "Am Hafen", "Rua do Almada")


def main() -> None:
    """Fill a database, measure and print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--jobs", type=int, default=100_000)
    words.add_argument("--write", action="store_true")
    words.add_argument("--make", metavar="FORMAT", help=argparse.SUPPRESS)
    words.add_argument("--url", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.make:
        print(json.dumps(make_one(asked.url, asked.make)))
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/roundsman.db"
        fill(url, asked.jobs)
        lines = [measure(url, form, asked.jobs) for form in ("csv", "xlsx")]
    table = report(lines)
    print(table)
    if asked.write:
        put("reports", table)


def report(lines: list[str]) -> str:
    """Return the table with where and when it was measured."""
    head = (
        f"{measured()}; medians of {ROUNDS} reports, each in its own process.\n\n"
        "| Report | Format | CPU s | Memory above idle, MB | File, MB |\n"
        "| --- | --- | ---: | ---: | ---: |\n"
    )
    return head + "\n".join(lines)


def measure(url: str, form: str, count: int) -> str:
    """Return the line of a format."""
    command = [sys.executable, str(Path(__file__)), "--url", url, "--make", form]
    made = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for _ in range(ROUNDS)
    ]
    cpu_s, memory, size = (
        statistics.median(one[name] for one in made) for name in ("cpu_s", "memory", "size")
    )
    return (
        f"| jobs, {count:,} x {COLUMN_COUNT} | {form} | {cpu_s:.2f} "
        f"| {memory / MEGABYTE:.0f} | {size / MEGABYTE:.1f} |"
    )


def make_one(url: str, form: str) -> dict[str, float]:
    """Make the report in this process; return what it cost: CPU seconds, and bytes."""
    db = open_database(url, unit_timeout_s=600)
    report_of(db, form, last=FIRST_DAY)  # what is loaded once is not the report's
    idle = _peak()
    started = time.process_time()
    size = report_of(db, form, last=FIRST_DAY + timedelta(days=DAYS))
    cpu_s = time.process_time() - started
    memory = _peak() - idle
    db.close()
    return {"cpu_s": cpu_s, "memory": memory, "size": size}


def _peak() -> int:
    """Return the most bytes of memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def report_of(db: Db, form: str, *, last: date) -> int:
    """Make the report up to a day; return the size of the file."""
    wanted = Wanted(
        first=FIRST_DAY, last=last, columns=[Wish(key=key) for key in list(COLUMNS)[:COLUMN_COUNT]]
    )

    def make(tx: Tx) -> int:
        table = catalogue.find("jobs").make(tx, _administrator(tx), wanted)
        return len(catalogue.FORMATS[form].write(table))

    return db.read_now(make)


def _administrator(tx: Tx) -> Actor:
    owner = accounts.find_owner_of_username(tx, ADMIN)
    if owner is None:
        raise SystemExit("The database is empty.")
    company, member = owner
    return Actor(accounts.get_company(tx, company), accounts.get_member(tx, company, member))


# --- what is reported on --------------------------------------------------------------------------


def fill(url: str, count: int) -> None:
    """Make a database with a company that did `count` jobs in a year."""
    make_ready(url)
    db = open_database(url, unit_timeout_s=600)
    company = db.write_now(_company)
    batch: list[Job] = []
    for job in _jobs(count):
        batch.append(job)
        if len(batch) == BATCH:
            db.write_now(lambda tx: jobs.save_many(tx, company.company, batch))
            batch.clear()
    db.write_now(lambda tx: jobs.save_many(tx, company.company, batch))
    db.close()


def _company(tx: Tx) -> Actor:
    actor, _ = companies.create_company(tx, "Acme", ADMIN, timezone="Europe/Vienna")
    teams = [Team(id=TeamId(number), name=f"Team {number}") for number in range(1, TEAMS + 1)]
    accounts.save_company(tx, replace(actor.company_profile, teams=teams))
    for number in range(MEMBERS):
        worker = Member(
            id=_member(number),
            username=f"worker{number}@acme.example",
            name=f"Wanda Wächter {number}",
            role=Role.WORKER,
            created_at=tx.now,
        )
        accounts.save_member(tx, actor.company, worker)
    for number in range(PLACES):
        places.save(tx, actor.company, Place(id=_place(number), name=f"Customer {number}"))
    return actor


def _member(number: int) -> MemberId:
    return MemberId(f"w{number:05d}")


def _place(number: int) -> PlaceId:
    return PlaceId(f"p{number:05d}")


def _jobs(count: int) -> Iterator[Job]:
    a_day = max(count // DAYS, 1)
    for number in range(count):
        place_in_day, day = number % a_day, FIRST_DAY + timedelta(days=min(number // a_day, DAYS))
        start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC) + timedelta(
            minutes=place_in_day
        )
        yield Job(
            id=new_job_id(start),
            created_at=start - timedelta(days=2),
            saved_at=start,
            external_id=f"ERP-{number:07d}",
            kind=number % 3,
            team=number % (TEAMS + 1),
            order_number=number + 1,
            file_number=f"F-{number:06d}",
            labels="vip,urgent" if number % 10 == 0 else "",
            priority=number % 11,
            title=f"Boiler service {number}",
            address=f"{STREETS[number % len(STREETS)]} {number % 120}, 1020 Wien",
            position=Point(48.2 + number % 997 / 1e4, 16.3 + number % 991 / 1e4),
            place=_place(number % PLACES),
            contact_name=f"Ann Kowalski {number % 700}",
            contact_phone=f"+43 1 {number:07d}",
            day=day,
            number=place_in_day // MEMBERS + 1,
            window_start=480,
            window_end=750,
            scheduled_start=start + timedelta(hours=1),
            scheduled_end=start + timedelta(hours=1, minutes=12),
            member=_member(number % MEMBERS),
            note="Ring twice; the dog is friendly.",
            reply="Done, filter changed." if number % 2 else "",
            assigned_at=start - timedelta(days=1),
            accepted_at=start,
            checked_in_at=start + timedelta(hours=1, minutes=4, seconds=11),
            checked_out_at=start + timedelta(hours=1, minutes=20, seconds=45),
            done_at=start + timedelta(hours=1, minutes=19),
            custom={"PO": f"{number:06d}"},
        )


if __name__ == "__main__":
    main()
