from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from roundsman.accounts.model import Team
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId, TeamId
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.reports.catalogue import REPORTS
from roundsman.reports.jobs import COLUMNS
from roundsman.reports.words import in_language

if TYPE_CHECKING:
    import httpx

    from tests.world import Person, World

pytestmark = pytest.mark.anyio

DAY = 20260105
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def report(person: Person, **data: Any) -> httpx.Response:
    answer = await person.raw("createreport", json={"data": {"reporttype": "jobs", **data}})
    assert answer.status_code == 200, answer.text
    return answer


async def rows_of(person: Person, *keys: str, **data: Any) -> list[list[str]]:
    """Return the cells of a csv report, headings left out."""
    columns = {"columns": [{"key": key} for key in keys]} if keys else {}
    answer = await report(person, format="csv", **({"day": DAY} | data), **columns)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8", answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


async def refused(person: Person, **data: Any) -> int:
    answer = await report(person, **data)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["message"]
    return int(answer.json()["status"])


async def add(world: World, **job: Any) -> str:
    answer = await world.otto.post("createjobs", jobs=[{"day": DAY, **job}])
    assert answer["status"] == 0, answer
    return str(answer["jobs"][0]["id"])


# --- the files ------------------------------------------------------------------------------------


async def test_it_answers_a_csv_file(world: World) -> None:
    await add(world, destinationName="Boiler; 3rd, floor", textDispatcher='say "hi"\nthen go')
    answer = await report(
        world.ada, format="csv", day=DAY, columns=[{"key": "title"}, {"key": "notes"}]
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    disposition = 'attachment; filename="jobs_20260105-20260105.csv"'
    assert answer.headers["content-disposition"] == disposition
    assert answer.content == (
        b'\xef\xbb\xbfTitle,Notes\r\n"Boiler; 3rd, floor","say ""hi""\nthen go"\r\n'
    )


async def test_it_answers_a_workbook_by_default(world: World) -> None:
    await add(world, destinationName="Boiler", itemsToPickup=3, tsCheckIn=1767600000000)
    answer = await report(
        world.ada,
        **{"from": 20260101, "until": "20260131"},
        columns=[{"key": key} for key in ("day", "title", "items_pickup", "checkin")],
    )
    assert answer.headers["content-type"] == XLSX
    disposition = 'attachment; filename="jobs_20260101-20260131.xlsx"'
    assert answer.headers["content-disposition"] == disposition
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    (sheet,) = book.worksheets
    assert sheet.title == "Jobs"
    heading, row = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert heading == ["Day", "Title", "Items to pick up", "Check-in"]
    # 2026-01-05 08:00 UTC is nine o'clock in Vienna.
    assert row == [datetime(2026, 1, 5), "Boiler", 3, datetime(2026, 1, 5, 9)]
    assert book.properties.description == "Acme, 2026-01-01 - 2026-01-31, Europe/Vienna"


async def test_it_answers_the_heading_alone_when_there_is_nothing(world: World) -> None:
    answer = await report(world.ada, format="csv", day=DAY, columns=[{"key": "title"}])
    assert answer.content == b"\xef\xbb\xbfTitle\r\n"
    book = openpyxl.load_workbook(io.BytesIO((await report(world.ada, day=DAY)).content))
    assert [cell.value for cell in book.worksheets[0][1]] == [
        in_language("en")[key] for key in COLUMNS
    ]


# --- the columns ----------------------------------------------------------------------------------


async def test_it_fills_every_standard_column(world: World) -> None:
    depot = Place(id=PlaceId("depot1"), name="Depot", position=Point(48.2, 16.3))
    world.db.write_now(lambda tx: places.save(tx, world.acme, depot))
    world.set_company(teams=[Team(id=TeamId(7), name="North")])
    job = await add(
        world,
        destinationName="Boiler",
        destinationText="Hafen 1",
        placeUid="depot1",
        worker="wanda@acme.example",
        teamId=7,
        type=1,
        priority=8,
        windowStart=800,
        windowEnd=1230,
        orderId=44,
        fileNumber="F-1",
        labels="vip,urgent",
        itemsToPickup=2,
        itemsToDropoff=3,
        uidSecondary="x-9",
        textDispatcher="ring twice",
        contactName="Ann",
        contactPhone="0123",
        contactEmail="ann@example.org",
        customFields=[{"key": "PO", "val": "17"}],
    )
    await world.wanda.post(
        "editjobs",
        jobs={
            job: {
                "tsCheckIn": 1767600000000,
                "tsCheckOut": 1767601530000,
                "tsDoneSuccess": 1767601500000,
                "textReceiver": "all good",
            }
        },
    )
    (row,) = await rows_of(world.ada, *COLUMNS, "custom:PO", "custom:none", "weather")
    assert dict(zip([*COLUMNS, "custom:PO", "custom:none", "weather"], row, strict=True)) == {
        "day": "2026-01-05",
        "number": "1",
        "member": "Wanda",
        "team": "North",
        "title": "Boiler",
        "place": "Depot",
        "address": "Hafen 1",
        "type": "pickup",
        "priority": "8",
        "window": "08:00-12:30",
        "scheduled_start": "",
        "scheduled_end": "",
        "checkin": "2026-01-05 09:00:00",
        "checkout": "2026-01-05 09:25:30",
        "onsite": "25.5",
        "status": "done",
        "reply": "all good",
        "contact": "Ann, 0123, ann@example.org",
        "order_id": "44",
        "file_number": "F-1",
        "labels": "vip,urgent",
        "items_pickup": "2",
        "items_dropoff": "3",
        "external_id": "x-9",
        "notes": "ring twice",
        "signature": "",
        "custom:PO": "17",
        "custom:none": "",
        "weather": "",
    }


@pytest.mark.parametrize(
    ("job", "status"),
    [
        ({}, "unassigned"),
        ({"worker": "wanda@acme.example"}, "scheduled"),
        ({"worker": "wanda@acme.example", "tsAccepted": 1}, "accepted"),
        ({"tsCheckIn": 1}, "in_progress"),
        ({"tsCheckIn": 1, "tsCheckOut": 2}, "left"),
        ({"tsDoneFailed": 1}, "issue"),
        ({"tsDoneSuccess": 1}, "done"),
    ],
)
async def test_its_status_is_the_progress_word(
    world: World, job: dict[str, Any], status: str
) -> None:
    await add(world, **job)
    assert await rows_of(world.ada, "status") == [[status]]


async def test_it_takes_headings_from_the_columns(world: World) -> None:
    answer = await report(
        world.ada,
        format="csv",
        day=DAY,
        columns=[
            {"key": "title", "title": "Aufgabe"},
            {"key": "member", "label": "Wer"},
            {"key": "custom:PO"},
            {"key": "weather"},
            "status",
        ],
    )
    assert answer.content.decode("utf-8-sig") == "Aufgabe,Wer,PO,weather,Status\r\n"


async def test_its_headings_are_in_the_language_of_the_company(world: World) -> None:
    world.set_company(language="de-AT")
    answer = await report(world.ada, format="csv", day=DAY, columns=[{"key": "title"}])
    assert answer.content.decode("utf-8-sig") == "Titel\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
async def test_it_holds_no_formulas(world: World, text: str) -> None:
    await add(world, destinationName=text)
    assert await rows_of(world.ada, "title") == [["'" + text]]
    answer = await report(world.ada, day=DAY, columns=[{"key": "title", "title": "=A1"}])
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.data_type for (cell,) in sheet.iter_rows()] == ["s", "s"]
    assert sheet["A1"].value == "'=A1"


