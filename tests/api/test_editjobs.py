from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import State
from roundsman.core.clock import to_ms
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId
from roundsman.places import queries as places
from roundsman.places.model import Place
from tests.facts import kinds_of, told_of
from tests.job_table import EMPTY_JOB, LINES, MOMENT_MS, READ_ONLY, WHOLE_JOB, each

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY, TOMORROW = 20260105, 20260106
UNKNOWN = "65a1b2c3d4e5f60718293a4b"


async def made(person: Person, **job: Any) -> dict[str, Any]:
    answer = await person.post("createjobs", jobs=[job])
    assert answer["status"] == 0, answer
    return dict(answer["jobs"][0])


async def edited(person: Person, job: str, /, **changes: Any) -> dict[str, Any]:
    answer = await person.post("editjobs", jobs={job: changes})
    assert answer["status"] == 0, answer
    (one,) = answer["jobs"]
    return dict(one)


async def read(person: Person, job: str) -> dict[str, Any]:
    (one,) = (await person.post("getjobs", id=job))["jobs"]
    return dict(one)


def keep(world: World, *sites: Place) -> None:
    """Give Acme places."""

    def write(tx: Tx) -> None:
        for site in sites:
            places.save(tx, world.acme, site)

    world.db.write_now(write)


# --- properties -----------------------------------------------------------------------------------


async def test_it_changes_and_clears_every_writable_property_alone(world: World) -> None:
    blank = await made(world.ada)
    for line in LINES:
        changed = await edited(world.ada, blank["id"], **{line.wire: line.value})
        twins = {"labels": {"label"}}.get(line.wire, set())
        differs = {name for name in blank if changed[name] != blank[name]} - twins
        assert differs == {line.wire}, line.wire
        assert changed[line.wire] == line.value
        assert await read(world.ada, blank["id"]) == changed
        cleared = await edited(world.ada, blank["id"], **{line.wire: line.empty})
        assert cleared[line.wire] == line.empty
        back = {line.wire: blank[line.wire]}
        assert await edited(world.ada, blank["id"], **back) == blank, line.wire


async def test_null_clears_like_the_empty_value(world: World) -> None:
    job = await made(world.ada, **WHOLE_JOB)
    cleared = await edited(world.ada, job["id"], **dict.fromkeys(WHOLE_JOB))
    assert EMPTY_JOB.items() <= cleared.items()


async def test_it_refuses_wrong_types_and_values_and_changes_nothing(world: World) -> None:
    first, second = await made(world.ada), await made(world.ada)
    world.pass_time(minutes=1)
    for line in LINES:
        for status, wrongs in ((-1, line.wrong_types), (-11, line.wrong_values)):
            for wrong in wrongs:
                jobs = {first["id"]: {"priority": 9}, second["id"]: {line.wire: wrong}}
                answer = await world.ada.post("editjobs", jobs=jobs)
                assert answer["status"] == status, (line.wire, wrong)
    assert await read(world.ada, first["id"]) == first
    assert await read(world.ada, second["id"]) == second


async def test_what_is_not_sent_stays(world: World) -> None:
    job = await made(world.ada, **WHOLE_JOB, custom_PO="1", worker=world.wanda.username)
    world.pass_time(minutes=5)
    changed = await edited(world.ada, job["id"], priority=1)
    assert changed == {**job, "priority": 1, "tsSaved": to_ms(world.now)}


async def test_an_edit_that_changes_nothing_is_not_saved_and_not_told(world: World) -> None:
    job = await made(world.ada, **WHOLE_JOB, worker=world.wanda.username)
    world.pass_time(minutes=5)
    before = kinds_of(world, job["id"])
    assert await edited(world.ada, job["id"]) == job
    assert await edited(world.ada, job["id"], **job) == job
    assert kinds_of(world, job["id"]) == before


async def test_it_ignores_read_only_and_unknown_members(world: World) -> None:
    job = await made(world.ada)
    world.pass_time(minutes=5)
    assert await edited(world.ada, job["id"], **READ_ONLY) == job


