# SPDX-License-Identifier: EUPL-1.2
"""Contacts, notices, attempts, answers, and what is known of responsibilities."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import first_plumbing
from rueckhalt_shared.columns import UtcDateTime

revision = "0001"
down_revision = None

_OPEN = sa.text("state IN ('waiting', 'sending')")


def upgrade() -> None:
    """Create every table of version 1."""
    first_plumbing.create_tables(op)
    _contacts()
    _notices()
    _attempts_and_answers()
    op.create_table(
        "responsibilities",
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("assignment", sa.String(64)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("person", sa.String(36)),
        sa.Column("closed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("incident", name="pk_responsibilities"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("owner_kind", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("max_level", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("soft_bounces", sa.Integer, nullable=False),
        sa.Column("verified_until_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint(
            "owner_id", "channel", "address", name="uq_contacts_owner_id_channel_address"
        ),
    )
    op.create_index("ix_contacts_municipality", "contacts", ["municipality"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("source_event", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("assignment", sa.String(64)),
        sa.Column("owner_kind", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("urgency", sa.String(8), nullable=False),
        sa.Column("contact_id", sa.String(36)),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("is_plain", sa.Boolean, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("take_over_by_at", UtcDateTime),
        sa.Column("deliver_by_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("revoked_at", UtcDateTime),
        sa.Column("resend_of", sa.String(36)),
        sa.Column("sender", sa.String(120)),
        sa.Column("lease_until_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_notices_contact_id_contacts"
        ),
    )
    op.create_index("ix_notices_subject", "notices", ["subject"])
    op.create_index(
        "ix_notices_open",
        "notices",
        ["lane", "due_at"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _attempts_and_answers() -> None:
    op.create_table(
        "attempts",
        sa.Column("notice_id", sa.String(36), nullable=False),
        sa.Column("n", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.String(36)),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("outcome", sa.String(16)),
        sa.Column("reason", sa.String(60)),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("token_hash", sa.String(64)),
        sa.PrimaryKeyConstraint("notice_id", "n", name="pk_attempts"),
        sa.UniqueConstraint("token_hash", name="uq_attempts_token_hash"),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name="fk_attempts_notice_id_notices"
        ),
    )
    op.create_table(
        "answers",
        sa.Column("notice_id", sa.String(36), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("verb", sa.String(12), nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_answers"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_answers_notice_id_notices"),
    )
