"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "area",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("lng_e7", sa.BigInteger(), nullable=False),
        sa.Column("radius_m", sa.BigInteger(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id", "area_id", "member_id", "from_ms", name=op.f("pk_area")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "area_cell",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id",
            "cell",
            "until_ms",
            "area_id",
            "member_id",
            "from_ms",
            name=op.f("pk_area_cell"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_area_cell_area", "area_cell", ["company_id", "area_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "device_id", "from_ms", name=op.f("pk_assignment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "company",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_company")),
    )
    op.create_table(
        "credential",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("last_used_us", sa.BigInteger(), nullable=False),
        sa.Column("revoked_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_credential")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_credential_id", "credential", ["company_id", "credential_id"], unique=True)
    op.create_index(
        "ix_credential_subject",
        "credential",
        ["company_id", "kind", "subject", "created_us"],
        unique=False,
    )
    op.create_table(
        "delivery",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("ordering", sa.String(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("done_us", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "delivery_id", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_again",
        "delivery",
        ["company_id", "lane", "due_us"],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_delivery_fresh",
        "delivery",
        ["company_id", "lane", "ordering"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "ix_delivery_key", "delivery", ["company_id", "event_key", "delivery_id"], unique=False
    )
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["company_id", "event_key", "state"],
        unique=False,
        sqlite_where=sa.text("state <> 2"),
        postgresql_where=sa.text("state <> 2"),
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id", "delivery_id", "number", name=op.f("pk_delivery_attempt")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_attempt_key", "delivery_attempt", ["company_id", "event_key", "at_us"], unique=False
    )
    op.create_table(
        "device",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "device_id", name=op.f("pk_device")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_device_member", "device", ["company_id", "member_id"], unique=False)
    op.create_table(
        "fix",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("ts_ms", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("rcv_ms", sa.BigInteger(), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("lng_e7", sa.BigInteger(), nullable=False),
        sa.Column("acc_m", sa.Double[float](), nullable=True),
        sa.Column("speed_mps", sa.Double[float](), nullable=True),
        sa.Column("bearing_deg", sa.Double[float](), nullable=True),
        sa.Column("alt_m", sa.Double[float](), nullable=True),
        sa.Column("battery_pct", sa.Integer(), nullable=True),
        sa.Column("charging", sa.Integer(), nullable=True),
        sa.Column("hint", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Integer(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("msg_id", sa.String(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id", "member_id", "ts_ms", "device_id", name=op.f("pk_fix")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fold_state",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("dirty_ms", sa.BigInteger(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("taken_ms", sa.BigInteger(), nullable=False),
        sa.Column("wake_ms", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("head_ms", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", name=op.f("pk_fold_state")),
    )
    op.create_index(
        "ix_fold_state_dirty",
        "fold_state",
        ["company_id", "since_us"],
        unique=False,
        sqlite_where=sa.text("since_us > 0"),
        postgresql_where=sa.text("since_us > 0"),
    )
    op.create_index(
        "ix_fold_state_wake",
        "fold_state",
        ["company_id", "wake_ms"],
        unique=False,
        sqlite_where=sa.text("wake_ms > 0"),
        postgresql_where=sa.text("wake_ms > 0"),
    )
    op.create_table(
        "hook",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "event_key", name=op.f("pk_hook")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("template", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("team", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.String(), nullable=False),
        sa.Column("archived", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("saved_us", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "job_id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_day",
        "job",
        ["company_id", "template", "day", "number", "created_us", "job_id"],
        unique=False,
    )
    op.create_index(
        "ix_job_external",
        "job",
        ["company_id", "template", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id <> ''"),
        postgresql_where=sa.text("external_id <> ''"),
    )
    op.create_index(
        "ix_job_member", "job", ["company_id", "member_id", "day", "number"], unique=False
    )
    op.create_index(
        "ix_job_order",
        "job",
        ["company_id", "order_number"],
        unique=False,
        sqlite_where=sa.text("order_number <> 0"),
        postgresql_where=sa.text("order_number <> 0"),
    )
    op.create_index(
        "ix_job_place",
        "job",
        ["company_id", "place_id"],
        unique=False,
        sqlite_where=sa.text("place_id <> ''"),
        postgresql_where=sa.text("place_id <> ''"),
    )
    op.create_index("ix_job_saved", "job", ["company_id", "saved_us", "job_id"], unique=False)
    op.create_table(
        "lane",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("pause_us", sa.BigInteger(), nullable=False),
        sa.Column("lease_us", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "lane", name=op.f("pk_lane")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_lane_due",
        "lane",
        ["company_id", "due_us"],
        unique=False,
        sqlite_where=sa.text("due_us > 0"),
        postgresql_where=sa.text("due_us > 0"),
    )
    op.create_table(
        "live_state",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("lng_e7", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", name=op.f("pk_live_state")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_live_state_updated", "live_state", ["company_id", "updated_us"], unique=False
    )
    op.create_table(
        "login_name",
        sa.Column("username_key", sa.String(), nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("username_key", name=op.f("pk_login_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mail",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("mail_id", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "mail_id", name=op.f("pk_mail")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_mail_waiting",
        "mail",
        ["company_id", "due_us"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "member",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", name=op.f("pk_member")),
    )
    op.create_index("ix_member_state", "member", ["company_id", "state", "member_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("means", sa.String(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "event_id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["company_id", "event_id"],
        unique=False,
        sqlite_where=sa.text("pending = 1"),
        postgresql_where=sa.text("pending = 1"),
    )
    op.create_index(
        "ix_outbox_subject", "outbox", ["company_id", "subject", "event_id"], unique=False
    )
    op.create_table(
        "passage",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=False),
        sa.Column("ts_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", "seq", name=op.f("pk_passage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "password",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", name=op.f("pk_password")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "place",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("place_id", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "place_id", name=op.f("pk_place")),
    )
    op.create_index("ix_place_name", "place", ["company_id", "name_key", "place_id"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("quarantine_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("rcv_ms", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "quarantine_id", name=op.f("pk_quarantine")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_quarantine_device", "quarantine", ["company_id", "device_id", "rcv_ms"], unique=False
    )
    op.create_table(
        "second_look",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("around_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", name=op.f("pk_second_look")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "segment",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", "segment_id", name=op.f("pk_segment")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_segment_seq", "segment", ["company_id", "member_id", "seq"], unique=False)
    op.create_index(
        "ix_segment_start", "segment", ["company_id", "member_id", "start_ms"], unique=False
    )
    op.create_table(
        "snapshot",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("ts_ms", sa.BigInteger(), nullable=False),
        sa.Column("daily", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "member_id", "ts_ms", name=op.f("pk_snapshot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "visit",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("enter_ms", sa.BigInteger(), nullable=False),
        sa.Column("exit_ms", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "visit_id", name=op.f("pk_visit")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_visit_area", "visit", ["company_id", "area_id", "enter_ms"], unique=False)
    op.create_index(
        "ix_visit_member", "visit", ["company_id", "member_id", "enter_ms"], unique=False
    )
    op.create_index("ix_visit_seq", "visit", ["company_id", "member_id", "seq"], unique=False)
