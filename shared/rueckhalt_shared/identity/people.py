# SPDX-License-Identifier: EUPL-1.2
"""Sign-in of people behind one interface: pages, rights and commands ask here.

Local accounts prove themselves by password and code, others at an OIDC provider (`oidc`); both end
in the same session. Each method is one step with its own short transactions; the slow work
(Argon2) lies between them.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity import attempts
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.accounts import second_factor, store
from rueckhalt_shared.identity.accounts.domain import (
    Account,
    BadName,
    LinkEnded,
    Secrets,
    WeakPassword,
    check_password,
    digest,
    login_name,
    new_recovery_codes,
)
from rueckhalt_shared.identity.finding import session_with_account
from rueckhalt_shared.identity.opening import IdentityDatabase
from rueckhalt_shared.identity.passwords import Passwords
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.identity.sessions.domain import Limits, Session

if TYPE_CHECKING:
    from rueckhalt_shared.identity.oidc.provider import Provider

_PASSWORDS = Passwords()  # one for all apps of a process: together they check two at a time


class Refused(Exception):
    """Name, password or code is wrong; which one stays unsaid."""


class NotSignedIn(Exception):
    """The sign-in state is unknown or has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session with the account it belongs to."""

    account: Account
    session: Session
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A step of the sign-in worked: the new session's id, and whether a code is still wanted."""

    token: str
    account: Account
    wants_code: bool = False
    recovery_codes: tuple[str, ...] = ()


class People:
    """The sign-ins of one installation."""

    def __init__(
        self,
        database: IdentityDatabase,
        *,
        limits: Limits | None = None,
        passwords: Passwords | None = None,
        code_required: bool = True,
        provider: "Provider | None" = None,
    ) -> None:
        self._database = database
        self.limits = limits or Limits()
        self.passwords = passwords or _PASSWORDS
        self._code_required = code_required  # false in the sample installation only
        self._peopled = False
        self.provider = provider
        """Where people sign in with the municipality's own accounts; None where nobody does."""

    @classmethod
    def of(cls, database: IdentityDatabase, settings: Any) -> "People":
        """As the settings of a service say."""
        limits = Limits(
            idle=timedelta(minutes=settings.session_idle_minutes),
            absolute=timedelta(hours=settings.session_hours),
        )
        provider = provider_of(settings)
        return cls(database, limits=limits, code_required=not settings.is_demo, provider=provider)

    @property
    def database(self) -> IdentityDatabase:
        """The identity store, prepared."""
        return self._database.prepare()

    def are_there_any(self) -> bool:
        """Has the installation an account at all?"""
        if not self._peopled and self.provider is not None:
            self._peopled = True
        if not self._peopled:
            self._peopled = self.database.read(accounts.is_anybody_there)
        return self._peopled

    # ------------------------------------------------------------------------ signing in

    def password(self, typed: str, password: str, *, network: str, device: str) -> Passed:
        """The first step; raises Refused or PleaseWait, alike for names there are and are not."""
        name = _bucket_name(typed)
        bucket = self.database.run(attempts.begin, name, network)
        known = self.database.read(store.secrets_of, name)
        stored = known.password_hash if known is not None and known.is_open else None
        if not self.passwords.matches(stored, password) or known is None:
            raise Refused
        if known.totp_secret is None and self._code_required:
            raise Refused
        return self.database.run(self._after_password, known, bucket, device=device)

    def code(self, token: str, code: str, *, network: str, device: str) -> Passed:
        """The second step: the code of the app or a recovery code."""
        half = self._half(token)
        name = half.account.name
        bucket = self.database.run(attempts.begin, name, network)
        # Whoever types codes knows the password: from however many networks, they wait.
        of_account = self.database.run(attempts.begin, f"code|{half.account.id}", "")
        passed = self.database.run(self._after_code, token, code, bucket, device=device)
        if passed is None:
            self.database.run(sessions.note_wrong_code, digest(token))
            raise Refused
        self.database.run(attempts.clear, of_account)
        return passed

    def confirm(self, token: str, proof: str, *, network: str) -> None:
        """Show the second factor again (the password where there is none): fresh for 5 minutes."""
        signed_in = self.session(token)
        if signed_in is None:
            raise NotSignedIn
        account = signed_in.account
        bucket = self.database.run(attempts.begin, account.name, network)
        known = self._secrets(account)
        if known.totp_secret is None:
            if not self.passwords.matches(known.password_hash, proof):
                raise Refused
            self.database.run(_confirmed, bucket, digest(token))
        elif not self.database.run(
            _confirm_by_code, account.id, proof, bucket=bucket, id_hash=digest(token)
        ):
            raise Refused

    def half(self, token: str) -> Account:
        """Whose second factor is awaited; raises NotSignedIn."""
        return self._half(token).account

    # ------------------------------------------------------------------------- sessions

    def session(self, token: str) -> SignedIn | None:
        """Who has this session; None when it is unknown, ended, or its account closed."""
        found, wants_touch = self.database.read(self._find, digest(token), "full")
        if found is not None and wants_touch:
            self.database.run(sessions.touch, digest(token))
        return found

    def sessions_of(self, account: Account) -> list[Session]:
        """The live sessions of an account, newest first."""
        return self.database.read(sessions.own, account.id, limits=self.limits)

    def sign_out(self, token: str) -> None:
        """End one session."""
        self.database.run(sessions.end, digest(token))

    def sign_out_everywhere(self, account: Account) -> None:
        """End all sessions of an account."""
        self.database.run(sessions.end_all, account.id)

    def sign_out_one(self, account: Account, ref: str) -> bool:
        """End one of one's own sessions."""
        return self.database.run(sessions.end_one, account.id, ref)

    # --------------------------------------------------------------- password and links

    def open_link(self, token: str) -> tuple[Account, str]:
        """Whose first link this is, and the TOTP secret it offers; raises LinkEnded."""
        return self.database.read(accounts.open_link, token)

    def use_link(self, token: str, password: str, code: str, *, device: str) -> Passed:
        """Set password and second factor; raises LinkEnded, WeakPassword, Refused."""
        account, secret = self.open_link(token)
        check_password(password, account.name)
        step = second_factor.matching_step(secret, code, self.database.clock())
        if step is None:
            raise Refused
        codes = tuple(new_recovery_codes())
        hashed = self.passwords.hash(password)
        return self.database.run(
            _after_link, token, password_hash=hashed, step=step, codes=codes, device=device
        )

    def change_password(
        self, signed_in: SignedIn, old: str, new: str, *, network: str, device: str
    ) -> Passed:
        """Exchange the password; every sign-in ends but the new one of this browser."""
        account = signed_in.account
        bucket = self.database.run(attempts.begin, account.name, network)
        known = self._secrets(account)
        if not self.passwords.matches(known.password_hash, old):
            raise Refused
        check_password(new, account.name)
        if old == new:
            raise WeakPassword("weak.same")
        hashed = self.passwords.hash(new)
        return self.database.run(
            _after_change, account, known, hashed, bucket=bucket, device=device
        )

    # --------------------------------------------------------------------------- inside

    def _secrets(self, account: Account) -> Secrets:
        known = self.database.read(store.secrets_by_id, account.id)
        if known is None or not known.is_open:
            raise NotSignedIn
        return known

    def _half(self, token: str) -> SignedIn:
        found, _ = self.database.read(self._find, digest(token), "password")
        if found is None:
            raise NotSignedIn
        return found

    def _find(self, tx: Transaction, id_hash: str, stage: str) -> tuple[SignedIn | None, bool]:
        known = session_with_account(tx, id_hash)
        if known is None:
            return None, False
        session, account = known
        is_live = session.is_live(tx.now, self.limits)
        if not is_live or session.stage != stage or not account.is_open:
            return None, False
        found = SignedIn(account=account, session=session, is_fresh=session.is_fresh(tx.now))
        return found, sessions.wants_touch(session, tx)

    def _after_password(
        self, tx: Transaction, known: Secrets, bucket: str, *, device: str
    ) -> Passed:
        """Still the same password, still open? Then on to the code, or in."""
        now_known = store.secrets_by_id(tx, known.account_id)
        account = accounts.find_by_id(tx, known.account_id)
        if now_known != known or account is None:
            raise Refused
        if known.totp_secret is None:
            attempts.clear(tx, bucket)
            return Passed(token=_full(tx, account, device), account=account)
        token = sessions.begin_half(tx, account.id, device=device, limits=self.limits)
        return Passed(token=token, account=account, wants_code=True)

    def _after_code(
        self, tx: Transaction, token: str, code: str, bucket: str, *, device: str
    ) -> Passed | None:
        found, _ = self._find(tx, digest(token), "password")
        if found is None or not accounts.use_code(tx, found.account.id, code):
            return None
        sessions.end(tx, digest(token))
        attempts.clear(tx, bucket)
        return Passed(token=_full(tx, found.account, device), account=found.account)


