from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import State
from roundsman.accounts.policy import InputField
from roundsman.api.fields import JOB_FIELDS, SPECIAL_FIELDS
from roundsman.core.clock import to_ms
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId
from roundsman.places import queries as places
from roundsman.places.model import Place
from tests.facts import kinds_of, told_of
from tests.job_table import DEFAULTS, LINES, MOMENT_MS, OTHERS, READ_ONLY, WHOLE_JOB, each

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

DAY = 20260105
DEPOT = Place(
    id=PlaceId("depot1"),
    name="Depot",
    position=Point(48.31, 14.29),
    address="Hafen 1",
    city="Linz",
    postalcode="4020",
    country_code="AT",
    radius_m=250,
    phone="+43732",
    email="depot@acme.example",
    linked_forms="f9",
)


async def made(person: Person, **job: Any) -> dict[str, Any]:
    """Create one job and return it."""
    answer = await person.post("createjobs", jobs=[job])
    assert answer["status"] == 0, answer
    (one,) = answer["jobs"]
    return dict(one)


async def count(world: World) -> int:
    """Return how many jobs Acme has, on whatever day."""
    answer = await world.ada.post("getjobs", **{"from": 19000101})
    undated = await world.ada.post("getjobs", day=0)
    return len(answer["jobs"]) + len(undated["jobs"])


def add_place(world: World, place: Place) -> None:
    world.db.write_now(lambda tx: places.save(tx, world.acme, place))


# --- the object -----------------------------------------------------------------------------------


def test_the_table_of_the_tests_names_every_writable_property() -> None:
    ours = {line.wire for line in JOB_FIELDS} | {name for name, _, _ in SPECIAL_FIELDS}
    assert ours == {line.wire for line in LINES} | OTHERS


async def test_it_answers_every_key_with_its_default(world: World) -> None:
    job = await made(world.ada)
    moment = to_ms(world.now)
    assert len(job["id"]) == 24
    assert set(job["id"]) <= set("0123456789abcdef")
    expected = {**DEFAULTS, "id": job["id"], "tsCreated": moment, "tsSaved": moment}
    assert job == expected


async def test_it_keeps_every_writable_property(world: World) -> None:
    job = await made(world.ada, **WHOLE_JOB)
    assert {name: job[name] for name in WHOLE_JOB} == WHOLE_JOB
    (read,) = (await world.ada.post("getjobs", id=job["id"]))["jobs"]
    assert read == job


async def test_it_refuses_wrong_types_and_values_and_stores_nothing(world: World) -> None:
    for line in LINES:
        for status, wrongs in ((-1, line.wrong_types), (-11, line.wrong_values)):
            for wrong in wrongs:
                answer = await world.ada.post("createjobs", jobs=[{}, {line.wire: wrong}])
                assert answer["status"] == status, (line.wire, wrong, answer)
                assert answer["field"] == f"jobs[1].{line.wire}"
                assert line.wire in answer["message"]
    assert await count(world) == 0


async def test_it_takes_null_for_the_empty_value(world: World) -> None:
    job = await made(world.ada, **dict.fromkeys([*WHOLE_JOB, *OTHERS]))
    assert {
        **DEFAULTS,
        "windowEnd": 0,
        "onSiteSeconds": 0,
        "carryOver": 0,
        "priority": 0,
    }.items() <= (job.items())
    assert job["tsCreated"] == to_ms(world.now)


async def test_it_reads_numbers_written_as_texts(world: World) -> None:
    numbers = {name: value for name, value in WHOLE_JOB.items() if not isinstance(value, str)}
    job = await made(world.ada, **{name: str(value) for name, value in numbers.items()})
    assert numbers.items() <= job.items()


async def test_it_reads_whole_numbers_written_with_a_point(world: World) -> None:
    job = await made(world.ada, day=20260105.0, priority=3.0)
    assert (job["day"], job["priority"]) == (DAY, 3)


async def test_it_ignores_read_only_and_unknown_members(world: World) -> None:
    job = await made(world.ada, **READ_ONLY)
    assert {name: job[name] for name in DEFAULTS} == DEFAULTS
    assert job["id"] != READ_ONLY["id"]
    assert job["tsSaved"] == job["tsCreated"] == to_ms(world.now)
    assert "status" not in job
    assert "nobody_knows_this" not in job


