# SPDX-License-Identifier: EUPL-1.2
"""Plans, people, assignments, timers and webhook calls; and the plumbing every service has."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import first_plumbing
from rueckhalt_shared.columns import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    first_plumbing.create_tables(op)
    _create_plans()
    _create_people()
    _create_assignments()
    _create_decisions()
    _create_timers()
    _create_webhook_calls()


def _create_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("retired_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.UniqueConstraint("municipality", "version", name="uq_plans_municipality_version"),
    )
    op.create_index("ix_plans_published", "plans", ["municipality", "state"])


def _create_people() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("unit", sa.String(40)),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_persons"),
    )
    op.create_index("ix_persons_municipality", "persons", ["municipality"])
    op.create_table(
        "reach",
        sa.Column("contact_id", sa.String(64), nullable=False),
        sa.Column("person", sa.String(36)),
        sa.Column("partner", sa.String(36)),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_reach"),
    )
    op.create_index("ix_reach_person", "reach", ["person"])


def _create_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("incident_version", sa.Integer, nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("urgency", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(80), nullable=False),
        sa.Column("decision_id", sa.String(36), nullable=False),
        sa.Column("plan_id", sa.String(36)),
        sa.Column("plan_version", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("chain", sa.String(40), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("person", sa.String(36)),
        sa.Column("partner", sa.String(36)),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("out", sa.JSON, nullable=False),
        sa.Column("excluded", sa.JSON, nullable=False),
        sa.Column("barred_roles", sa.JSON, nullable=False),
        sa.Column("weak", sa.Boolean, nullable=False),
        sa.Column("red", sa.String(40)),
        sa.Column("assigned_at", UtcDateTime, nullable=False),
        sa.Column("take_over_by", UtcDateTime, nullable=False),
        sa.Column("next_due_at", UtcDateTime),
        sa.Column("taken_by", sa.String(36)),
        sa.Column("taken_role", sa.String(40)),
        sa.Column("taken_over_at", UtcDateTime),
        sa.Column("follow_up_by", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.UniqueConstraint("incident_id", name="uq_assignments_incident_id"),
    )
    op.create_index("ix_assignments_state_id", "assignments", ["state", "id"])


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("plan_id", sa.String(36)),
        sa.Column("case", sa.JSON, nullable=False),
        sa.Column("explanation", sa.JSON, nullable=False),
        sa.Column("excluded", sa.JSON, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_incident_id", "decisions", ["incident_id"])
    op.create_table(
        "steps_taken",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("assignment_id", sa.String(36), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("recipients", sa.JSON, nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_steps_taken"),
    )
    op.create_index("ix_steps_taken_assignment_id", "steps_taken", ["assignment_id"])


def _create_timers() -> None:
    op.create_table(
        "timers",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("ref", sa.String(36), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("lease_until_at", UtcDateTime),
        sa.Column("owner", sa.String(36)),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("key", name="pk_timers"),
    )
    op.create_index("ix_timers_ref", "timers", ["ref"])
    op.create_index("ix_timers_due_at", "timers", ["due_at"])


def _create_webhook_calls() -> None:
    op.create_table(
        "webhook_calls",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("lease_until_at", UtcDateTime),
        sa.Column("owner", sa.String(36)),
        sa.Column("cause", sa.String(80)),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_calls"),
    )
    op.create_index(
        "ix_webhook_calls_waiting",
        "webhook_calls",
        ["next_attempt_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
