# SPDX-License-Identifier: EUPL-1.2
"""Row-level security: what a session may reach of plans, people, assignments and the audit."""

from alembic import op

from rueckhalt_shared import row_policies

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Guard the tables, on PostgreSQL."""
    for table in ("plans", "persons"):
        row_policies.guard_inherited(op, table)
    for table in ("assignments", "decisions", "audit_rows", "audit_readings"):
        row_policies.guard(op, table)
    row_policies.guard_below(
        op, "steps_taken", column="assignment_id", parent="assignments", key="id"
    )
    row_policies.guard_below(op, "timers", column="ref", parent="assignments", key="id")
    row_policies.guard_for_workers(op, "webhook_calls")
