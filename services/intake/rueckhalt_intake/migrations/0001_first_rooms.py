# SPDX-License-Identifier: EUPL-1.2
"""Incidents, what was answered before, mailboxes; and the plumbing every service has."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import first_plumbing
from rueckhalt_shared.columns import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    first_plumbing.create_tables(op)
    _create_incidents()
    op.create_table(
        "known_requests",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(9), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_known_requests"),
    )
    op.create_index("ix_known_requests_answered_at", "known_requests", ["answered_at"])
    op.create_table(
        "mailboxes",
        sa.Column("lookup", sa.String(64), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("lookup", name="pk_mailboxes"),
    )
    op.create_index("ix_mailboxes_incident_id", "mailboxes", ["incident_id"])


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("sender", sa.String(80), nullable=False),
        sa.Column("mode", sa.String(5), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("close_reason", sa.String(40)),
        sa.Column("feedback_given", sa.Boolean),
        sa.Column("awaiting_at", UtcDateTime),
        sa.Column("responsibility_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("responsibility", sa.JSON(none_as_null=True)),
        sa.Column("coded", sa.JSON, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("narrative_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("particulars_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("narrative", sa.LargeBinary),
        sa.Column("particulars", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.UniqueConstraint("key_id", name="uq_incidents_key_id"),
    )
    op.create_index("ix_incidents_registered_at", "incidents", ["registered_at"])
    waiting = sa.text("awaiting_at IS NOT NULL")
    op.create_index(
        "ix_incidents_awaiting_at",
        "incidents",
        ["awaiting_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
