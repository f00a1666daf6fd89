"""A job: one task at one location on one day for at most one person."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any

from msgspec import Struct

from roundsman.core.clock import MINUTES_A_DAY
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId, PlaceId, is_template_id
from roundsman.places.pins import NO_PIN, Answers, Pin, Spot


class Kind(IntEnum):
    """What is done at the destination."""

    WORK = 0
    PICKUP = 1
    DROPOFF = 2


class Progress(StrEnum):
    """How far a job is, derived from its stamps and never stored."""

    ARCHIVED = "archived"
    DONE = "done"
    ISSUE = "issue"
    LEFT = "left"
    IN_PROGRESS = "in_progress"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    UNASSIGNED = "unassigned"


class Outcome(IntEnum):
    """The terminal stamp of a job as a key column."""

    OPEN = 0
    SUCCESS = 1
    FAILED = 2


class Helper(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who helps at a job; `said`: a stamp was written by hand, so none is measured."""

    member: MemberId
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    said: bool = False


class Job(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One job. Texts are empty, numbers 0 and moments None where nothing is known.

    Windows are minutes since midnight in the company's zone; a `window_end` of 0 or 1440 is open.
    `labels`, `linked_forms`, `linked_zones` and `confirmation_emails` are comma lists.
    `check_in_said_at` and `check_out_said_at` are when a person wrote, or took away, that stamp:
    what is measured never goes before what was said. A pin keeps every automatic step from changing
    what it names: the person, the position in the person's day, the planned time. `carried` counts
    how often the job was carried over, last from the day `carried_from`; `carry_stopped` says that
    this was often enough. `template` and `original_day` say what a job that repeats was made of;
    `by_hand` that somebody changed it since.
    """

    id: JobId
    created_at: datetime
    saved_at: datetime
    external_id: str = ""
    kind: int = Kind.WORK
    team: int = 0
    order_number: int = 0
    file_number: str = ""
    labels: str = ""
    priority: int = 5
    title: str = ""
    address: str = ""
    position: Point | None = None
    pin: Pin = NO_PIN
    place: PlaceId = PlaceId("")
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    confirmation_emails: str = ""
    day: date | None = None
    number: int = 0
    window_start: int = 0
    window_end: int = MINUTES_A_DAY
    on_site_s: int = 720
    scheduled_start: datetime | None = None
    scheduled_end: datetime | None = None
    scheduled_at: datetime | None = None
    carry_over: bool = True
    carried: int = 0
    carried_from: date | None = None
    carry_stopped: bool = False
    template: JobId = JobId("")
    original_day: date | None = None
    by_hand: bool = False
    items_dropoff: int = 0
    items_pickup: int = 0
    member: MemberId = MemberId("")
    helpers: list[Helper] = []
    dispatcher: MemberId = MemberId("")
    note: str = ""
    reply: str = ""
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    rejected_at: datetime | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    check_in_said_at: datetime | None = None
    check_out_said_at: datetime | None = None
    nfc1_at: datetime | None = None
    nfc2_at: datetime | None = None
    done_at: datetime | None = None
    failed_at: datetime | None = None
    signed_at: datetime | None = None
    archived_at: datetime | None = None
    custom: dict[str, str] = {}
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    linked_forms: str = ""
    linked_zones: str = ""
    submitted_forms: str = ""
    manual_checks: str = ""
    signature_name: str = ""
    signature_svg: str = ""
    signature_pdf: str = ""
    pin_person: bool = False
    pin_position: bool = False
    pin_time: bool = False

    @property
    def keeps_person(self) -> bool:
        """Tell whether a pin holds the person; a pin on nobody holds nothing yet."""
        return bool(self.member) and (self.pin_person or self.pin_position)

    @property
    def keeps_position(self) -> bool:
        """Tell whether a pin holds the position in the person's day."""
        return bool(self.member and self.day) and self.pin_position

    @property
    def keeps_time(self) -> bool:
        """Tell whether a pin holds the planned begin of work."""
        return self.scheduled_start is not None and self.pin_time

    @property
    def is_pinned(self) -> bool:
        """Tell whether any pin holds anything."""
        return self.keeps_person or self.keeps_position or self.keeps_time

    @property
    def spot(self) -> Spot:
        """Return the job as far as its position goes."""
        return Spot((self.address.strip(), ""), self.position, self.pin)

    @property
    def is_template(self) -> bool:
        """Tell whether this is a stored template, which never appears in a day."""
        return is_template_id(self.id)

    @property
    def progress(self) -> Progress:
        """Return how far the job is; the first stamp that counts wins (product.md 2.2)."""
        for state, holds in _LADDER:
            if holds(self):
                return state
        return Progress.UNASSIGNED

    @property
    def carries(self) -> bool:
        """Tell whether the job moves on when its day is over."""
        is_open = self.outcome is Outcome.OPEN and self.archived_at is None
        return (
            is_open
            and self.day is not None
            and self.carry_over
            and not self.carry_stopped
            and not self.is_template
        )

    @property
    def outcome(self) -> Outcome:
        """Return the terminal stamp."""
        if self.done_at:
            return Outcome.SUCCESS
        return Outcome.FAILED if self.failed_at else Outcome.OPEN


_LADDER: tuple[tuple[Progress, Callable[[Job], bool]], ...] = (
    (Progress.ARCHIVED, lambda job: job.archived_at is not None),
    (Progress.DONE, lambda job: job.done_at is not None),
    (Progress.ISSUE, lambda job: job.failed_at is not None),
    (Progress.LEFT, lambda job: job.checked_in_at is not None and job.checked_out_at is not None),
    (Progress.IN_PROGRESS, lambda job: job.checked_in_at is not None),
    (Progress.REJECTED, lambda job: job.rejected_at is not None),
    (Progress.ACCEPTED, lambda job: job.accepted_at is not None),
    (Progress.SCHEDULED, lambda job: bool(job.member)),
)


class Wish(Struct, frozen=True, kw_only=True):
    """What a caller wants a job to be: only what was sent.

    `values` are attributes of `Job` by name. `assignee` is a user name or id, empty to unassign;
    `lat`/`lng` may come alone; `custom` replaces all custom fields, `custom_set` sets single ones
    (an empty value removes); `numbers` and `texts` are inputs by slot. `labels` holds what came
    under the newer and the older name, where both came. `is_placed` says that the position is that
    of the place, and `answers` what a geocoder knows of the address. `helpers` are user names or
    ids, the whole list; None leaves it.
    """

    values: Mapping[str, Any] = {}
    assignee: str | None = None
    dispatcher: str | None = None
    lat: float | None = None
    lng: float | None = None
    custom: Mapping[str, str] | None = None
    custom_set: Mapping[str, str] = {}
    numbers: Mapping[str, float] = {}
    texts: Mapping[str, str] = {}
    labels: Sequence[str] = ()
    is_placed: bool = False
    answers: Answers = {}
    helpers: Sequence[str] | None = None
