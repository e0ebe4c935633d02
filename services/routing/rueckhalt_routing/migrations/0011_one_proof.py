# SPDX-License-Identifier: EUPL-1.2
"""One proof: a certificate keeps everything the proof has said, as the check of a draft does."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Certificates made before say too little: they are void, and each plan is proved anew."""
    with op.batch_alter_table("certificates") as table:
        table.add_column(sa.Column("findings", sa.JSON, nullable=False, server_default="[]"))
    op.execute(
        "UPDATE certificates SET void_at = proved_at, void_reason = 'plan' WHERE void_at IS NULL"
    )
