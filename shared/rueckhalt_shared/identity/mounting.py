# SPDX-License-Identifier: EUPL-1.2
"""Put the pages about signing in under `/account`.

In `rueckhalt up` they exist once, beside the services; a service that runs alone brings them
itself. Either way one session counts for every service under the same host.
"""

from collections.abc import Iterable

from flask import Flask

from rueckhalt_shared import shell
from rueckhalt_shared.access import account_page, signed_in
from rueckhalt_shared.identity import cookies
from rueckhalt_shared.identity.accounts.pages import pages as own_account
from rueckhalt_shared.identity.administering.pages import pages as people
from rueckhalt_shared.identity.keyring.pages import pages as keyring
from rueckhalt_shared.identity.roles import granted
from rueckhalt_shared.identity.sessions.pages import pages as sign_in


def install(app: Flask) -> None:
    """Register the pages; the app has its `rueckhalt` rooms and the shell already."""
    for pages in (sign_in, own_account, people, keyring):
        app.register_blueprint(pages)
    if app.extensions["rueckhalt"].settings.oidc_issuer:
        from rueckhalt_shared.identity.oidc.pages import pages as provider  # noqa: PLC0415

        app.register_blueprint(provider)


def introduce(app: Flask) -> None:
    """Bind forms to the session, and let the header say who is signed in."""
    shell.csrf.bind(app, cookies.presented)
    shell.show_account(app, _account)


def _scopes_of(held: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset().union(*granted(held).values())


def _account() -> shell.Account:
    person = signed_in()
    return shell.Account(
        name=person.account.display_name if person is not None else "",
        sign_in=account_page("sign-in"),
        sign_out=account_page("sign-out"),
        scopes=_scopes_of(person.account.roles) if person is not None else frozenset(),
    )
