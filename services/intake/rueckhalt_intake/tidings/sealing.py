# SPDX-License-Identifier: EUPL-1.2
"""Seals and opens the address, with the key of its incident: it dies with that."""

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.tidings.domain import PLACE, TOLD_MODES, Wish
from rueckhalt_intake.vault.domain import Place
from rueckhalt_intake.vault.sealing import Vault

ANONYMOUS = "anonymous"


def may_want(vault: Vault, incident: Incident) -> bool:
    """May an address be kept? Not of an anonymous report, and not where a role key seals it:

    the worker could not open the address without a person's passphrase.
    """
    coded = incident.coded
    is_nameless = coded.reporter_kind == ANONYMOUS or ANONYMOUS in coded.wishes
    is_told = incident.mode in TOLD_MODES and not is_nameless
    return is_told and not vault.is_strict(incident.key_id)


def sealed(vault: Vault, incident: Incident, address: str, *, language: str, states: bool) -> Wish:
    """A wish to keep; raises SealedStrictly."""
    blob = vault.seal(vault.key_of(incident.key_id), address, Place(incident.id, PLACE, 0))
    return Wish(
        incident_id=incident.id,
        municipality=incident.municipality,
        language=language,
        states=states,
        address=blob,
    )


def opened(vault: Vault, wish: Wish) -> str:
    """The address in clear; raises Tampered, KeyMissing, SealedStrictly."""
    return vault.open(wish.address, Place(wish.incident_id, PLACE, 0))