async def test_a_whole_job_can_be_sent_back_with_one_change(world: World) -> None:
    job = await made(world.ada, **WHOLE_JOB, worker=world.wanda.username, custom_PO="1")
    world.pass_time(minutes=5)
    changed = await edited(world.otto, job["id"], **{**job, "destinationName": "New"})
    assert changed == {**job, "destinationName": "New", "tsSaved": to_ms(world.now)}


async def test_one_coordinate_may_come_alone(world: World) -> None:
    job = await made(world.ada, destinationLat=48.2, destinationLng=16.4)
    changed = await edited(world.ada, job["id"], destinationLat=47)
    assert (changed["destinationLat"], changed["destinationLng"]) == (47, 16.4)
    gone = await edited(world.ada, job["id"], destinationLat=0, destinationLng=0)
    assert (gone["destinationLat"], gone["destinationLng"]) == (0, 0)


async def test_creation_can_be_redated_and_not_undone(world: World) -> None:
    job = await made(world.ada)
    assert (await edited(world.ada, job["id"], tsCreated=MOMENT_MS))["tsCreated"] == MOMENT_MS
    assert (await edited(world.ada, job["id"], tsCreated=0))["tsCreated"] == MOMENT_MS


async def test_labels_and_notes_go_by_both_names(world: World) -> None:
    job = await made(world.ada, labels="a", textDispatcher="b")
    changed = await edited(world.ada, job["id"], label="c", notes="d")
    assert (changed["label"], changed["labels"], changed["textDispatcher"]) == ("c", "c", "d")
    cleared = await edited(world.ada, job["id"], label="", notes="")
    assert (cleared["label"], cleared["labels"], cleared["textDispatcher"]) == ("", "", "")


@pytest.mark.parametrize(
    ("before", "label", "labels", "kept"),
    [
        ("a", "b", "a", "b"),
        ("a", "a", "b", "b"),
        ("a", "", "a", ""),
        ("a", "a", "", ""),
        ("a", "b", "c", "c"),
        ("a", "b", "", "b"),
        ("a", "a", "a", "a"),
        ("", "b", "", "b"),
        ("", "b", "c", "c"),
    ],
)
async def test_of_labels_under_both_names_the_news_count(
    world: World, before: str, label: str, labels: str, kept: str
) -> None:
    job = await made(world.ada, labels=before)
    changed = await edited(world.ada, job["id"], **{**job, "label": label, "labels": labels})
    assert (changed["label"], changed["labels"]) == (kept, kept)
    assert (await read(world.ada, job["id"])) == changed


async def test_the_place_can_be_changed_and_taken_away(world: World) -> None:
    place = Place(id=PlaceId("depot1"), name="Depot", position=Point(48, 14), radius_m=300)
    world.db.write_now(lambda tx: places.save(tx, world.acme, place))
    foreign = Place(id=PlaceId("zetas1"), name="Zeta")
    world.db.write_now(lambda tx: places.save(tx, world.zeta, foreign))
    job = await made(world.ada, destinationName="Own", destinationLat=1, destinationLng=2)
    there = await edited(world.ada, job["id"], placeUid="depot1")
    assert (there["placeName"], there["radius"], there["destinationName"]) == ("Depot", 300, "Own")
    for unknown in ("nowher", "zetas1"):
        answer = await world.ada.post("editjobs", jobs={job["id"]: {"placeUid": unknown}})
        assert answer["status"] == -11
    away = await edited(world.ada, job["id"], placeUid="")
    assert (away["placeUid"], away["placeName"], away["radius"]) == ("", "", 100)


async def test_what_a_job_took_from_its_place_follows_to_the_next(world: World) -> None:
    first = Place(
        id=PlaceId("depot1"),
        name="Depot",
        position=Point(48, 14),
        phone="+431",
        linked_forms="f1",
    )
    second = Place(id=PlaceId("shopp1"), name="Shop", position=Point(47, 13), email="s@x.example")
    keep(world, first, second)
    copied = await made(world.ada, placeUid="depot1", uidSecondary="A")
    there = await edited(world.ada, copied["id"], placeUid="shopp1")
    told = ("destinationName", "destinationLat", "destinationLng", "contactPhone", "contactEmail")
    assert [there[name] for name in told] == ["Shop", 47, 13, "", "s@x.example"]
    (again,) = (
        await world.ada.post("createjobs", jobs=[{"uidSecondary": "A", "placeUid": "depot1"}])
    )["jobs"]
    assert [again[name] for name in told] == ["Depot", 48, 14, "+431", ""]
    back = await edited(world.ada, copied["id"], **{**again, "placeUid": "depot1", "priority": 1})
    assert {**back, "priority": 5, "tsSaved": 0} == {**again, "tsSaved": 0}


