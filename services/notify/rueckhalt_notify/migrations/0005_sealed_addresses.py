# SPDX-License-Identifier: EUPL-1.2
"""Addresses are sealed: the keys of municipalities, and what is sealed beside each contact.

What lies in clear is sealed afterwards, online, by the worker (`vault.keeping`).
"""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Only add: the table of contacts is referred to, SQLite could not make it anew."""
    op.create_table(
        "master_keys",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_master_keys"),
    )
    op.create_table(
        "municipality_keys",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("master", sa.String(16), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("retired_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_municipality_keys"),
        sa.ForeignKeyConstraint(
            ["master"], ["master_keys.id"], name="fk_municipality_keys_master_master_keys"
        ),
    )
    op.create_index("ix_municipality_keys_municipality", "municipality_keys", ["municipality"])
    row_policies.guard_inherited(op, "municipality_keys")  # as the contacts they open
    op.add_column("contacts", sa.Column("sealed", sa.LargeBinary))
    op.execute(
        "ALTER TABLE contacts ADD COLUMN key_id VARCHAR(32)"
        " CONSTRAINT fk_contacts_key_id_municipality_keys REFERENCES municipality_keys (id)"
    )
