# SPDX-License-Identifier: EUPL-1.2
"""A certificate keeps the facts of the day it was made with, so that it can be verified alone."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Those made before have none; the next proof, at the latest tonight, keeps them."""
    with op.batch_alter_table("certificates") as table:
        table.add_column(sa.Column("inputs", sa.JSON(none_as_null=True)))
