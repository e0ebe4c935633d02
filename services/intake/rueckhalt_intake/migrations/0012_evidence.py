# SPDX-License-Identifier: EUPL-1.2
"""Files of incidents: sealed pieces, and who has had to do with them."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the tables and guard them."""
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("scanned_at", UtcDateTime),
        sa.Column("label", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
        sa.UniqueConstraint("key_id", name="uq_attachments_key_id"),
    )
    op.create_index("ix_attachments_incident_id", "attachments", ["incident_id"])
    op.create_index("ix_attachments_state", "attachments", ["state"])
    op.create_table(
        "attachment_chunks",
        sa.Column("attachment_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", "number", name="pk_attachment_chunks"),
    )
    op.create_table(
        "custody",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("attachment_id", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("act", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_custody"),
    )
    op.create_index("ix_custody_attachment_id", "custody", ["attachment_id"])
    op.create_index("ix_custody_incident_id", "custody", ["incident_id"])
    for table in ("attachments", "custody"):
        row_policies.guard_below(op, table, column="incident_id", parent="incidents", key="id")
    row_policies.guard_below(
        op, "attachment_chunks", column="attachment_id", parent="attachments", key="id"
    )
