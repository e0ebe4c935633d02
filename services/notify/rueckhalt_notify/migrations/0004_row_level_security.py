# SPDX-License-Identifier: EUPL-1.2
"""Row-level security: what a session may reach of contacts, notices, answers and the audit."""

from alembic import op

from rueckhalt_shared import row_policies

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Guard the tables, on PostgreSQL."""
    row_policies.guard_inherited(op, "contacts")
    for table in ("notices", "audit_rows", "audit_readings"):
        row_policies.guard(op, table)
    for table in ("attempts", "answers"):
        row_policies.guard_below(op, table, column="notice_id", parent="notices", key="id")
    row_policies.guard_below(
        op, "responsibilities", column="incident", parent="notices", key="subject"
    )