# --- days and people ------------------------------------------------------------------------------


async def test_it_covers_the_days_asked_for(world: World) -> None:
    for day in (20260104, 20260105, 20260106, 0):
        await add(world, destinationName=str(day), day=day)
    both = [["20260105"], ["20260106"]]
    assert await rows_of(world.ada, "title", day=20260106) == [["20260106"]]
    assert await rows_of(world.ada, "title", day=None) == [["20260105"]]
    period = {"from": 20260105, "until": 20260106}
    assert await rows_of(world.ada, "title", day=None, **period) == both
    assert await rows_of(world.ada, "title", day=None, **{"from": 20260106}) == [["20260106"]]
    assert await rows_of(world.ada, "title", day=None, until=20260104) == [["20260104"]]


async def test_its_today_is_that_of_the_company(world: World) -> None:
    world.pass_time(hours=16, minutes=30)
    await add(world, destinationName="after midnight", day=20260106)
    assert await rows_of(world.ada, "title", day=None) == [["after midnight"]]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"reporttype": "weather"}, -11),
        ({"reporttype": None}, -1),
        ({"reporttype": 5}, -1),
        ({"format": "pdf"}, -11),
        ({"format": "docx"}, -11),
        ({"day": 20260230}, -11),
        ({"day": "soon"}, -1),
        ({"from": 20260106, "until": 20260105}, -11),
        ({"from": 20250101, "until": 20260102}, -11),
        ({"accounts": ["nobody@acme.example"]}, -2),
        ({"accounts": "wanda@acme.example"}, -1),
        ({"accounts": [["wanda"]]}, -1),
        ({"columns": [{"title": "no key"}]}, -1),
        ({"columns": [{"key": 5}]}, -1),
        ({"columns": {"key": "title"}}, -1),
        ({"columns": [{"key": "title"}] * 201}, -11),
    ],
)
async def test_it_refuses_what_it_cannot_make(
    world: World, data: dict[str, Any], status: int
) -> None:
    assert await refused(world.ada, **data) == status