async def test_it_keeps_text_exactly_as_sent(world: World) -> None:
    for text in (
        "Robert'); DROP TABLE job;--",
        '=HYPERLINK("http://x","y")',
        "+1+1",
        "@SUM(A1)",
        "\t-2",
        "%s %(x)s {0} ${jndi:ldap://x}",
        "<script>alert(1)</script>",
        "\\u0000 is no NUL here",
        "  blanks kept  ",
        "e\u0301 \u200f\u202e \U0001f69a\uffff",
        "line\r\nbreak",
        "x" * 20_000,
    ):
        job = await made(
            world.ada, destinationName=text, customFields=[{"key": text[:255], "val": text}]
        )
        assert job["destinationName"] == text
        assert job["customFields"] == [{"key": text[:255], "val": text}]


async def test_the_end_of_the_day_is_kept_as_sent(world: World) -> None:
    assert (await made(world.ada, windowEnd=0))["windowEnd"] == 0
    assert (await made(world.ada, windowEnd=2400))["windowEnd"] == 2400
    assert (await made(world.ada, windowStart=2359))["windowStart"] == 2359


async def test_the_latest_of_done_and_issue_is_success_when_both_are_sent(world: World) -> None:
    both = await made(world.ada, tsDoneSuccess=MOMENT_MS, tsDoneFailed=MOMENT_MS)
    assert (both["tsDoneSuccess"], both["tsDoneFailed"]) == (MOMENT_MS, 0)
    issue = await made(world.ada, tsDoneFailed=MOMENT_MS)
    assert (issue["tsDoneSuccess"], issue["tsDoneFailed"]) == (0, MOMENT_MS)


async def test_creation_may_be_dated_back(world: World) -> None:
    job = await made(world.ada, tsCreated=MOMENT_MS)
    assert job["tsCreated"] == MOMENT_MS
    assert job["tsSaved"] == to_ms(world.now)
    assert (await made(world.ada, tsCreated=0))["tsCreated"] == to_ms(world.now)


async def test_on_site_time_and_radius_come_from_the_company(world: World) -> None:
    world.set_policy(default_on_site_s=900, job_radius_m=75)
    job = await made(world.ada)
    assert (job["onSiteSeconds"], job["radius"]) == (900, 75)


# --- other names ----------------------------------------------------------------------------------


async def test_label_and_labels_are_one_and_the_newer_name_wins(world: World) -> None:
    for sent, kept in (
        ({"label": "old"}, "old"),
        ({"labels": "new"}, "new"),
        ({"label": "old", "labels": "new"}, "new"),
        ({"label": "old", "labels": ""}, "old"),
    ):
        job = await made(world.ada, **sent)
        assert (job["label"], job["labels"]) == (kept, kept), sent


async def test_notes_are_the_text_of_the_dispatcher(world: World) -> None:
    for sent, kept in (
        ({"notes": "a"}, "a"),
        ({"notes": "a", "textDispatcher": "b"}, "b"),
        ({"notes": "a", "textDispatcher": ""}, "a"),
    ):
        job = await made(world.ada, **sent)
        assert job["textDispatcher"] == kept, sent
        assert "notes" not in job


async def test_aliases_are_checked_like_their_twins(world: World) -> None:
    for alias in ("label", "notes"):
        assert (await world.ada.post("createjobs", jobs=[{alias: 5}]))["status"] == -1
    assert (await world.ada.post("createjobs", jobs=[{"tsDoneFailed": -1}]))["status"] == -11
    assert (await world.ada.post("createjobs", jobs=[{"tsCreated": "x"}]))["status"] == -1
    assert await count(world) == 0


# --- people ---------------------------------------------------------------------------------------