async def test_what_somebody_wrote_stays_when_the_place_changes(world: World) -> None:
    first = Place(id=PlaceId("depot1"), name="Depot", position=Point(48, 14))
    second = Place(id=PlaceId("shopp1"), name="Shop", position=Point(47, 13))
    keep(world, first, second)
    own = {"destinationName": "Own", "destinationLat": 1, "destinationLng": 2}
    job = await made(world.ada, placeUid="depot1", **own)
    there = await edited(world.ada, job["id"], placeUid="shopp1")
    assert {name: there[name] for name in own} == own
    sent = {"destinationName": "New", "destinationLat": 3, "destinationLng": 4}
    blank = await made(world.ada)
    assert {**(await edited(world.ada, blank["id"], placeUid="depot1", **sent)), **sent} == (
        await read(world.ada, blank["id"])
    )
    filled = await edited(world.ada, (await made(world.ada))["id"], placeUid="depot1")
    assert (filled["destinationName"], filled["destinationLat"]) == ("Depot", 48)


# --- custom fields --------------------------------------------------------------------------------


async def test_a_list_replaces_all_custom_fields_and_flat_ones_change_one(world: World) -> None:
    job = await made(world.ada, custom_a="1", custom_b="2")

    async def after(**changes: Any) -> dict[str, str]:
        one = await edited(world.ada, job["id"], **changes)
        return {field["key"]: field["val"] for field in one["customFields"]}

    assert await after(custom_a="3") == {"a": "3", "b": "2"}
    assert await after(custom_b="") == {"a": "3"}
    assert await after(custom_a=None, custom_c=7) == {"c": "7"}
    assert await after(customFields=[{"key": "d", "val": "4"}]) == {"d": "4"}
    assert await after(customFields=[{"key": "e", "val": "5"}], custom_f="6") == {
        "e": "5",
        "f": "6",
    }
    assert await after(customFields=[]) == {}


async def test_custom_fields_cannot_pile_up_without_end(world: World) -> None:
    job = await made(world.ada, **{f"custom_a{number}": "x" for number in range(200)})
    answer = await world.ada.post("editjobs", jobs={job["id"]: {"custom_b": "one too many"}})
    assert answer["status"] == -11
    assert "200" in answer["message"]
    assert await read(world.ada, job["id"]) == job


# --- external ids ---------------------------------------------------------------------------------


async def test_an_external_id_can_be_set_changed_and_given_up(world: World) -> None:
    job = await made(world.ada)
    for external in ("A", "B", "", "A"):
        assert (await edited(world.ada, job["id"], uidSecondary=external))[
            "uidSecondary"
        ] == external


async def test_it_refuses_an_external_id_that_another_job_carries(world: World) -> None:
    holder = await made(world.ada, uidSecondary="A")
    archived = await made(world.ada, uidSecondary="B")
    await world.ada.post("archivejobs", jobs=[archived["id"]])
    job = await made(world.ada)
    for external in ("A", "B"):
        answer = await world.ada.post("editjobs", jobs={job["id"]: {"uidSecondary": external}})
        assert answer["status"] == -11
        assert answer["field"] == "uidSecondary"
    assert await read(world.ada, job["id"]) == job
    assert (await read(world.ada, holder["id"]))["uidSecondary"] == "A"
    theirs = await made(world.zoe)
    assert (await edited(world.zoe, theirs["id"], uidSecondary="A"))["uidSecondary"] == "A"


