# SPDX-License-Identifier: EUPL-1.2
"""Secrets that are none: words of examples, values that stand in public documents, one letter.

An installation that runs with one of these looks protected and is not, so it does not start.
"""

from urllib.parse import unquote, urlsplit

_WORDS = frozenset(
    {
        *("123456", "12345678", "1234567890", "abc123", "admin", "administrator", "beispiel"),
        *("changeit", "default", "demo", "dummy", "geheim", "geheimnis", "guest", "kennwort"),
        *("letmein", "none", "passwd", "password", "passwort", "postgres", "qwertz", "rabbitmq"),
        *("root", "rueckhalt", "sample", "secret", "test", "testtest", "todo", "token"),
        # The key of the examples of Standard Webhooks.
        *("whsec_mfkq9r8gkyqrtwjupd8ilpzio2lalasw", "mfkq9r8gkyqrtwjupd8ilpzio2lalasw"),
    }
)
_PARTS = (
    *("changeme", "change-me", "change_me", "example", "beispiel", "placeholder", "platzhalter"),
    *("replace-me", "replace_me", "your-", "your_", "<", ">", "...", "…", "xxxx"),
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FEWEST = 3  # different characters; base64 of zeros has two


def is_placeholder(secret: str) -> bool:
    """Is this an example instead of a secret?"""
    bare = secret.strip().lower()
    if bare in _WORDS or any(part in bare for part in _PARTS):
        return True
    return bool(bare) and len(set(bare)) < _FEWEST


def holds_placeholder(address: str) -> bool:
    """Is the password in this address an example, or the user's own name?

    RabbitMQ's `guest`, which that server lets in from its own machine only, may be used there.
    """
    try:
        parts = urlsplit(address)
        user, password, host = parts.username or "", unquote(parts.password or ""), parts.hostname
    except ValueError:
        return False  # whoever uses the address says what is wrong with it
    if not password or (user == password == "guest" and host in _LOOPBACK):
        return False
    return is_placeholder(password) or password == unquote(user)
