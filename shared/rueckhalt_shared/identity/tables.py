# SPDX-License-Identifier: EUPL-1.2
"""The tables of the identity store. A column added later is nullable: old code keeps working."""

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, UniqueConstraint

from rueckhalt_shared.columns import UtcDateTime, naming_convention

SCHEMA = "rueckhalt_identity"  # on PostgreSQL
metadata = MetaData(naming_convention=naming_convention)

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("sender", String(80), nullable=False, index=True),
    Column("mode", String(4), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("municipalities", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),  # to the hour: using a key must not cost a commit
    Column("signing_key", String(64)),  # set: this key opens nothing without a signature
)
nonces = Table(
    "key_nonces",
    metadata,
    Column("key_id", String(16), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("kept_until", UtcDateTime, nullable=False, index=True),
)
accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(80), nullable=False, unique=True),  # what one types, lower case
    Column("display_name", String(120), nullable=False),
    Column("person", String(64)),  # the id routing knows this person by
    Column("password_hash", String(200)),
    Column("password_changed_at", UtcDateTime),
    Column("totp_secret", String(64)),
    Column("totp_step", Integer),  # the newest 30-second window whose code was used
    Column("issuer", String(200)),  # of an account that signs in at an OIDC provider
    Column("subject", String(255)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    UniqueConstraint("issuer", "subject"),
)
roles = Table(
    "account_roles",
    metadata,
    Column("account_id", String(36), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("municipality", String(12), primary_key=True),
)
links = Table(
    "account_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", String(36), nullable=False, index=True),
    Column("totp_secret", String(64), nullable=False),  # offered by the page of this link
    Column("expires_at", UtcDateTime, nullable=False),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("account_id", String(36), nullable=False, index=True),
)
failures = Table(
    "sign_in_failures",
    metadata,
    Column("bucket", String(64), primary_key=True),  # keyed hash of account and network
    Column("count", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
)
bucket_keys = Table(
    "bucket_keys",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("key", String(64), nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("ref", String(16), nullable=False, unique=True),  # names it in the list of sessions
    Column("account_id", String(36), nullable=False, index=True),
    Column("stage", String(8), nullable=False),  # password: waits for the second factor; full
    Column("device", String(60), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("fresh_at", UtcDateTime),  # when the second factor was shown last
    Column("wrong_codes", Integer, nullable=False),
)
oidc_states = Table(
    "oidc_states",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("next", String(500), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
