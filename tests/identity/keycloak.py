# SPDX-License-Identifier: EUPL-1.2
"""A provider as Keycloak looks from outside, in a thread, that can be told to cheat."""

import hashlib
import hmac
import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, Response, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "rueckhalt", "the secret of the client"
Claims = dict[str, Any]


def segment(document: Any) -> str:
    """A part of a token."""
    return urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


class Keycloak:
    """A realm with one person; `change` and `sign` spoil what it says."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.key = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
        self.codes: dict[str, dict[str, str]] = {}
        self.roles = ["rueckhalt-responsible", "offline_access"]
        self.change: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Callable[[Claims], str] = self.signed
        self.back: set[str] = set()
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.port}/realms/stadt"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def signed(self, claims: Claims) -> str:
        """As it should be."""
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)

    def unsigned(self, claims: Claims) -> str:
        """`alg: none`."""
        return f"{segment({'alg': 'none', 'kid': 'k1'})}.{segment(claims)}."

    def with_public_key(self, claims: Claims) -> str:
        """HS256, the public key taken for the secret."""
        public = self.key.as_pem(private=False)
        text = f"{segment({'alg': 'HS256', 'kid': 'k1'})}.{segment(claims)}"
        made = hmac.digest(public, text.encode(), "sha256")
        return f"{text}.{urlsafe_b64encode(made).rstrip(b'=').decode()}"

    def with_another_key(self, claims: Claims) -> str:
        """Signed by somebody else under our key's name."""
        other = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, other)

    def with_own_key_inside(self, claims: Claims) -> str:
        """Signed by somebody else, whose key the header brings along."""
        other = RSAKey.generate_key(2048, {"kid": "k9"}, private=True)
        header = {"alg": "RS256", "kid": "k9", "jwk": other.as_dict(private=False)}
        return jwt.encode(header, claims, other)

    def _app(self) -> Flask:
        app = Flask("keycloak", static_folder=None)
        prefix = "/realms/stadt"
        app.add_url_rule(f"{prefix}/.well-known/openid-configuration", view_func=self._describe)
        app.add_url_rule(f"{prefix}/certs", view_func=self._certs)
        app.add_url_rule(f"{prefix}/auth", view_func=self._auth)
        app.add_url_rule(f"{prefix}/token", view_func=self._token, methods=["POST"])
        return app

    def _describe(self) -> dict[str, str]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/certs",
        }

    def _certs(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]}

    def _auth(self) -> Any:
        asked = request.args.to_dict()
        assert asked["code_challenge_method"] == "S256"
        assert asked["response_type"] == "code"
        self.back.add(asked["redirect_uri"])
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return redirect(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    def _token(self) -> Any:
        sent = request.form
        asked = self.codes.pop(sent.get("code", ""), None)
        if asked is None:
            return Response('{"error": "invalid_grant"}', 400)
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        proof = urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = (asked["code_challenge"], asked["redirect_uri"], CLIENT, SECRET)
        told = (proof, sent["redirect_uri"], sent["client_id"], sent["client_secret"])
        if known != told:
            return Response('{"error": "invalid_grant"}', 400)
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "azp": CLIENT,
            "sub": "0b5f",
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": asked["nonce"],
            "preferred_username": "a.beispiel",
            "name": "Anna Beispiel",
            "realm_access": {"roles": self.roles},
        }
        return {"id_token": self.sign(self.change(claims)), "token_type": "Bearer"}