async def test_two_jobs_can_swap_external_ids_but_not_share_one(world: World) -> None:
    first, second = await made(world.ada, uidSecondary="A"), await made(world.ada, uidSecondary="B")
    swap = {first["id"]: {"uidSecondary": "B"}, second["id"]: {"uidSecondary": "A"}}
    answer = await world.ada.post("editjobs", jobs=swap)
    assert [job["uidSecondary"] for job in answer["jobs"]] == ["B", "A"]
    assert (await read(world.ada, first["id"]))["uidSecondary"] == "B"
    both = {first["id"]: {"uidSecondary": "C"}, second["id"]: {"uidSecondary": "C"}}
    assert (await world.ada.post("editjobs", jobs=both))["status"] == -11
    moved = {first["id"]: {"uidSecondary": ""}, second["id"]: {"uidSecondary": "B"}}
    assert (await world.ada.post("editjobs", jobs=moved))["status"] == 0
    again = await made(world.ada, uidSecondary="B", priority=9)
    assert again["id"] == second["id"]


# --- assigning ------------------------------------------------------------------------------------


async def test_it_assigns_by_user_name_or_uid_and_unassigns_by_nothing(world: World) -> None:
    job = await made(world.ada)
    wanda, willi = world.wanda, world.willi
    for sent, person in (
        ({"worker": wanda.username}, wanda.id),
        ({"receiverUid": ""}, ""),
        ({"receiverUid": wanda.id}, wanda.id),
        ({"worker": ""}, ""),
        ({"worker": willi.username, "receiverUid": wanda.id}, willi.id),
        ({"worker": "", "receiverUid": wanda.id}, wanda.id),
        ({"worker": None}, ""),
    ):
        world.pass_time(minutes=1)
        changed = await edited(world.ada, job["id"], **sent)
        assert changed["receiverUid"] == person, sent
        assert changed["tsAssigned"] == (to_ms(world.now) if person else 0)


async def test_a_new_worker_has_not_answered_yet(world: World) -> None:
    job = await made(
        world.ada,
        worker=world.wanda.username,
        tsAccepted=MOMENT_MS,
        tsRejected=MOMENT_MS,
        tsCheckIn=MOMENT_MS,
    )
    world.pass_time(minutes=1)
    same = await edited(world.ada, job["id"], worker=world.wanda.id)
    assert same == job
    whole = {**job, "worker": world.willi.username, "receiverUid": world.wanda.id}
    changed = await edited(world.ada, job["id"], **whole)
    assert changed["worker"] == world.willi.username
    assert (changed["tsAccepted"], changed["tsRejected"]) == (0, 0)
    assert changed["tsAssigned"] == to_ms(world.now)
    assert changed["tsCheckIn"] == MOMENT_MS
    told = await edited(world.ada, job["id"], worker=world.wanda.username, tsAccepted=MOMENT_MS + 1)
    assert told["tsAccepted"] == MOMENT_MS + 1


async def test_unassigning_clears_what_the_worker_answered(world: World) -> None:
    job = await made(world.ada, worker=world.wanda.username, tsAccepted=MOMENT_MS)
    free = await edited(world.ada, job["id"], receiverUid="")
    assert (free["worker"], free["tsAssigned"], free["tsAccepted"]) == ("", 0, 0)


async def test_it_refuses_people_it_does_not_know(world: World) -> None:
    job = await made(world.ada)
    world.set_member(world.willi, state=State.DEACTIVATED)
    for name in ("nobody", world.zoe.username, world.zoe.id, world.willi.username):
        for member in ("worker", "receiverUid", "dispatcherUid"):
            answer = await world.ada.post("editjobs", jobs={job["id"]: {member: name}})
            field = member if member == "dispatcherUid" else "worker"
            assert (answer["status"], answer["field"]) == (-2, field)
    assert await read(world.ada, job["id"]) == job


async def test_a_worker_who_left_stays_in_the_jobs_they_did(world: World) -> None:
    job = await made(world.ada, worker=world.willi.username, dispatcherUid=world.otto.id, day=TODAY)
    world.set_member(world.willi, state=State.DEACTIVATED)
    world.set_member(world.otto, state=State.DEACTIVATED)
    changed = await edited(world.ada, job["id"], **{**job, "fileNumber": "17"})
    assert (changed["receiverUid"], changed["fileNumber"]) == (world.willi.id, "17")


