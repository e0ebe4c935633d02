# SPDX-License-Identifier: EUPL-1.2
"""TOTP (RFC 6238): six digits, 30 seconds, one window before and after, each used once."""

import hmac
from datetime import datetime

import pyotp

_SECONDS = 30
ISSUER = "Rueckhalt"


def new_secret() -> str:
    """160 random bits in base32, as authenticator apps want them."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The window this code belongs to, the oldest first; None when it is wrong."""
    typed = code.replace(" ", "").encode("utf-8", "replace")
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // _SECONDS
    matches = [
        step
        for step in (current - 1, current, current + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed)
    ]
    return matches[0] if matches else None


def code_at(secret: str, now: datetime) -> str:
    """The code an app shows; for the sample installation and tests."""
    return pyotp.TOTP(secret).generate_otp(int(now.timestamp()) // _SECONDS)


def address(secret: str, name: str) -> str:
    """The `otpauth://` address that a QR code carries."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def picture(secret: str, name: str) -> str:
    """The QR code as SVG; no script, no style, drawn with attributes only."""
    import segno  # noqa: PLC0415 - one page needs it

    drawn: str = segno.make(address(secret, name), error="m").svg_inline(
        scale=5, border=4, dark="#000000", light="#ffffff", svgclass=None, lineclass=None
    )
    return drawn