async def test_a_worker_is_named_by_user_name_or_uid(world: World) -> None:
    wanda, willi = world.wanda, world.willi
    for sent, person in (
        ({"worker": wanda.username}, wanda),
        ({"worker": wanda.username.upper()}, wanda),
        ({"worker": wanda.id}, wanda),
        ({"receiverUid": wanda.id}, wanda),
        ({"worker": wanda.username, "receiverUid": willi.id}, wanda),
        ({"worker": "", "receiverUid": willi.id}, willi),
        ({"worker": wanda.username, "receiverUid": ""}, wanda),
    ):
        job = await made(world.ada, **sent)
        assert job["worker"] == job["assigneeUsername"] == person.username, sent
        assert job["receiverUid"] == person.id
        assert job["workerName"] == job["assigneeName"] == person.name
        assert job["workerEmail"] == person.username
        assert job["workerPhone"] == "+431234567"
        assert job["tsAssigned"] == to_ms(world.now)


async def test_nobody_is_assigned_by_empty_names(world: World) -> None:
    job = await made(world.ada, worker="", receiverUid="", dispatcherUid="")
    assert (job["worker"], job["receiverUid"], job["tsAssigned"]) == ("", "", 0)


async def test_the_dispatcher_is_named_by_uid(world: World) -> None:
    job = await made(world.ada, dispatcherUid=world.otto.id)
    assert (job["dispatcherUid"], job["dispatcherName"]) == (world.otto.id, "Otto")


async def test_it_refuses_people_it_does_not_know(world: World) -> None:
    world.set_member(world.willi, state=State.DEACTIVATED)
    strangers = ["nobody", world.zoe.username, world.zoe.id, world.willi.username, world.acme]
    for name in strangers:
        for member in ("worker", "receiverUid", "dispatcherUid"):
            answer = await world.ada.post("createjobs", jobs=[{}, {member: name}])
            assert answer["status"] == -2, (member, name)
            assert answer["message"] == f"No member {name}."
    for member in ("worker", "receiverUid", "dispatcherUid"):
        for wrong in each((5, True, [], {})):
            assert (await world.ada.post("createjobs", jobs=[{member: wrong}]))["status"] == -1
    assert await count(world) == 0


# --- places ---------------------------------------------------------------------------------------


async def test_a_job_at_a_place_takes_over_what_the_place_knows(world: World) -> None:
    add_place(world, DEPOT)
    job = await made(world.ada, placeUid=DEPOT.id)
    assert {
        "placeUid": "depot1",
        "placeName": "Depot",
        "destinationName": "Depot",
        "destinationText": "Hafen 1, 4020 Linz, AT",
        "destinationLat": 48.31,
        "destinationLng": 14.29,
        "contactPhone": "+43732",
        "contactEmail": "depot@acme.example",
        "linkedForms": "f9",
        "radius": 250,
    }.items() <= job.items()


async def test_what_was_sent_goes_before_what_the_place_knows(world: World) -> None:
    add_place(world, DEPOT)
    own = {
        "destinationName": "Gate",
        "destinationText": "Hafen 2",
        "destinationLat": 48.5,
        "destinationLng": 14.5,
        "contactPhone": "+1",
        "contactEmail": "me@example.com",
        "linkedForms": "f1",
    }
    job = await made(world.ada, placeUid=DEPOT.id, **own)
    assert own.items() <= job.items()
    empty = await made(world.ada, placeUid=DEPOT.id, destinationName="", destinationLat=0)
    assert (empty["destinationName"], empty["destinationLat"]) == ("Depot", 48.31)


async def test_a_place_without_position_and_radius_leaves_the_defaults(world: World) -> None:
    add_place(world, Place(id=PlaceId("plain1"), name="Plain"))
    job = await made(world.ada, placeUid="plain1")
    assert (job["destinationLat"], job["destinationLng"], job["radius"]) == (0, 0, 100)


async def test_it_refuses_a_place_of_nobody_and_of_another_company(world: World) -> None:
    world.db.write_now(lambda tx: places.save(tx, world.zeta, DEPOT))
    for place in ("nowher", DEPOT.id):
        answer = await world.ada.post("createjobs", jobs=[{}, {"placeUid": place}])
        assert answer["status"] == -11
        assert answer["message"] == f"No place {place}."
    for wrong in each((5, [], {})):
        assert (await world.ada.post("createjobs", jobs=[{"placeUid": wrong}]))["status"] == -1
    assert await count(world) == 0


