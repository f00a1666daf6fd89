"""A job as it is answered on the wire and sent to webhooks: every key, complete."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Company, Member
from roundsman.core.clock import hhmm, to_ms, to_yyyymmdd
from roundsman.core.ids import MemberId, PlaceId
from roundsman.jobs.model import Job
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.storage.database import Tx

CUSTOM = "custom_"


class CustomField(Struct, frozen=True):
    """One custom field of a job."""

    key: str
    val: str


class Pin(Struct, frozen=True):
    """What no automatic step may change of a job (extension)."""

    person: bool
    position: bool
    time: bool


class WireHelper(Struct, frozen=True, kw_only=True, rename="camel"):
    """Somebody who helps at a job, with stamps of their own (ms, 0 has not happened)."""

    uid: str
    worker: str
    name: str
    ts_check_in: int
    ts_check_out: int


class WireJob(Struct, frozen=True, kw_only=True, rename="camel"):
    """A job as it is answered: every key, with its empty value where nothing is known.

    `status` is there for archived jobs only. Extensions: `pin` is there where something is pinned,
    `carriedOver` (how often) and `carriedFrom` (the last day it stood on) for jobs that were
    carried over, `recurrenceTemplate` and `recurrenceDay` (its original day) of jobs that repeat,
    `helpers` of jobs that have some.
    """

    id: str
    uid_secondary: str
    type: int
    team_id: int
    order_id: int
    file_number: str
    label: str
    labels: str
    priority: int
    status: str | UnsetType = UNSET
    destination_name: str
    destination_text: str
    destination_lat: float
    destination_lng: float
    place_uid: str
    place_name: str
    place_url: str = ""
    radius: int
    contact_name: str
    contact_phone: str
    contact_email: str
    confirmation_emails: str
    day: int
    number: int
    window_start: int
    window_end: int
    on_site_seconds: int
    scheduled_start: int
    scheduled_end: int
    carry_over: int
    carried_over: int | UnsetType = UNSET
    carried_from: int | UnsetType = UNSET
    recurrence_template: str | UnsetType = UNSET
    recurrence_day: int | UnsetType = UNSET
    items_to_dropoff: int
    items_to_pickup: int
    worker: str
    worker_name: str
    worker_email: str
    worker_phone: str
    receiver_uid: str
    helpers: list[WireHelper] | UnsetType = UNSET
    assignee_name: str
    assignee_username: str
    dispatcher_uid: str
    dispatcher_name: str
    dispatcher_url: str = ""
    text_dispatcher: str
    text_receiver: str
    ts_created: int
    ts_saved: int
    ts_assigned: int
    ts_scheduled: int
    ts_accepted: int
    ts_rejected: int
    ts_check_in: int
    ts_check_out: int
    ts_check_nfc1: int = field(name="tsCheckNFC1")
    ts_check_nfc2: int = field(name="tsCheckNFC2")
    ts_done_success: int
    ts_done_failed: int
    ts_signature: int
    custom_fields: list[CustomField]
    linked_forms: str
    submitted_forms: str
    input_form_config: str = ""
    linked_zones: str
    manual_checks: str
    signature_name: str
    signature_svg: str
    signature_pdf: str
    pin: Pin | UnsetType = UNSET


class Names(Struct, frozen=True):
    """The people and places that jobs of one answer name, and what the company says of jobs."""

    company: Company
    people: Mapping[MemberId, Member]
    places: Mapping[PlaceId, Place]


def names_of(tx: Tx, company: Company, jobs: Sequence[Job]) -> Names:
    """Return the names a list of jobs needs: two queries however long the list is."""
    people = {job.member for job in jobs} | {job.dispatcher for job in jobs}
    people |= {helper.member for job in jobs for helper in job.helpers}
    sites = {job.place for job in jobs}
    return Names(
        company,
        accounts.some_members(tx, company.id, people - {MemberId("")}),
        places.find_many(tx, company.id, sites - {PlaceId("")}),
    )


_NOBODY_TEXTS = ("", "", "", "")


def on_wire(job: Job, names: Names) -> WireJob | dict[str, Any]:
    """Return a job as it is answered; a plain object where the company asked for more keys."""
    person = names.people.get(job.member) if job.member else None
    dispatcher = names.people.get(job.dispatcher) if job.dispatcher else None
    place = names.places.get(job.place) if job.place else None
    username, name, email, phone = (
        (person.username, person.name, person.email, person.phone) if person else _NOBODY_TEXTS
    )
    position = job.position
    wire = WireJob(
        id=job.id,
        uid_secondary=job.external_id,
        type=job.kind,
        team_id=job.team,
        order_id=job.order_number,
        file_number=job.file_number,
        label=job.labels,
        labels=job.labels,
        priority=job.priority,
        status="archived" if job.archived_at else UNSET,
        destination_name=job.title,
        destination_text=job.address,
        destination_lat=position.lat if position else 0,
        destination_lng=position.lng if position else 0,
        # A deleted place is gone at once, although its jobs let go of it only a moment later.
        place_uid=place.id if place else "",
        place_name=place.name if place else "",
        radius=(place.radius_m if place else 0) or names.company.policy.job_radius_m,
        contact_name=job.contact_name,
        contact_phone=job.contact_phone,
        contact_email=job.contact_email,
        confirmation_emails=job.confirmation_emails,
        day=to_yyyymmdd(job.day),
        number=job.number,
        window_start=hhmm(job.window_start),
        window_end=hhmm(job.window_end),
        on_site_seconds=job.on_site_s,
        scheduled_start=to_ms(job.scheduled_start),
        scheduled_end=to_ms(job.scheduled_end),
        carry_over=int(job.carry_over),
        carried_over=job.carried or UNSET,
        carried_from=to_yyyymmdd(job.carried_from) or UNSET,
        recurrence_template=job.template or UNSET,
        recurrence_day=to_yyyymmdd(job.original_day) or UNSET,
        items_to_dropoff=job.items_dropoff,
        items_to_pickup=job.items_pickup,
        worker=username,
        worker_name=name,
        worker_email=email,
        worker_phone=phone,
        receiver_uid=job.member,
        helpers=_helpers(job, names) if job.helpers else UNSET,
        assignee_name=name,
        assignee_username=username,
        dispatcher_uid=job.dispatcher,
        dispatcher_name=dispatcher.name if dispatcher else "",
        text_dispatcher=job.note,
        text_receiver=job.reply,
        ts_created=to_ms(job.created_at),
        ts_saved=to_ms(job.saved_at),
        ts_assigned=to_ms(job.assigned_at),
        ts_scheduled=to_ms(job.scheduled_at),
        ts_accepted=to_ms(job.accepted_at),
        ts_rejected=to_ms(job.rejected_at),
        ts_check_in=to_ms(job.checked_in_at),
        ts_check_out=to_ms(job.checked_out_at),
        ts_check_nfc1=to_ms(job.nfc1_at),
        ts_check_nfc2=to_ms(job.nfc2_at),
        ts_done_success=to_ms(job.done_at),
        ts_done_failed=to_ms(job.failed_at),
        ts_signature=to_ms(job.signed_at),
        custom_fields=[CustomField(key, value) for key, value in job.custom.items()],
        linked_forms=job.linked_forms,
        submitted_forms=job.submitted_forms,
        linked_zones=job.linked_zones,
        manual_checks=job.manual_checks,
        signature_name=job.signature_name,
        signature_svg=job.signature_svg,
        signature_pdf=job.signature_pdf,
        pin=_pin(job),
    )
    policy = names.company.policy
    if not (policy.inputs or (policy.flat_custom_fields and job.custom)):
        return wire
    return {**msgspec.to_builtins(wire), **_more(job, names.company)}


def _pin(job: Job) -> Pin | UnsetType:
    """Return the pins of a job; one without any is answered as the contract knows it."""
    if not (job.pin_person or job.pin_position or job.pin_time):
        return UNSET
    return Pin(job.pin_person, job.pin_position, job.pin_time)


def _helpers(job: Job, names: Names) -> list[WireHelper]:
    people = [(helper, names.people.get(helper.member)) for helper in job.helpers]
    return [
        WireHelper(
            uid=helper.member,
            worker=person.username if person else "",
            name=person.name if person else "",
            ts_check_in=to_ms(helper.checked_in_at),
            ts_check_out=to_ms(helper.checked_out_at),
        )
        for helper, person in people
    ]


def _more(job: Job, company: Company) -> dict[str, Any]:
    """Return the keys a company asked for: numbered inputs and flat custom fields."""
    more: dict[str, Any] = {}
    forms: dict[str, dict[str, str]] = {}
    for line in company.policy.inputs:
        slot = str(line.slot)
        more[f"extra_{line.kind}_{slot}_key"] = line.label
        more[f"extra_{line.kind}_{slot}_val"] = (
            job.numbers.get(slot, 0) if line.kind == "number" else job.texts.get(slot, "")
        )
        kinds = forms.setdefault(line.kind, {})
        if line.form:
            kinds[slot] = line.form
    for kind, kinds in forms.items():
        more[f"extra_{kind}_types"] = msgspec.json.encode(kinds).decode() if kinds else ""
    if company.policy.flat_custom_fields:
        more |= {CUSTOM + key: value for key, value in job.custom.items()}
    return more


def all_on_wire(tx: Tx, actor: Actor, jobs: Sequence[Job]) -> list[WireJob | dict[str, Any]]:
    """Return jobs as they are answered to the actor."""
    names = names_of(tx, actor.company_profile, jobs)
    return [on_wire(job, names) for job in jobs]
