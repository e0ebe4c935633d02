# SPDX-License-Identifier: EUPL-1.2
"""Row-level security: what a session may reach of facts, roll-ups and the audit."""

from alembic import op

from rueckhalt_shared import row_policies

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Guard the tables, on PostgreSQL."""
    for table in ("facts", "rollups", "audit_rows", "audit_readings"):
        row_policies.guard(op, table)