def provider_of(settings: Any) -> "Provider | None":
    """The provider the settings name."""
    if not settings.oidc_issuer:
        return None
    from rueckhalt_shared.identity.oidc.domain import Client  # noqa: PLC0415 - only where used
    from rueckhalt_shared.identity.oidc.provider import Provider  # noqa: PLC0415

    return Provider(
        Client(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            role_claim=settings.oidc_role_claim,
            role_prefix=settings.oidc_role_prefix,
            municipality=settings.municipality,
        )
    )


def _bucket_name(typed: str) -> str:
    """Attempts with a name nobody can have are counted, too."""
    try:
        return login_name(typed)
    except BadName:
        return f"?{digest(typed)}"


def _full(tx: Transaction, account: Account, device: str) -> str:
    accounts.signed_in(tx, account)
    return sessions.begin_full(tx, account.id, device=device)


def _confirmed(tx: Transaction, bucket: str, id_hash: str) -> None:
    attempts.clear(tx, bucket)
    sessions.refresh(tx, id_hash)


def _confirm_by_code(
    tx: Transaction, account_id: str, code: str, *, bucket: str, id_hash: str
) -> bool:
    if not accounts.use_code(tx, account_id, code):
        return False
    _confirmed(tx, bucket, id_hash)
    return True


def _after_link(
    tx: Transaction,
    token: str,
    *,
    password_hash: str,
    step: int,
    codes: tuple[str, ...],
    device: str,
) -> Passed:
    account = accounts.use_link(tx, token, password_hash=password_hash, step=step, codes=codes)
    return Passed(token=_full(tx, account, device), account=account, recovery_codes=codes)


def _after_change(
    tx: Transaction, account: Account, known: Secrets, hashed: str, *, bucket: str, device: str
) -> Passed:
    if not accounts.set_password(tx, account.id, hashed, known=known.password_hash):
        raise Refused
    attempts.clear(tx, bucket)
    token = sessions.begin_full(tx, account.id, device=device, fresh=False)
    return Passed(token=token, account=account)


__all__ = ["LinkEnded", "NotSignedIn", "Passed", "People", "Refused", "SignedIn", "WeakPassword"]
