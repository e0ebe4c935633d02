# SPDX-License-Identifier: EUPL-1.2
"""Who wants a mail when there is something new, and words on their way to notify."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the tables and guard them."""
    op.create_table(
        "tidings_wishes",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("states", sa.Boolean, nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name="pk_tidings_wishes"),
    )
    op.create_table(
        "tidings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tidings"),
    )
    op.create_index("ix_tidings_incident_id", "tidings", ["incident_id"])
    op.create_index("ix_tidings_due_at", "tidings", ["due_at"])
    row_policies.guard(op, "tidings_wishes")
    row_policies.guard_below(op, "tidings", column="incident_id", parent="incidents", key="id")
