# SPDX-License-Identifier: EUPL-1.2
"""The entries of the help directory that municipalities keep themselves."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the table; a Kreis' entries count for its towns, too."""
    op.create_table(
        "help_entries",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("cells", sa.JSON, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "id", name="pk_help_entries"),
    )
    row_policies.guard_inherited(op, "help_entries")