# --- numbering ------------------------------------------------------------------------------------


async def test_a_job_that_moves_goes_to_the_end_of_the_day_it_comes_to(world: World) -> None:
    wanda, willi = {"worker": world.wanda.username}, {"worker": world.willi.username}
    here = [await made(world.ada, day=TODAY, **wanda) for _ in range(3)]
    there = await made(world.ada, day=TODAY, **willi)
    assert [job["number"] for job in (*here, there)] == [1, 2, 3, 1]
    assert (await edited(world.ada, there["id"], **wanda))["number"] == 4
    assert (await edited(world.ada, here[0]["id"], day=TOMORROW))["number"] == 1
    assert (await edited(world.ada, here[1]["id"], day=TOMORROW, number=7))["number"] == 7
    assert (await edited(world.ada, here[2]["id"], day=TOMORROW))["number"] == 8
    assert (await edited(world.ada, here[2]["id"], priority=1))["number"] == 8
    assert (await edited(world.ada, here[2]["id"], number=1))["number"] == 1


async def test_a_job_that_gets_its_first_worker_is_numbered(world: World) -> None:
    await made(world.ada, day=TODAY, worker=world.wanda.username)
    free = await made(world.ada, day=TODAY)
    assert free["number"] == 0
    assert (await edited(world.ada, free["id"], worker=world.wanda.username))["number"] == 2


PLANNED = ("scheduledStart", "scheduledEnd", "tsScheduled")


@pytest.mark.parametrize(
    "change", [{"day": TOMORROW}, {"day": 0}, {"worker": "Willi"}, {"receiverUid": ""}], ids=str
)
async def test_planned_times_do_not_outlive_the_route_they_were_made_for(
    world: World, change: dict[str, Any]
) -> None:
    wanda = world.wanda.username
    job = await made(world.ada, day=TODAY, worker=wanda, destinationLat=48.2, destinationLng=16.4)
    await world.ada.post("optimizeroute", day=TODAY, account=wanda)
    planned = await read(world.ada, job["id"])
    assert all(planned[name] for name in PLANNED)
    same = {"day": TODAY, "worker": wanda, "priority": 9}
    kept = await edited(world.ada, job["id"], **same)
    assert [kept[name] for name in PLANNED] == [planned[name] for name in PLANNED]
    if "worker" in change:
        change = {"worker": world.willi.username}
    moved = await edited(world.ada, job["id"], **change)
    assert [moved[name] for name in PLANNED] == [0, 0, 0]
    assert await read(world.ada, job["id"]) == moved


async def test_a_worker_may_move_a_planned_job_where_the_company_allows_it(world: World) -> None:
    world.set_policy(switches={"workers_reassign_date": True})
    wanda = world.wanda.username
    job = await made(world.ada, day=TODAY, worker=wanda, destinationLat=48.2, destinationLng=16.4)
    await world.ada.post("optimizeroute", day=TODAY, account=wanda)
    moved = await edited(world.wanda, job["id"], day=TOMORROW)
    assert (moved["day"], moved["scheduledStart"]) == (TOMORROW, 0)


# --- progress and what follows --------------------------------------------------------------------


async def test_done_clears_issue_and_the_other_way_round(world: World) -> None:
    job = await made(world.ada)
    for sent, done, issue in (
        ({"tsDoneFailed": MOMENT_MS}, 0, MOMENT_MS),
        ({"tsDoneSuccess": MOMENT_MS}, MOMENT_MS, 0),
        ({"tsDoneSuccess": MOMENT_MS, "tsDoneFailed": MOMENT_MS + 1}, 0, MOMENT_MS + 1),
        ({"tsDoneSuccess": MOMENT_MS + 2, "tsDoneFailed": MOMENT_MS + 1}, MOMENT_MS + 2, 0),
        ({"tsDoneSuccess": 0}, 0, 0),
    ):
        changed = await edited(world.ada, job["id"], **sent)
        assert (changed["tsDoneSuccess"], changed["tsDoneFailed"]) == (done, issue), sent


