"""Every table.

Each table starts its primary key and every index with `company_id`, so that no query crosses
companies by accident and the tables shard by company. Two tables are directories: they find the
company of a login name or a secret and so cannot start with it (ADR 4).

Typed columns hold what is filtered, sorted or unique; `doc` holds the whole record as JSON of our
own struct. Times are microseconds since 1970 UTC (`_us`) or milliseconds where the name says `_ms`.
Days are integers such as 20260105, 0 for none.
"""

from sqlalchemy import (
    BigInteger,
    Column,
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
    naming_convention={"ix": "ix_%(column_0_label)s", "pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s"}
)

DIRECTORIES = frozenset({"login_name", "credential"})


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _flag(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


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
    _doc(),
    PrimaryKeyConstraint("company_id", "place_id"),
    Index("ix_place_name", "company_id", "name_key", "place_id"),
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
    PrimaryKeyConstraint("company_id", "area_id"),
    Index("ix_area_member", "company_id", "member_id", "until_ms"),
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
    _flag("archived"),
    _flag("outcome"),
    _number("created_us"),
    _number("saved_us"),
    _doc(),
    PrimaryKeyConstraint("company_id", "job_id"),
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
    Index("ix_job_saved", "company_id", "saved_us", "job_id"),
)