# --- custom fields and inputs ---------------------------------------------------------------------


async def test_custom_fields_come_as_a_list_or_flat_or_both(world: World) -> None:
    listed = [{"key": "PO", "val": "1"}, {"key": "Dept", "val": "North"}]
    assert (await made(world.ada, customFields=listed))["customFields"] == listed
    flat = await made(world.ada, custom_PO="1", custom_count=7, custom_price=45.5, custom_ok=True)
    assert flat["customFields"] == [
        {"key": "PO", "val": "1"},
        {"key": "count", "val": "7"},
        {"key": "price", "val": "45.5"},
        {"key": "ok", "val": "true"},
    ]
    both = await made(world.ada, customFields=listed, custom_PO="2", custom_Dept="", custom_new="n")
    assert both["customFields"] == [{"key": "PO", "val": "2"}, {"key": "new", "val": "n"}]


async def test_custom_fields_may_lack_a_value(world: World) -> None:
    job = await made(world.ada, customFields=[{"key": "PO"}, {"key": "N", "val": 17}])
    assert job["customFields"] == [{"key": "PO", "val": ""}, {"key": "N", "val": "17"}]


async def test_it_refuses_misshapen_custom_fields(world: World) -> None:
    for wrong in each(
        (
            "x",
            5,
            {"PO": "1"},
            ["PO"],
            [{}],
            [{"val": "1"}],
            [{"key": 5}],
            [{"key": "a", "val": {}}],
        )
    ):
        answer = await world.ada.post("createjobs", jobs=[{"customFields": wrong}])
        assert answer["status"] == -1, wrong
    assert (await world.ada.post("createjobs", jobs=[{"custom_PO": []}]))["status"] == -1
    many = [{"key": f"k{number}", "val": ""} for number in range(201)]
    for sent in (
        {"customFields": many},
        {f"custom_k{number}": "x" for number in range(201)},
        {"customFields": [{"key": ""}]},
        {"customFields": [{"key": "x" * 256}]},
        {"custom_" + "x" * 256: "1"},
        {"customFields": [{"key": "k", "val": "x" * 20_001}]},
    ):
        answer = await world.ada.post("createjobs", jobs=[sent])
        assert answer["status"] == -11, answer
    assert await count(world) == 0


async def test_flat_custom_fields_are_answered_where_the_company_asks_for_them(
    world: World,
) -> None:
    world.set_policy(flat_custom_fields=True)
    job = await made(world.ada, custom_PO="1")
    assert job["custom_PO"] == "1"
    assert job["customFields"] == [{"key": "PO", "val": "1"}]


async def test_inputs_appear_where_the_company_configured_them(world: World) -> None:
    sent: dict[str, Any] = {
        "extra_number_1_val": 45.5,
        "extra_number_7_val": "1",
        "extra_text_2_val": "blue",
    }
    assert not any(name.startswith("extra_") for name in await made(world.ada, **sent))
    world.set_policy(
        inputs=[
            InputField(kind="number", slot=1, label="Metres"),
            InputField(kind="number", slot=7, label="Checked", form="bool"),
            InputField(kind="text", slot=2, label="Colour"),
        ]
    )
    job = await made(world.ada, **sent)
    assert {name: value for name, value in job.items() if name.startswith("extra_")} == {
        "extra_number_1_key": "Metres",
        "extra_number_1_val": 45.5,
        "extra_number_7_key": "Checked",
        "extra_number_7_val": 1.0,
        "extra_number_types": '{"7":"bool"}',
        "extra_text_2_key": "Colour",
        "extra_text_2_val": "blue",
        "extra_text_types": "",
    }


async def test_it_refuses_inputs_of_the_wrong_type(world: World) -> None:
    for name, wrong in each(
        (
            ("extra_number_1_val", "x"),
            ("extra_number_1_val", []),
            ("extra_number_1_val", True),
            ("extra_text_1_val", 5),
            ("extra_text_1_val", {}),
        )
    ):
        assert (await world.ada.post("createjobs", jobs=[{name: wrong}]))["status"] == -1
    assert await count(world) == 0