async def test_each_change_is_told_once_in_the_documented_order(world: World) -> None:
    for changes, told in (
        ({"priority": 1}, ["job_updated"]),
        ({"worker": world.wanda.username, "day": TODAY}, ["job_updated"]),
        ({"tsAccepted": MOMENT_MS}, ["job_updated"]),
        ({"tsDoneSuccess": MOMENT_MS}, ["job_updated", "job_completed"]),
        ({"tsDoneFailed": MOMENT_MS}, ["job_updated", "job_completed"]),
        ({"tsCheckIn": MOMENT_MS}, ["job_updated", "job_checked_in"]),
        (
            {"tsCheckIn": MOMENT_MS, "tsCheckOut": MOMENT_MS + 1, "tsDoneSuccess": MOMENT_MS},
            ["job_updated", "job_completed", "job_checked_in", "job_checked_out"],
        ),
    ):
        job = await made(world.ada)
        await edited(world.ada, job["id"], **changes)
        assert kinds_of(world, job["id"]) == ["job_created", *told], changes


async def test_switching_the_outcome_is_told_and_reopening_only_updates(world: World) -> None:
    job = await made(world.ada)
    for changes in (
        {"tsDoneSuccess": MOMENT_MS},
        {"tsDoneFailed": MOMENT_MS},
        {"tsDoneFailed": MOMENT_MS + 1},
        {"tsDoneFailed": 0},
        {"tsCheckIn": 0},
    ):
        await edited(world.ada, job["id"], **changes)
    assert kinds_of(world, job["id"])[1:] == [
        "job_updated",
        "job_completed",
        "job_updated",
        "job_completed",
        "job_updated",
        "job_updated",
    ]


async def test_notify_is_about_people_and_not_about_facts(world: World) -> None:
    job = await made(world.ada)
    changes = {job["id"]: {"tsDoneSuccess": MOMENT_MS}}
    assert (await world.ada.post("editjobs", jobs=changes, notify=False))["status"] == 0
    assert kinds_of(world, job["id"]) == ["job_created", "job_updated", "job_completed"]
    for wrong in each(("maybe", [], 5)):
        assert (await world.ada.post("editjobs", jobs={}, notify=wrong))["status"] == -1


async def test_the_device_is_told_of_todays_route_only_when_asked(world: World) -> None:
    job = await made(world.ada, day=TODAY, worker=world.wanda.username)
    await edited(world.ada, job["id"], priority=1)
    assert told_of(world, f"member:{world.wanda.id}") == []
    moved = {job["id"]: {"worker": world.willi.username}}
    await world.ada.post("editjobs", jobs=moved, sendRouteChange=True)
    assert len(told_of(world, f"member:{world.wanda.id}")) == 1
    assert len(told_of(world, f"member:{world.willi.id}")) == 1
    later = {job["id"]: {"day": TOMORROW}}
    await world.ada.post("editjobs", jobs=later, sendRouteChange=True)
    assert len(told_of(world, f"member:{world.willi.id}")) == 2
    await world.ada.post("editjobs", jobs={job["id"]: {"priority": 2}}, sendRouteChange=True)
    assert len(told_of(world, f"member:{world.willi.id}")) == 2


# --- templates ------------------------------------------------------------------------------------


async def test_templates_are_edited_under_their_own_ids(world: World) -> None:
    answer = await world.ada.post("createjobs", jobs=[{"priority": 1}], template=True)
    (job,) = answer["jobs"]
    changed = await edited(
        world.ada, job["id"], priority=2, day=TODAY, worker=world.wanda.username, tsDoneSuccess=1
    )
    assert changed == {**job, "priority": 2}
    assert kinds_of(world, job["id"]) == []


# --- batches --------------------------------------------------------------------------------------


async def test_one_bad_job_spoils_the_batch(world: World) -> None:
    job = await made(world.ada)
    theirs = await made(world.zoe)
    for bad in (UNKNOWN, theirs["id"], "", "nobody", "tpl-" + UNKNOWN, "'", "x" * 5000):
        answer = await world.ada.post("editjobs", jobs={job["id"]: {"priority": 1}, bad: {}})
        assert answer["status"] == -11, bad
    assert await read(world.ada, job["id"]) == job
    assert await read(world.zoe, theirs["id"]) == theirs


