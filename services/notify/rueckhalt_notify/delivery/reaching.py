# SPDX-License-Identifier: EUPL-1.2
"""Can the mail server be reached as configured? A row of `rueckhalt check`; nothing is sent."""

from rueckhalt_notify.delivery.domain import Answer, Kind
from rueckhalt_notify.delivery.mailers import Mailer

_WORDS = {
    Kind.DNS: "its name is not known",
    Kind.REFUSED: "nobody listens there",
    Kind.TLS: "it does not offer what is configured (STARTTLS, sign-in), or its certificate"
    " is not trusted",
    Kind.TIMEOUT: "it does not answer in time",
    Kind.DROPPED: "it ended the connection; some do so when account or password is wrong",
    Kind.UNSENDABLE: "the settings cannot be sent to it",
}
_SIGN_IN = frozenset({530, 534, 535, 538})


def reach(mailer: Mailer, address: str) -> dict[str, str]:
    """Connect, verify, sign in, and say goodbye; the row names the address, never a password."""
    answer = mailer.open()
    mailer.close()
    if answer is None:
        return {"status": "ok"}
    return {"status": "failed", "reason": f"{address}: {_why(answer)}"}


def _why(answer: Answer) -> str:
    if answer.kind is Kind.REPLY:
        wrong = " (account or password)" if answer.code in _SIGN_IN else ""
        return f"it refuses us with {answer.code}{wrong}"
    return _WORDS[answer.kind]
