# SPDX-License-Identifier: EUPL-1.2
"""Neutral mails to whoever reported, on their way."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the table and guard it."""
    op.create_table(
        "tiding_mails",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("incident", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("key_id", sa.String(32)),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tiding_mails"),
        sa.ForeignKeyConstraint(
            ["key_id"], ["municipality_keys.id"], name="fk_tiding_mails_key_id_municipality_keys"
        ),
    )
    op.create_index("ix_tiding_mails_incident", "tiding_mails", ["incident"])
    op.create_index("ix_tiding_mails_due_at", "tiding_mails", ["due_at"])
    row_policies.guard(op, "tiding_mails")
