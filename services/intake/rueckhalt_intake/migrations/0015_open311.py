# SPDX-License-Identifier: EUPL-1.2
"""How far the lists of others have been looked through."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared.columns import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "open311_lists",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("seen_until", UtcDateTime),
        sa.Column("next_at", UtcDateTime),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("cause", sa.String(200)),
        sa.Column("looked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("name", name="pk_open311_lists"),
    )
