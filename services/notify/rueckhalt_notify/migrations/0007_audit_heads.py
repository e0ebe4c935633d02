# SPDX-License-Identifier: EUPL-1.2
"""Heads of the audit chain that were given away, and the last look at each chain."""

from alembic import op

from rueckhalt_shared import row_policies, second_plumbing

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the two tables beside the chain."""
    second_plumbing.create_audit_heads(op)
    for table in ("audit_heads", "audit_checks"):
        row_policies.guard(op, table)