# --- numbering ------------------------------------------------------------------------------------


async def test_jobs_of_a_persons_day_are_numbered_at_its_end(world: World) -> None:
    here: dict[str, Any] = {"worker": world.wanda.username, "day": DAY}
    answer = await world.ada.post(
        "createjobs",
        jobs=[here, {**here, "number": 5}, here, {"day": DAY}, {**here, "day": 20260106}, here],
    )
    assert [job["number"] for job in answer["jobs"]] == [1, 5, 6, 0, 1, 7]
    assert (await made(world.ada, **here))["number"] == 8
    assert (await made(world.ada, worker=world.wanda.username))["number"] == 0


async def test_archived_jobs_and_templates_take_no_number(world: World) -> None:
    here: dict[str, Any] = {"worker": world.wanda.username, "day": DAY}
    first = await made(world.ada, **here)
    await world.ada.post("archivejobs", jobs=[first["id"]])
    await world.ada.post("createjobs", jobs=[{**here, "number": 9}], template=True)
    assert (await made(world.ada, **here))["number"] == 1


# --- upsert ---------------------------------------------------------------------------------------


async def test_a_known_external_id_updates_only_what_was_sent(world: World) -> None:
    first = await made(world.ada, **{**WHOLE_JOB, "worker": world.wanda.username})
    world.pass_time(minutes=5)
    second = await made(world.ada, uidSecondary="ERP-17", priority=1)
    assert second == {**first, "priority": 1, "tsSaved": to_ms(world.now)}
    assert await count(world) == 1
    assert kinds_of(world, first["id"]) == ["job_created", "job_completed", "job_updated"]


async def test_an_upsert_replaces_all_custom_fields_or_one(world: World) -> None:
    await made(world.ada, uidSecondary="A", custom_x="1", custom_y="2")
    one = await made(world.ada, uidSecondary="A", custom_x="3")
    assert one["customFields"] == [{"key": "x", "val": "3"}, {"key": "y", "val": "2"}]
    whole = await made(world.ada, uidSecondary="A", customFields=[{"key": "z", "val": "4"}])
    assert whole["customFields"] == [{"key": "z", "val": "4"}]


async def test_an_upsert_that_changes_nothing_tells_nobody(world: World) -> None:
    first = await made(world.ada, uidSecondary="A", destinationName="x")
    world.pass_time(minutes=5)
    assert await made(world.ada, uidSecondary="A", destinationName="x") == first
    assert kinds_of(world, first["id"]) == ["job_created"]


async def test_an_archived_job_is_updated_and_stays_archived(world: World) -> None:
    job = await made(world.ada, uidSecondary="A")
    await world.ada.post("archivejobs", jobs=[job["id"]])
    again = await made(world.ada, uidSecondary="A", priority=9)
    assert (again["id"], again["priority"], again["status"]) == (job["id"], 9, "archived")


async def test_one_external_id_twice_in_a_batch_is_one_job(world: World) -> None:
    answer = await world.ada.post(
        "createjobs",
        jobs=[{"uidSecondary": "A", "priority": 1}, {}, {"uidSecondary": "A", "type": 2}],
    )
    first, other, again = answer["jobs"]
    assert first == again
    assert (first["priority"], first["type"]) == (1, 2)
    assert other["id"] != first["id"]
    assert await count(world) == 2
    assert kinds_of(world, first["id"]) == ["job_created"]


async def test_empty_external_ids_never_meet(world: World) -> None:
    answer = await world.ada.post("createjobs", jobs=[{"uidSecondary": ""}, {"uidSecondary": ""}])
    assert len({job["id"] for job in answer["jobs"]}) == 2


async def test_external_ids_differ_by_case_and_blanks(world: World) -> None:
    ids = {(await made(world.ada, uidSecondary=one))["id"] for one in ("a", "A", " a", "a ")}
    assert len(ids) == 4


