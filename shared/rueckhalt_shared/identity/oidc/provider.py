# SPDX-License-Identifier: EUPL-1.2
"""Talk to the provider: its description, its keys, the exchange of a code for a token.

https only (plain http for a provider on this machine, in tests), no redirects, five seconds, and
at most 256 KiB: what a provider says is input like any other.
"""

import json
import threading
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from rueckhalt_shared.identity.oidc.domain import ALGORITHMS, Client, TokenRefused, challenge
from rueckhalt_shared.identity.oidc.handlers import Leaving

_SECONDS, _MOST = 5.0, 256 * 1024
_KEPT = 3600.0  # the description and the keys; an unknown key is looked up again, once a minute
_AGAIN = 60.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProviderAway(Exception):
    """The provider does not answer, or not as it should."""


class Provider:
    """One provider; its description and keys are kept for an hour."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._lock = threading.Lock()
        self._described: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, left: Leaving, back: str, *, again: bool = False) -> str:
        """Where the browser goes; `again` asks for the proof once more."""
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": back,
            "scope": "openid profile",
            "state": left.state,
            "nonce": left.nonce,
            "code_challenge": challenge(left.verifier),
            "code_challenge_method": "S256",
        }
        if again:
            query |= {"prompt": "login", "max_age": "0"}
        return f"{self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    def claims(self, code: str, left: Leaving, back: str) -> dict[str, Any]:
        """Exchange the code; the claims of a token with a good signature. Raises TokenRefused."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.client.client_id,
            "code_verifier": left.verifier,
        }
        if self.client.client_secret:
            fields["client_secret"] = self.client.client_secret
        answer = _asked("POST", self._endpoint("token_endpoint"), data=fields)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise TokenRefused("no id_token")
        return self._verified(token)

    def _verified(self, token: str) -> dict[str, Any]:
        for keys in (self._key_set(), self._key_set(again=True)):
            try:
                return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)
            except (JoseError, ValueError, TypeError, KeyError) as error:
                refused = type(error).__name__
        raise TokenRefused(refused)

    def _key_set(self, *, again: bool = False) -> KeySet:
        with self._lock:
            kept = _AGAIN if again else _KEPT
            if self._keys is None or self._keys[0] + kept < time.monotonic():
                told = _asked("GET", self._endpoint("jwks_uri"))
                try:
                    public = [k for k in told["keys"] if k.get("kty") in ("RSA", "EC", "OKP")]
                    self._keys = (time.monotonic(), KeySet.import_key_set({"keys": public}))
                except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
                    raise ProviderAway(f"keys: {type(error).__name__}") from None
            return self._keys[1]

    def _endpoint(self, name: str) -> str:
        issuer = self.client.issuer
        if self._described is None or self._described[0] + _KEPT < time.monotonic():
            told = _asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != issuer:
                raise ProviderAway("describes another issuer")
            self._described = (time.monotonic(), told)
        found = self._described[1].get(name)
        if not isinstance(found, str) or not _is_safe(found):
            raise ProviderAway(f"has no safe {name}")
        return found


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _asked(method: str, url: str, **sent: Any) -> dict[str, Any]:
    if not _is_safe(url):
        raise ProviderAway("not https")
    try:
        with requests.request(
            method, url, timeout=_SECONDS, allow_redirects=False, stream=True, **sent
        ) as answer:
            body = answer.raw.read(_MOST + 1, decode_content=True)
            if answer.status_code in (400, 401):
                raise TokenRefused(f"provider says {answer.status_code}")
            if answer.status_code != 200 or len(body) > _MOST:
                raise ProviderAway(f"answers {answer.status_code}")
        told = json.loads(body)
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway(type(error).__name__) from None
    if not isinstance(told, dict):
        raise ProviderAway("answers no object")
    return told