async def test_another_companys_id_is_as_unknown_as_nobodys(world: World) -> None:
    theirs = await made(world.zoe)
    foreign = await world.ada.post("editjobs", jobs={theirs["id"]: {"priority": 1}})
    nobodys = await world.ada.post("editjobs", jobs={UNKNOWN: {"priority": 1}})
    assert foreign["message"].replace(theirs["id"], UNKNOWN) == nobodys["message"]
    assert foreign["status"] == nobodys["status"] == -11


async def test_it_answers_in_the_order_of_the_request(world: World) -> None:
    jobs = [await made(world.ada) for _ in range(5)]
    wanted = [job["id"] for job in reversed(jobs)]
    answer = await world.ada.post("editjobs", jobs={one: {"priority": 1} for one in wanted})
    assert [job["id"] for job in answer["jobs"]] == wanted
    assert await world.ada.post("editjobs", jobs={}) == {"status": 0, "jobs": []}


async def test_it_refuses_more_than_a_thousand_jobs_and_what_is_no_map(world: World) -> None:
    answer = await world.ada.post("editjobs", jobs={str(number): {} for number in range(1001)})
    assert (answer["status"], "1000" in answer["message"]) == (-11, True)
    job = await made(world.ada)
    for wrong in each(
        (
            [],
            "x",
            5,
            True,
            None,
            [job["id"]],
            {job["id"]: None},
            {job["id"]: []},
            {job["id"]: 5},
        )
    ):
        assert (await world.ada.post("editjobs", jobs=wrong))["status"] == -1, wrong
    assert (await world.ada.post("editjobs"))["status"] == -1


# --- who may --------------------------------------------------------------------------------------


async def test_a_worker_reports_on_own_jobs(world: World) -> None:
    job = await made(world.ada, worker=world.wanda.username, day=TODAY)
    report = {
        "tsAccepted": MOMENT_MS,
        "tsCheckIn": MOMENT_MS,
        "tsCheckOut": MOMENT_MS,
        "tsCheckNFC1": MOMENT_MS,
        "tsCheckNFC2": MOMENT_MS,
        "tsDoneFailed": MOMENT_MS,
        "textReceiver": "Nobody at home.",
        "extra_number_1_val": 5,
        "extra_text_1_val": "blue",
    }
    changed = await edited(world.wanda, job["id"], **{**job, **report})
    assert changed["textReceiver"] == "Nobody at home."
    assert changed["tsDoneFailed"] == MOMENT_MS
    assert (await edited(world.wanda, job["id"], tsDoneSuccess=MOMENT_MS))["tsDoneFailed"] == 0


async def test_a_worker_changes_nothing_else(world: World) -> None:
    job = await made(world.ada, worker=world.wanda.username, day=TODAY)
    progress = {"textReceiver"} | {name for name in WHOLE_JOB if name.startswith("ts")}
    others = {name: value for name, value in WHOLE_JOB.items() if name not in {*progress, "day"}}
    others |= {"day": TOMORROW, "worker": "", "custom_PO": "1", "customFields": [{"key": "a"}]}
    for name, value in others.items():
        answer = await world.wanda.post("editjobs", jobs={job["id"]: {name: value}})
        assert answer["status"] == -5, name
    assert await read(world.ada, job["id"]) == job


async def test_a_worker_may_move_the_day_where_the_company_allows_it(world: World) -> None:
    job = await made(world.ada, worker=world.wanda.username, day=TODAY)
    world.set_policy(switches={"workers_reassign_date": True})
    assert (await edited(world.wanda, job["id"], day=TOMORROW))["day"] == TOMORROW


async def test_a_job_hidden_from_the_caller_does_not_exist(world: World) -> None:
    job = await made(world.ada, worker=world.willi.username, teamId=2)
    hidden = {job["id"]: {"textReceiver": "x"}}
    assert (await world.wanda.post("editjobs", jobs=hidden))["status"] == -11
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    assert (await world.otto.post("editjobs", jobs=hidden))["status"] == -11
    world.set_member(world.otto, teams=[1, 2])
    assert (await world.otto.post("editjobs", jobs=hidden))["status"] == 0