async def test_another_company_has_external_ids_of_its_own(world: World) -> None:
    ours = await made(world.ada, uidSecondary="A", priority=1)
    theirs = await made(world.zoe, uidSecondary="A", priority=2)
    assert ours["id"] != theirs["id"]
    assert (await world.ada.post("getjobs", id=ours["id"]))["jobs"] == [ours]


async def test_a_deleted_job_frees_its_external_id(world: World) -> None:
    old = await made(world.ada, uidSecondary="A", priority=1)
    await world.ada.post("deletejobs", jobs=[old["id"]])
    new = await made(world.ada, uidSecondary="A")
    assert new["id"] != old["id"]
    assert new["priority"] == 5


# --- templates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["template", "templates", "asTemplate"])
async def test_a_template_keeps_no_day_person_or_progress(world: World, flag: str) -> None:
    whole = {**WHOLE_JOB, "worker": world.wanda.username, "tsDoneFailed": MOMENT_MS}
    answer = await world.ada.post("createjobs", jobs=[whole], **{flag: True})
    (job,) = answer["jobs"]
    assert job["id"].startswith("tpl-")
    assert len(job["id"]) == 28
    forgotten = ("day", "number", "worker", "receiverUid")
    stamps = [
        name for name in job if name.startswith("ts") and name not in {"tsCreated", "tsSaved"}
    ]
    assert {job[name] for name in (*forgotten, *stamps)} == {0, ""}
    kept = {"destinationName", "priority", "customFields", "windowStart", "labels"} & whole.keys()
    assert all(job[name] == whole[name] for name in kept)
    assert kinds_of(world, job["id"]) == []
    assert await count(world) == 0
    assert (await world.ada.post("getjobs", ids=[job["id"]]))["jobs"] == [job]


async def test_templates_and_jobs_share_no_external_ids(world: World) -> None:
    job = await made(world.ada, uidSecondary="A")
    answer = await world.ada.post("createjobs", jobs=[{"uidSecondary": "A"}], template=True)
    assert answer["jobs"][0]["id"] != job["id"]
    again = await world.ada.post(
        "createjobs", jobs=[{"uidSecondary": "A", "priority": 9}], template=True
    )
    assert again["jobs"][0]["id"] == answer["jobs"][0]["id"]
    assert (await world.ada.post("getjobs", id=job["id"]))["jobs"][0]["priority"] == 5


# --- batches --------------------------------------------------------------------------------------


async def test_it_answers_in_the_order_of_the_request(world: World) -> None:
    answer = await world.ada.post("createjobs", jobs=[{"fileNumber": str(n)} for n in range(50)])
    assert [job["fileNumber"] for job in answer["jobs"]] == [str(n) for n in range(50)]


async def test_no_jobs_are_no_mistake(world: World) -> None:
    assert await world.ada.post("createjobs", jobs=[]) == {"status": 0, "jobs": []}


async def test_it_takes_a_thousand_jobs_and_no_more(world: World) -> None:
    answer = await world.ada.post("createjobs", jobs=[{}] * 1001)
    assert answer["status"] == -11
    assert "1000" in answer["message"]
    assert await count(world) == 0
    answer = await world.ada.post("createjobs", jobs=[{}] * 1000)
    assert len({job["id"] for job in answer["jobs"]}) == 1000


async def test_it_refuses_what_is_no_list_of_jobs(world: World) -> None:
    for wrong in each(({}, "x", 5, True, {"jobs": []})):
        assert (await world.ada.post("createjobs", jobs=wrong))["status"] == -1, wrong
    for wrong in each((None, 5, "x", [], True)):
        assert (await world.ada.post("createjobs", jobs=[{}, wrong]))["status"] == -1, wrong
    assert (await world.ada.post("createjobs"))["status"] == -1
    assert (await world.ada.post("createjobs", jobs=None))["status"] == -1
    for flag in ("template", "templates", "asTemplate", "autoassign", "sendRouteChange"):
        assert (await world.ada.post("createjobs", jobs=[{}], **{flag: "maybe"}))["status"] == -1
    assert await count(world) == 0


# --- what follows ---------------------------------------------------------------------------------


