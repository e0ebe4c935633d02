# SPDX-License-Identifier: EUPL-1.2
"""Reports that came in above the limits of a flood, to be looked through by a person."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the list of what was set aside."""
    op.create_table(
        "reports_set_aside",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(5), nullable=False),
        sa.Column("cause", sa.String(10), nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_at", UtcDateTime),
        sa.PrimaryKeyConstraint("incident_id", name="pk_reports_set_aside"),
    )
    op.create_index(
        "ix_reports_set_aside_waiting",
        "reports_set_aside",
        ["since_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    row_policies.guard(op, "reports_set_aside")
