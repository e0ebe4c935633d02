# SPDX-License-Identifier: EUPL-1.2
"""Which person may open which incident; a person's account goes from the marks of erased ones."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the grants, with one for each incident somebody has just now."""
    op.create_table(
        "grants",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "person", name="pk_grants"),
    )
    op.create_index("ix_grants_person", "grants", ["person"])
    op.create_table(
        "grant_standings",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("assignment", sa.String(64)),
        sa.Column("urgency", sa.String(8)),
        sa.Column("urgency_version", sa.Integer, nullable=False),
        sa.Column("excluded", sa.JSON, nullable=False),
        sa.Column("excluded_version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name="pk_grant_standings"),
    )
    _grant_what_is_known()
    for table in ("grants", "grant_standings"):
        row_policies.guard_below(op, table, column="incident_id", parent="incidents", key="id")
    # Whose they were cannot be hashed here: the key lies with the service. They answer 404 now.
    op.execute("UPDATE erased_incidents SET sender = 'forgotten' WHERE sender LIKE 'account:%'")


def _grant_what_is_known() -> None:
    """Only who leads is known of earlier events; whoever was asked beside them is not."""
    incidents = sa.table(
        "incidents",
        sa.column("id", sa.String),
        sa.column("responsibility_version", sa.Integer),
        sa.column("responsibility", sa.JSON),
    )
    grants = sa.table(
        "grants",
        sa.column("incident_id", sa.String),
        sa.column("person", sa.String),
        sa.column("version", sa.Integer),
    )
    standings = sa.table(
        "grant_standings",
        sa.column("incident_id", sa.String),
        sa.column("since", sa.Integer),
        sa.column("urgency_version", sa.Integer),
        sa.column("excluded", sa.JSON),
        sa.column("excluded_version", sa.Integer),
    )
    connection = op.get_bind()
    known = sa.select(incidents).where(incidents.c.responsibility_version > 0)
    for row in connection.execute(known).mappings().all():
        fact = row["responsibility"] or {}
        if fact.get("state") == "lapsed" or "person" not in fact:
            continue
        version, incident = row["responsibility_version"], row["id"]
        given = {"incident_id": incident, "person": fact["person"], "version": version}
        connection.execute(sa.insert(grants), given)
        standing = {"incident_id": incident, "since": version, "urgency_version": 0}
        standing |= {"excluded": [], "excluded_version": 0}
        connection.execute(sa.insert(standings), standing)
