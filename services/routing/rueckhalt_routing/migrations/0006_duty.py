# SPDX-License-Identifier: EUPL-1.2
"""Who is there and on duty: absences, changes of rotas, crises, departures, feeds."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of what changes daily, and guard them."""
    _create_absences()
    _create_rota_changes()
    _create_the_rest()
    for table in ("absences", "rota_changes", "crises", "departures", "duty_states"):
        row_policies.guard_inherited(op, table)
    row_policies.guard(op, "ical_feeds")


def _create_absences() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("start_at", UtcDateTime, nullable=False),
        sa.Column("end_at", UtcDateTime, nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("import_uid", sa.String(64)),
        sa.Column("noted_by", sa.String(200), nullable=False),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_absences"),
        sa.UniqueConstraint(
            "municipality",
            "person",
            "import_uid",
            name="uq_absences_municipality_person_import_uid",
        ),
    )
    op.create_index("ix_absences_municipality_end_at", "absences", ["municipality", "end_at"])


def _create_rota_changes() -> None:
    op.create_table(
        "rota_changes",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("rota", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(9), nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("start_at", UtcDateTime, nullable=False),
        sa.Column("end_at", UtcDateTime, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("instead_of", sa.String(64)),
        sa.Column("back_start_at", UtcDateTime),
        sa.Column("back_end_at", UtcDateTime),
        sa.Column("giver_agreed_at", UtcDateTime),
        sa.Column("taker_agreed_at", UtcDateTime),
        sa.Column("noted_by", sa.String(200), nullable=False),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_rota_changes"),
    )
    op.create_index(
        "ix_rota_changes_municipality_end_at", "rota_changes", ["municipality", "end_at"]
    )


def _create_the_rest() -> None:
    op.create_table(
        "crises",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("start_at", UtcDateTime, nullable=False),
        sa.Column("end_at", UtcDateTime),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("declared_by", sa.String(200), nullable=False),
        sa.Column("ended_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_crises"),
    )
    op.create_index("ix_crises_municipality", "crises", ["municipality"])
    op.create_table(
        "departures",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("left_at", UtcDateTime, nullable=False),
        sa.Column("noted_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "person", name="pk_departures"),
    )
    op.create_table(
        "duty_states",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stamp", sa.String(36), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("municipality", name="pk_duty_states"),
    )
    op.create_table(
        "ical_feeds",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("municipality", "person", name="pk_ical_feeds"),
        sa.UniqueConstraint("token_hash", name="uq_ical_feeds_token_hash"),
    )