async def test_it_covers_a_whole_year(world: World) -> None:
    period = {"from": 20250106, "until": 20260106}
    assert await rows_of(world.ada, "title", day=None, **period) == []


async def test_its_refusal_lists_what_there_is(world: World) -> None:
    answer = await world.ada.post("createreport", reporttype="mileage")
    assert answer["code"] == "bad_value"
    assert "jobs" in answer["message"]
    answer = await world.ada.post("createreport", reporttype="jobs", format="pdf")
    assert "xlsx, csv" in answer["message"]


@pytest.mark.parametrize("name", ["jobs", "JOBS", "j_o-bs"])
async def test_the_case_of_its_name_does_not_count(world: World, name: str) -> None:
    answer = await report(world.ada, reporttype=name, format="CSV", day=DAY)
    assert 'filename="jobs_20260105-20260105.csv"' in answer.headers["content-disposition"]


async def test_it_covers_the_members_asked_for(world: World) -> None:
    for worker in ("wanda@acme.example", "willi@acme.example", ""):
        await add(world, destinationName=worker or "nobody", worker=worker)

    async def titles(*accounts: str) -> set[str]:
        return {row[0] for row in await rows_of(world.ada, "title", accounts=list(accounts))}

    everybody = {"wanda@acme.example", "willi@acme.example", "nobody"}
    assert await titles() == everybody
    assert await titles("*") == everybody
    assert await titles("wanda@acme.example") == {"wanda@acme.example"}
    assert await titles(world.wanda.id, "WILLI@acme.example") == everybody - {"nobody"}


async def test_a_worker_sees_only_their_own_jobs(world: World) -> None:
    await add(world, destinationName="hers", worker="wanda@acme.example")
    await add(world, destinationName="his", worker="willi@acme.example")
    await add(world, destinationName="nobody's")
    assert await rows_of(world.wanda, "title") == [["hers"]]
    assert await rows_of(world.wanda, "title", accounts=["willi@acme.example"]) == []


async def test_an_operator_behind_team_walls_sees_the_jobs_of_their_teams(world: World) -> None:
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_company(teams=[Team(id=TeamId(1), name="N"), Team(id=TeamId(2), name="S")])
    world.set_member(world.otto, teams=[1])
    world.set_member(world.wanda, teams=[1])
    world.set_member(world.willi, teams=[2])
    for team, worker in ((1, "wanda@acme.example"), (2, "willi@acme.example")):
        await world.ada.post(
            "createjobs",
            jobs=[{"day": DAY, "destinationName": f"{team}", "teamId": team, "worker": worker}],
        )
    assert await rows_of(world.otto, "title") == [["1"]]
    assert await rows_of(world.otto, "title", accounts=["willi@acme.example"]) == []
    assert len(await rows_of(world.ada, "title")) == 2


async def test_a_worker_may_be_kept_from_reports(world: World) -> None:
    world.set_member(world.wanda, switches={"run_reports": False})
    assert await refused(world.wanda) == -5


async def test_another_company_sees_nothing_of_it(world: World) -> None:
    await add(world, destinationName="ours", worker="wanda@acme.example")
    assert await rows_of(world.zoe, "title") == []
    assert await refused(world.zoe, accounts=["wanda@acme.example"]) == -2
    assert await refused(world.zoe, accounts=[world.wanda.id]) == -2


async def test_it_leaves_out_archived_jobs_and_templates(world: World) -> None:
    job = await add(world, destinationName="archived")
    await world.otto.post("archivejobs", jobs=[job])
    await world.otto.post("createjobs", template=True, jobs=[{"destinationName": "template"}])
    assert await rows_of(world.ada, "title") == []


async def test_its_rows_are_in_the_order_of_the_day_over_many_pages(world: World) -> None:
    for start in range(0, 2500, 500):
        jobs = [
            {"day": DAY + (number % 3), "number": number // 3 + 1, "destinationName": f"{number}"}
            for number in range(start, start + 500)
        ]
        assert (await world.otto.post("createjobs", jobs=jobs))["status"] == 0
    period = {"from": DAY, "until": DAY + 2}
    rows = await rows_of(world.ada, "day", "number", "title", day=None, **period)
    assert len({row[2] for row in rows}) == 2500
    assert rows == sorted(rows, key=lambda row: (row[0], int(row[1])))


async def test_there_is_a_word_for_every_column_in_every_language() -> None:
    for code in ("en", "de", "pt"):
        words = in_language(code)
        assert set(words) == set(in_language("en"))
        assert set(COLUMNS) < set(words)
        assert set(REPORTS) < set(words)
