# SPDX-License-Identifier: EUPL-1.2
"""What `rueckhalt check` says of the master keys and the key store."""

from collections.abc import Collection

from rueckhalt_intake.vault import store
from rueckhalt_intake.vault.rotating import standing
from rueckhalt_intake.vault.sealing import Vault

LOOKED_AT = 100  # incidents whose keys are looked for, the newest


def looked_at(vault: Vault, newest: Collection[str]) -> dict[str, str]:
    """`newest` are the key ids of the newest incidents: each must be in the key store."""
    missing = set(newest) - vault.keys.read(store.among, newest)
    if missing:
        told = (
            f"{len(missing)} of the {len(newest)} newest reports have no key: the key store is "
            "older than the reports, restore both from the same backup"
        )
        return {"status": "failed", "reason": told}
    found = vault.keys.read(standing, vault.masters)
    older = [each for each in found if each.kind == "master" and not each.wraps]
    left = sum(each.data_keys + each.secrets for each in older)
    if left:
        told = f"{left} keys still hang on an older master key: rueckhalt-intake keys rotate"
        return {"status": "degraded", "reason": told}
    return {"status": "ok"}
