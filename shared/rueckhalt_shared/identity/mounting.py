# SPDX-License-Identifier: EUPL-1.2
"""Put the pages about signing in under `/account`.

In `rueckhalt up` they exist once, beside the services; a service that runs alone brings them
itself. Either way one session counts for every service under the same host.
"""

from flask import Flask

from rueckhalt_shared import shell
from rueckhalt_shared.access import account_page, signed_in
from rueckhalt_shared.identity import cookies, roles
from rueckhalt_shared.identity.accounts.pages import pages as own_account
from rueckhalt_shared.identity.administering.pages import pages as people
from rueckhalt_shared.identity.keyring.pages import pages as keyring
from rueckhalt_shared.identity.sessions.pages import pages as sign_in
from rueckhalt_shared.identity.showing import people as store
from rueckhalt_shared.pages.audit import pages_of


def install(app: Flask) -> None:
    """Register the pages; the app has its `rueckhalt` rooms and the shell already."""
    for pages in (sign_in, own_account, people, keyring):
        app.register_blueprint(pages)
    app.register_blueprint(pages_of("identity_audit", "/account/audit", lambda: store().database))
    if app.extensions["rueckhalt"].settings.oidc_issuer:
        from rueckhalt_shared.identity.oidc.pages import pages as provider  # noqa: PLC0415

        app.register_blueprint(provider)


def introduce(app: Flask) -> None:
    """Bind forms to the session, and let the header say who is signed in."""
    shell.csrf.bind(app, cookies.presented)
    shell.show_account(app, _account)


def _account() -> shell.Account:
    person = signed_in()
    held = roles.granted(person.account.roles) if person is not None else {}
    return shell.Account(
        name=person.account.display_name if person is not None else "",
        scopes=frozenset().union(*held.values()),
        places=frozenset(held),
        sign_in=account_page("sign-in"),
        sign_out=account_page("sign-out"),
    )
