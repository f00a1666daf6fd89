"""Every table.

Each table starts its primary key and every index with `company_id`, so that no query crosses
companies by accident and the tables shard by company. Three tables are directories: they find the
company of a login name, of a secret (ADR 4) or of a moment (ADR 20) and so cannot start with it.

Typed columns hold what is filtered, sorted or unique; `doc` holds the whole record as JSON of our
own struct. Times are microseconds since 1970 UTC (`_us`) or milliseconds where the name says `_ms`.
Days are integers such as 20260105, 0 for none.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
    }
)

DIRECTORIES = frozenset({"login_name", "credential", "appointment"})


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False)


def _number(name: str, *, default: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0" if default else None)


def _flag(name: str, *, default: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0" if default else None)


def _measure(name: str) -> Column[float]:
    return Column(name, Double, nullable=True)


def _doc(name: str = "doc") -> Column[str]:
    return Column(name, Text, nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


# --- accounts -------------------------------------------------------------------------------------

company = Table(
    "company",
    metadata,
    _text("company_id"),
    _number("created_us"),
    _doc(),
    PrimaryKeyConstraint("company_id"),
)

member = Table(
    "member",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _text("username"),
    _text("role"),
    _text("state"),
    _doc(),
    PrimaryKeyConstraint("company_id", "member_id"),
    Index("ix_member_state", "company_id", "state", "member_id"),
)

login_name = Table(
    "login_name",
    metadata,
    _text("username_key"),
    _text("company_id"),
    _text("member_id"),
    PrimaryKeyConstraint("username_key"),
    sqlite_with_rowid=False,
)

credential = Table(
    "credential",
    metadata,
    _text("digest"),
    _text("company_id"),
    _text("credential_id"),
    _text("kind"),
    _text("subject"),
    _text("hint"),
    _text("label"),
    _number("created_us"),
    _number("expires_us"),
    _number("last_used_us"),
    _number("revoked_us"),
    PrimaryKeyConstraint("digest"),
    Index("ix_credential_subject", "company_id", "kind", "subject", "created_us"),
    Index("ix_credential_id", "company_id", "credential_id", unique=True),
    sqlite_with_rowid=False,
)

password = Table(
    "password",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _text("hash"),
    _number("changed_us"),
    PrimaryKeyConstraint("company_id", "member_id"),
    sqlite_with_rowid=False,
)

# --- facts ----------------------------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    _text("company_id"),
    _text("event_id"),
    _text("kind"),
    _text("subject"),
    _number("at_us"),
    _text("actor"),
    _text("means"),
    _flag("pending"),
    _doc(),
    _doc("snapshot"),
    PrimaryKeyConstraint("company_id", "event_id"),
    Index("ix_outbox_subject", "company_id", "subject", "event_id"),
    Index(
        "ix_outbox_pending",
        "company_id",
        "event_id",
        sqlite_where=text("pending = 1"),
        postgresql_where=text("pending = 1"),
    ),
)

# --- places ---------------------------------------------------------------------------------------

place = Table(
    "place",
    metadata,
    _text("company_id"),
    _text("place_id"),
    _text("name_key"),
    _flag("inexact", default=True),
    _number("seek_us", default=True),
    _doc(),
    PrimaryKeyConstraint("company_id", "place_id"),
    Index("ix_place_name", "company_id", "name_key", "place_id"),
    Index(
        "ix_place_inexact",
        "company_id",
        "name_key",
        "place_id",
        sqlite_where=text("inexact <> 0"),
        postgresql_where=text("inexact <> 0"),
    ),
    Index(
        "ix_place_seek",
        "company_id",
        "seek_us",
        sqlite_where=text("seek_us > 0"),
        postgresql_where=text("seek_us > 0"),
    ),
)

area = Table(
    "area",
    metadata,
    _text("company_id"),
    _text("area_id"),
    _text("kind"),
    _text("subject"),
    _text("member_id"),
    _number("lat_e7"),
    _number("lng_e7"),
    _number("radius_m"),
    _number("from_ms"),
    _number("until_ms"),
    _number("enter_until_ms"),
    PrimaryKeyConstraint("company_id", "area_id", "member_id", "from_ms"),
    sqlite_with_rowid=False,
)

# Which areas touch a cell of the coarse grid of `places.areas`, and until when they may be entered:
# by then they are out of the way of every fix but those of members inside, who know their names.
area_cell = Table(
    "area_cell",
    metadata,
    _text("company_id"),
    _number("cell"),
    _number("enter_until_ms"),
    _text("area_id"),
    _text("member_id"),
    _number("from_ms"),
    PrimaryKeyConstraint("company_id", "cell", "enter_until_ms", "area_id", "member_id", "from_ms"),
    Index("ix_area_cell_area", "company_id", "area_id"),
    sqlite_with_rowid=False,
)

# --- jobs -----------------------------------------------------------------------------------------

job = Table(
    "job",
    metadata,
    _text("company_id"),
    _text("job_id"),
    _flag("template"),
    _text("external_id"),
    _number("day"),
    _number("number"),
    _text("member_id"),
    _number("team"),
    _number("order_number"),
    _text("place_id"),
    _flag("archived"),
    _flag("outcome"),
    # Whether the job moves on when its day is over; has a default because it came later.
    Column("carries", Integer, nullable=False, server_default=text("0")),
    _number("created_us"),
    _number("saved_us"),
    _flag("inexact", default=True),
    _number("seek_us", default=True),
    _doc(),
    PrimaryKeyConstraint("company_id", "job_id"),
    # What a person should look at, and what is to be asked of a geocoder and when.
    Index(
        "ix_job_inexact",
        "company_id",
        "template",
        "day",
        "number",
        "created_us",
        "job_id",
        sqlite_where=text("inexact <> 0"),
        postgresql_where=text("inexact <> 0"),
    ),
    Index(
        "ix_job_seek",
        "company_id",
        "seek_us",
        sqlite_where=text("seek_us > 0"),
        postgresql_where=text("seek_us > 0"),
    ),
    Index(
        "ix_job_external",
        "company_id",
        "template",
        "external_id",
        unique=True,
        sqlite_where=text("external_id <> ''"),
        postgresql_where=text("external_id <> ''"),
    ),
    Index("ix_job_day", "company_id", "template", "day", "number", "created_us", "job_id"),
    Index("ix_job_member", "company_id", "member_id", "day", "number"),
    Index(
        "ix_job_order",
        "company_id",
        "order_number",
        sqlite_where=text("order_number <> 0"),
        postgresql_where=text("order_number <> 0"),
    ),
    Index(
        "ix_job_place",
        "company_id",
        "place_id",
        sqlite_where=text("place_id <> ''"),
        postgresql_where=text("place_id <> ''"),
    ),
    Index(
        "ix_job_carries",
        "company_id",
        "day",
        "job_id",
        sqlite_where=text("carries = 1"),
        postgresql_where=text("carries = 1"),
    ),
    Index("ix_job_saved", "company_id", "saved_us", "job_id"),
)

# Who helps at a job beside its member, by day, so that they find it.
job_helper = Table(
    "job_helper",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("day"),
    _text("job_id"),
    PrimaryKeyConstraint("company_id", "member_id", "day", "job_id"),
    sqlite_with_rowid=False,
)

# --- plans ----------------------------------------------------------------------------------------

# A plan of a day: asked, worked on by whoever has the lease, kept until it is forgotten. `working`
# is 1 while it waits or runs; states are dispatch.runs.model.State.
plan_run = Table(
    "plan_run",
    metadata,
    _text("company_id"),
    _text("run_id"),
    _text("member_id"),
    _number("day"),
    _text("state"),
    _flag("working"),
    _flag("cancel"),
    _number("tries"),
    _number("created_us"),
    _number("changed_us"),
    _number("forget_us"),
    _number("lease_us"),
    _text("holder"),
    _text("essence"),
    _doc("wish"),
    _doc("progress"),
    _doc("plan"),
    _doc("moves"),
    PrimaryKeyConstraint("company_id", "run_id"),
    Index(
        "ix_plan_run_working",
        "company_id",
        "created_us",
        sqlite_where=text("working = 1"),
        postgresql_where=text("working = 1"),
    ),
    Index("ix_plan_run_day", "company_id", "day", "run_id"),
)

# A visit promised to a customer for a while.
slot_hold = Table(
    "slot_hold",
    metadata,
    _text("company_id"),
    _text("hold_id"),
    _text("member_id"),
    _number("day"),
    _number("until_us"),
    _doc(),
    PrimaryKeyConstraint("company_id", "hold_id"),
    Index("ix_slot_hold_day", "company_id", "day", "hold_id"),
    sqlite_with_rowid=False,
)

# --- what is due ----------------------------------------------------------------------------------

# What is to be done for a company at a moment; see diary.model.What.
appointment = Table(
    "appointment",
    metadata,
    _text("what"),
    _number("due_us"),
    _text("company_id"),
    _text("subject"),
    PrimaryKeyConstraint("what", "due_us", "company_id", "subject"),
    Index("ix_appointment_company", "company_id", "what", "subject", unique=True),
    sqlite_with_rowid=False,
)

# --- what repeats ---------------------------------------------------------------------------------

recurrence = Table(
    "recurrence",
    metadata,
    _text("company_id"),
    _text("template_id"),
    _doc(),
    PrimaryKeyConstraint("company_id", "template_id"),
    sqlite_with_rowid=False,
)

# Which job a template was made into for an original day, so that it is made once; `placed` is the
# day that a holiday left it.
occurrence = Table(
    "occurrence",
    metadata,
    _text("company_id"),
    _text("template_id"),
    _number("day"),
    _number("placed"),
    _text("job_id"),
    PrimaryKeyConstraint("company_id", "template_id", "day"),
    sqlite_with_rowid=False,
)

# --- expected arrivals ----------------------------------------------------------------------------

arrival = Table(
    "arrival",
    metadata,
    _text("company_id"),
    _text("job_id"),
    _text("member_id"),
    _number("day"),
    _number("updated_us"),
    _doc(),
    PrimaryKeyConstraint("company_id", "job_id"),
    Index("ix_arrival_day", "company_id", "day", "member_id"),
    Index("ix_arrival_updated", "company_id", "day", "updated_us"),
    sqlite_with_rowid=False,
)

# How far off arrivals were, by how long before they were expected; see arrivals.model.
arrival_error = Table(
    "arrival_error",
    metadata,
    _text("company_id"),
    _flag("lead"),
    _doc("counts"),
    PrimaryKeyConstraint("company_id", "lead"),
    sqlite_with_rowid=False,
)

# --- messages -------------------------------------------------------------------------------------

mail = Table(
    "mail",
    metadata,
    _text("company_id"),
    _text("mail_id"),
    _text("recipient"),
    _text("subject"),
    _text("body"),
    _text("state"),
    _number("attempts"),
    _number("due_us"),
    _number("created_us"),
    _text("problem"),
    PrimaryKeyConstraint("company_id", "mail_id"),
    Index(
        "ix_mail_waiting",
        "company_id",
        "due_us",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    sqlite_with_rowid=False,
)

# --- webhooks -------------------------------------------------------------------------------------

hook = Table(
    "hook",
    metadata,
    _text("company_id"),
    _text("event_key"),
    _doc(),
    PrimaryKeyConstraint("company_id", "event_key"),
    sqlite_with_rowid=False,
)

# The queue in front of one URL of a company: when something in it is due (0: nothing waits), and
# which process works on it until when.
lane = Table(
    "lane",
    metadata,
    _text("company_id"),
    _text("lane"),
    _number("due_us"),
    _number("pause_us"),
    _number("lease_us"),
    _text("holder"),
    PrimaryKeyConstraint("company_id", "lane"),
    Index(
        "ix_lane_due",
        "company_id",
        "due_us",
        sqlite_where=text("due_us > 0"),
        postgresql_where=text("due_us > 0"),
    ),
    sqlite_with_rowid=False,
)

# `ordering` sorts deliveries like their events; states are webhooks.model.State.
delivery = Table(
    "delivery",
    metadata,
    _text("company_id"),
    _text("delivery_id"),
    _text("event_key"),
    _text("lane"),
    _text("subject"),
    _text("ordering"),
    _flag("state"),
    _number("attempts"),
    _number("due_us"),
    _number("created_us"),
    _number("done_us"),
    _number("status"),
    _text("error"),
    _doc(),
    PrimaryKeyConstraint("company_id", "delivery_id"),
    Index(
        "ix_delivery_fresh",
        "company_id",
        "lane",
        "ordering",
        sqlite_where=text("state = 0"),
        postgresql_where=text("state = 0"),
    ),
    Index(
        "ix_delivery_again",
        "company_id",
        "lane",
        "due_us",
        sqlite_where=text("state = 1"),
        postgresql_where=text("state = 1"),
    ),
    Index(
        "ix_delivery_open",
        "company_id",
        "event_key",
        "state",
        sqlite_where=text("state <> 2"),
        postgresql_where=text("state <> 2"),
    ),
    Index("ix_delivery_key", "company_id", "event_key", "delivery_id"),
)

delivery_attempt = Table(
    "delivery_attempt",
    metadata,
    _text("company_id"),
    _text("delivery_id"),
    _number("number"),
    _text("event_key"),
    _number("at_us"),
    _number("status"),
    _text("error"),
    _number("took_ms"),
    PrimaryKeyConstraint("company_id", "delivery_id", "number"),
    Index("ix_attempt_key", "company_id", "event_key", "at_us"),
    sqlite_with_rowid=False,
)

# --- tracking -------------------------------------------------------------------------------------

device = Table(
    "device",
    metadata,
    _text("company_id"),
    _text("device_id"),
    _text("member_id"),
    _number("last_ms"),
    _doc(),
    PrimaryKeyConstraint("company_id", "device_id"),
    Index("ix_device_member", "company_id", "member_id"),
    sqlite_with_rowid=False,
)

# Whose fixes a device measures, from a moment on. The newer assignment of a member outranks.
assignment = Table(
    "assignment",
    metadata,
    _text("company_id"),
    _text("device_id"),
    _number("from_ms"),
    _text("member_id"),
    _number("rank"),
    PrimaryKeyConstraint("company_id", "device_id", "from_ms"),
    sqlite_with_rowid=False,
)

fix = Table(
    "fix",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("ts_ms"),
    _text("device_id"),
    _number("rcv_ms"),
    _number("lat_e7"),
    _number("lng_e7"),
    _measure("acc_m"),
    _measure("speed_mps"),
    _measure("bearing_deg"),
    _measure("alt_m"),
    Column("battery_pct", Integer, nullable=True),
    Column("charging", Integer, nullable=True),
    _flag("hint"),
    _flag("cause"),
    _flag("flags"),
    _flag("verdict"),
    _number("rank"),
    _text("origin"),
    _text("msg_id"),
    _doc("attributes"),
    PrimaryKeyConstraint("company_id", "member_id", "ts_ms", "device_id"),
    sqlite_with_rowid=False,
)

quarantine = Table(
    "quarantine",
    metadata,
    _text("company_id"),
    _text("quarantine_id"),
    _text("device_id"),
    _number("rcv_ms"),
    _text("origin"),
    _text("reason"),
    _text("content_type"),
    _doc("query"),
    _bytes("body"),
    PrimaryKeyConstraint("company_id", "quarantine_id"),
    Index("ix_quarantine_device", "company_id", "device_id", "rcv_ms"),
    sqlite_with_rowid=False,
)

# What is to be folded, from when on (`dirty_ms`, -1 for nothing), and the state it goes on from. A
# long fold takes the mark with it (`taken_ms`), so that what comes meanwhile is marked anew.
fold_state = Table(
    "fold_state",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("dirty_ms"),
    _number("since_us"),
    _number("taken_ms"),
    _number("wake_ms"),
    _number("generation"),
    _number("head_ms"),
    _bytes("head"),
    PrimaryKeyConstraint("company_id", "member_id"),
    Index(
        "ix_fold_state_dirty",
        "company_id",
        "since_us",
        sqlite_where=text("since_us > 0"),
        postgresql_where=text("since_us > 0"),
    ),
    Index(
        "ix_fold_state_wake",
        "company_id",
        "wake_ms",
        sqlite_where=text("wake_ms > 0"),
        postgresql_where=text("wake_ms > 0"),
    ),
)

snapshot = Table(
    "snapshot",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("ts_ms"),
    _flag("daily"),
    _bytes("state"),
    PrimaryKeyConstraint("company_id", "member_id", "ts_ms"),
    sqlite_with_rowid=False,
)

# Stops, trips and gaps. `seq` is the number of the fold's outcome, -1 in the open tail.
segment = Table(
    "segment",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("segment_id"),
    _number("seq"),
    _text("kind"),
    _number("start_ms"),
    _number("end_ms"),
    _doc(),
    PrimaryKeyConstraint("company_id", "member_id", "segment_id"),
    Index("ix_segment_start", "company_id", "member_id", "start_ms"),
    Index("ix_segment_seq", "company_id", "member_id", "seq"),
    sqlite_with_rowid=False,
)

visit = Table(
    "visit",
    metadata,
    _text("company_id"),
    _text("visit_id"),
    _text("member_id"),
    _text("area_id"),
    _number("seq"),
    _number("enter_ms"),
    _number("exit_ms"),
    _doc(),
    PrimaryKeyConstraint("company_id", "visit_id"),
    Index("ix_visit_member", "company_id", "member_id", "enter_ms"),
    Index("ix_visit_seq", "company_id", "member_id", "seq"),
    Index("ix_visit_area", "company_id", "area_id", "enter_ms"),
    sqlite_with_rowid=False,
)

passage = Table(
    "passage",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("seq"),
    _text("area_id"),
    _number("ts_ms"),
    PrimaryKeyConstraint("company_id", "member_id", "seq"),
    sqlite_with_rowid=False,
)

# The last known position and state of each member.
live_state = Table(
    "live_state",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("lat_e7"),
    _number("lng_e7"),
    _number("updated_us"),
    _doc(),
    PrimaryKeyConstraint("company_id", "member_id"),
    Index("ix_live_state_updated", "company_id", "updated_us"),
    sqlite_with_rowid=False,
)

# --- check-ins ------------------------------------------------------------------------------------

# Members whose check-ins are to be thought over at a moment though nothing new is told.
second_look = Table(
    "second_look",
    metadata,
    _text("company_id"),
    _text("member_id"),
    _number("due_ms"),
    _number("around_ms"),
    PrimaryKeyConstraint("company_id", "member_id"),
    sqlite_with_rowid=False,
)
