# SPDX-License-Identifier: EUPL-1.2
"""OpenID Connect without the network: PKCE, what the claims of a token must be, roles. Pure."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
"""Asymmetric ones only: `none` signs nothing, and HS256 would take a public key for a secret."""
_SKEW = timedelta(seconds=60)
_FRESH = timedelta(minutes=5)


class TokenRefused(Exception):
    """The provider's answer proves nothing; the reason is for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """How this installation is known to the provider, and how roles come out of its tokens."""

    issuer: str
    client_id: str
    client_secret: str
    role_claim: str
    role_prefix: str
    municipality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a good token speaks of."""

    issuer: str
    subject: str
    name: str
    roles: tuple[tuple[str, str], ...]
    is_fresh: bool


def challenge(verifier: str) -> str:
    """PKCE, S256 (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def identity_of(
    claims: Mapping[str, Any], client: Client, *, nonce: str, now: datetime
) -> Identity:
    """The person of a token whose signature was checked already; raises TokenRefused."""
    _check_parties(claims, client)
    _check_times(claims, now)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise TokenRefused("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise TokenRefused("sub")
    shown = claims.get("name") or claims.get("preferred_username") or subject
    shown_at = claims.get("auth_time")
    is_fresh = isinstance(shown_at, int) and now.timestamp() - shown_at < _FRESH.total_seconds()
    return Identity(
        issuer=client.issuer,
        subject=subject,
        name=str(shown),
        roles=tuple(_roles(claims, client)),
        is_fresh=is_fresh,
    )


def _check_parties(claims: Mapping[str, Any], client: Client) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != client.issuer:
        raise TokenRefused("iss")
    if client.client_id not in audiences:
        raise TokenRefused("aud")
    party = claims.get("azp")
    if (len(audiences) > 1 or party is not None) and party != client.client_id:
        raise TokenRefused("azp")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    skew, instant = _SKEW.total_seconds(), now.timestamp()
    ends, made = claims.get("exp"), claims.get("iat")
    if not isinstance(ends, int) or instant >= ends + skew:
        raise TokenRefused("exp")
    if not isinstance(made, int) or made > instant + skew:
        raise TokenRefused("iat")


def _roles(claims: Mapping[str, Any], client: Client) -> Iterator[tuple[str, str]]:
    """`rueckhalt-analyst`, or `rueckhalt-analyst@160770999999` for another municipality."""
    found: Any = claims
    for step in client.role_claim.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    for each in found if isinstance(found, list) else []:
        if isinstance(each, str) and each.startswith(client.role_prefix):
            role, _, place = each.removeprefix(client.role_prefix).partition("@")
            yield role, place or client.municipality
