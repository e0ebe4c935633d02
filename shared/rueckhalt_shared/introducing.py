# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt up` introduces services to each other: who calls a neighbour's API gets its address

and a key that may do that one thing. It is kept in the data folder, beside the master keys, and
made anew when it no longer opens.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rueckhalt_shared.folder import ClaimedFolder
from rueckhalt_shared.keys import EVERYWHERE, KeyStore

_LIFETIME = timedelta(days=365)


def introduced(
    settings: Any, service: str, neighbour: str, scope: str, *, folder: ClaimedFolder, url: str
) -> Any:
    """The settings of a service with its neighbour's address and key; what is set there wins."""
    if getattr(settings, f"{neighbour}_url"):
        return settings
    key = _key(settings, f"{service} {neighbour}", scope, folder=folder)
    return replace(settings, **{f"{neighbour}_url": url, f"{neighbour}_key": key})


def _key(settings: Any, pair: str, scope: str, *, folder: ClaimedFolder) -> str:
    store = KeyStore.of(settings.identity_url)
    known = folder.installation.keys
    key = known.get(pair, "")
    if key and store.authenticate(key) is not None:
        return key
    store.prepare()
    sender = pair.replace(" ", "-for-")
    for old in store.list():
        if old.sender == sender:
            store.revoke(old.id)
    fresh = store.create(
        sender=sender,
        scopes=[scope],
        municipalities=[EVERYWHERE],
        mode="demo" if settings.is_demo else "live",
        lifetime=_LIFETIME,
    )
    folder.remember(keys=known | {pair: fresh})
    return fresh
