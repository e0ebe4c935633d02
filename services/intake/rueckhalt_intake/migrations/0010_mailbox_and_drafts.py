# SPDX-License-Identifier: EUPL-1.2
"""Drafts of reports, messages, visits by a code, consents, questions some time afterwards."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
_BELOW = ("messages", "mailbox_visits", "consents", "aftercare")


def upgrade() -> None:
    """Create the tables and guard them."""
    _create_drafts()
    _create_what_lies_in_a_mailbox()
    row_policies.guard(op, "report_drafts")
    for table in _BELOW:
        row_policies.guard_below(op, table, column="incident_id", parent="incidents", key="id")


def _create_drafts() -> None:
    op.create_table(
        "report_drafts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("lookup", sa.String(64)),
        sa.Column("public_key", sa.LargeBinary),
        sa.Column("incident_id", sa.String(36)),
        sa.Column("answer", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_report_drafts"),
        sa.UniqueConstraint("holder", name="uq_report_drafts_holder"),
        sa.UniqueConstraint("key_id", name="uq_report_drafts_key_id"),
        sa.UniqueConstraint("lookup", name="uq_report_drafts_lookup"),
    )
    op.create_index("ix_report_drafts_changed_at", "report_drafts", ["changed_at"])
    op.create_index("ix_report_drafts_incident_id", "report_drafts", ["incident_id"])


def _create_what_lies_in_a_mailbox() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("direction", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_incident_id", "messages", ["incident_id"])
    op.create_table(
        "mailbox_visits",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_mailbox_visits"),
    )
    op.create_index("ix_mailbox_visits_incident_id", "mailbox_visits", ["incident_id"])
    op.create_index("ix_mailbox_visits_seen_at", "mailbox_visits", ["seen_at"])
    op.create_table(
        "consents",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("withdrawn_at", UtcDateTime),
        sa.PrimaryKeyConstraint("incident_id", "kind", name="pk_consents"),
    )
    op.create_table(
        "aftercare",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(8), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("answered_at", UtcDateTime),
        sa.PrimaryKeyConstraint("incident_id", "name", name="pk_aftercare"),
    )
    op.create_index("ix_aftercare_asked_at", "aftercare", ["asked_at"])
