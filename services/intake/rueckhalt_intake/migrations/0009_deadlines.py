# SPDX-License-Identifier: EUPL-1.2
"""When the clocks of an incident began, which reminders went out, when to look again."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
_KEY = ("incident_id", "code", "entitled", "offender")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "deadline_clocks",
        *_keys(),
        sa.Column("knows_deed_on", sa.Date),
        sa.Column("knows_offender_on", sa.Date),
        sa.Column("pause_since", sa.Date),
        sa.Column("pause_until", sa.Date),
        sa.Column("pause_reason", sa.String(20)),
        sa.Column("settled_on", sa.Date),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_deadline_clocks"),
    )
    op.create_table(
        "deadline_reminders",
        *_keys(),
        sa.Column("safe_until", sa.Date, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, "safe_until", "days", name="pk_deadline_reminders"),
    )
    op.create_table(
        "deadline_rounds",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("next_at", UtcDateTime),
        sa.PrimaryKeyConstraint("incident_id", name="pk_deadline_rounds"),
    )
    op.create_index("ix_deadline_rounds_next_at", "deadline_rounds", ["next_at"])
    for table in ("deadline_clocks", "deadline_reminders", "deadline_rounds"):
        row_policies.guard_below(op, table, column="incident_id", parent="incidents", key="id")


def _keys() -> list[sa.Column[str] | sa.Column[int]]:
    return [
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("entitled", sa.String(40), nullable=False),
        sa.Column("offender", sa.Integer, nullable=False),
    ]