async def test_a_new_job_is_told_and_so_is_its_outcome(world: World) -> None:
    job = await made(world.ada)
    assert kinds_of(world, job["id"]) == ["job_created"]
    done = await made(world.ada, tsDoneFailed=MOMENT_MS)
    assert kinds_of(world, done["id"]) == ["job_created", "job_completed"]
    (fact, _) = told_of(world, f"job:{done['id']}")
    assert (fact.by.member, fact.by.means) == (world.ada.id, "api")


async def test_the_device_is_told_of_todays_route_only_when_asked(world: World) -> None:
    today, tomorrow = {"day": DAY}, {"day": 20260106}
    wanda, willi = {"worker": world.wanda.username}, {"worker": world.willi.username}
    await world.ada.post("createjobs", jobs=[{**today, **wanda}])
    await world.ada.post(
        "createjobs",
        jobs=[{**today, **wanda}, {**tomorrow, **willi}, willi, today],
        sendRouteChange=True,
    )
    (told,) = told_of(world, f"member:{world.wanda.id}")
    assert told.event.kind == "route_changed"
    assert told_of(world, f"member:{world.willi.id}") == []


async def test_today_is_todays_date_in_the_companys_zone(world: World) -> None:
    world.now += timedelta(
        hours=16, minutes=30
    )  # half past midnight in Vienna, still Monday in UTC
    await world.ada.post(
        "createjobs",
        jobs=[{"day": 20260106, "worker": world.wanda.username}],
        sendRouteChange=True,
    )
    assert len(told_of(world, f"member:{world.wanda.id}")) == 1


# --- who may --------------------------------------------------------------------------------------


async def test_administrators_and_operators_create_jobs(world: World) -> None:
    for person in (world.ada, world.otto):
        assert (await person.post("createjobs", jobs=[{}]))["status"] == 0


async def test_workers_create_jobs_only_where_the_company_allows_it(world: World) -> None:
    assert (await world.wanda.post("createjobs", jobs=[{}]))["status"] == -5
    assert await count(world) == 0
    world.set_policy(switches={"workers_create_jobs": True})
    assert (await world.wanda.post("createjobs", jobs=[{}]))["status"] == 0


async def test_workers_create_jobs_for_themselves(world: World) -> None:
    world.set_policy(switches={"workers_create_jobs": True})
    for sent in each(({}, {"worker": ""}, {"worker": world.wanda.username})):
        job = await made(world.wanda, **sent)
        assert job["receiverUid"] == world.wanda.id
        assert (await world.wanda.post("getjobs", id=job["id"]))["jobs"] == [job]
    before = await count(world)
    for sent in each(({"worker": world.willi.username}, {"receiverUid": world.willi.id})):
        answer = await world.wanda.post("createjobs", jobs=[{}, sent])
        assert (answer["status"], answer["field"]) == (-5, "worker")
    answer = await world.wanda.post("createjobs", jobs=[{}], autoassign=True)
    assert [job["receiverUid"] for job in answer["jobs"]] == [world.wanda.id]
    assert await count(world) == before + 1


async def test_a_worker_who_creates_jobs_cannot_change_those_of_others(world: World) -> None:
    world.set_policy(switches={"workers_create_jobs": True})
    others = await made(world.ada, uidSecondary="A", worker=world.willi.username)
    own = await made(world.ada, uidSecondary="B", worker=world.wanda.username)
    for key in ("A", "B"):
        answer = await world.wanda.post("createjobs", jobs=[{"uidSecondary": key, "priority": 1}])
        assert answer["status"] == -5
    report = await made(world.wanda, uidSecondary="B", textReceiver="done")
    assert report["textReceiver"] == "done"
    read = await world.ada.post("getjobs", ids=[others["id"], own["id"]])
    assert [job["priority"] for job in read["jobs"]] == [5, 5]


async def test_an_operator_of_some_teams_cannot_update_jobs_of_others(world: World) -> None:
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    job = await made(world.ada, uidSecondary="A", teamId=2)
    answer = await world.otto.post("createjobs", jobs=[{"uidSecondary": "A", "priority": 1}])
    assert answer["status"] == -5
    assert (await world.ada.post("getjobs", id=job["id"]))["jobs"] == [job]
