# SPDX-License-Identifier: EUPL-1.2
"""A request to erase may be about one file only."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("erasure_requests") as batch:
        batch.add_column(sa.Column("attachment_id", sa.String(36)))
