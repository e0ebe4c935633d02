# SPDX-License-Identifier: EUPL-1.2
"""Row-level security: what a session may reach of incidents, erasures, holds and the audit."""

from alembic import op

from rueckhalt_shared import row_policies

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Guard the tables, on PostgreSQL."""
    for table in ("incidents", "erased_incidents", "erasure_orders", "legal_holds"):
        row_policies.guard(op, table)
    for table in ("audit_rows", "audit_readings"):
        row_policies.guard(op, table)
    row_policies.guard_below(op, "mailboxes", column="incident_id", parent="incidents", key="id")
    for table in ("erasure_receipts", "key_shreddings"):
        row_policies.guard_below(op, table, column="order_id", parent="erasure_orders", key="id")
