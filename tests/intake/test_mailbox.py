# SPDX-License-Identifier: EUPL-1.2
"""Mailbox codes: long enough, forgiving to read, and nothing kept leads back to them."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select

from rueckhalt_intake.mailbox import domain, store
from rueckhalt_intake.mailbox.codes import derived, new_mailbox
from rueckhalt_shared.database import Database
from tests.intake.town import Sender, report


def test_a_code_has_130_bits_in_letters_nobody_confuses() -> None:
    code = domain.new_code()

    assert len(code.replace("-", "")) == 26
    assert 32**26 == 2**130
    assert not set(code) & set("ILOU")


def test_codes_do_not_repeat() -> None:
    assert len({domain.new_code() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "typed",
    [
        "0123-4567-89AB-CDEF-GHJK-MNPQ-RS",
        "0123456789abcdefghjkmnpqrs",
        " o1 23 4567-89ab cdef ghjk mnpq rs ".replace("o1 ", "o1"),
        "OI23-4567-89AB-CDEF-GHJK-MNPQ-RS",
        "0l23 4567 89ab cdef ghjk mnpq rs",
    ],
)
def test_a_code_is_read_as_meant(typed: str) -> None:
    assert domain.folded(typed) == "0123456789ABCDEFGHJKMNPQRS"


@pytest.mark.parametrize("typed", ["", "0123", "U" * 26, "0" * 27, "ß" * 26])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(domain.NoMailboxCode):
        domain.folded(typed)


def test_the_code_opens_the_key_pair_its_mailbox_seals_for() -> None:
    code, mailbox = new_mailbox()
    sender = X25519PrivateKey.generate()

    again = derived(code.lower().replace("-", " "))

    assert (again.lookup, again.public_key) == (mailbox.lookup, mailbox.public_key)
    assert again.private_key.exchange(sender.public_key()) == mailbox.private_key.exchange(
        sender.public_key()
    )
    assert code not in repr(mailbox)


def test_the_mailbox_leads_to_its_incident_and_not_to_the_code(
    town: Sender, database: Database
) -> None:
    answer = town.post(report(wishes=["anonymous"])).json

    row: Any = database.read(lambda tx: tx.execute(select(store.mailboxes)).one())
    assert database.read(store.find, derived(answer["mailbox_code"]).lookup) == answer["id"]
    assert domain.folded(answer["mailbox_code"]).encode() not in repr(tuple(row)).encode()
