# SPDX-License-Identifier: EUPL-1.2
"""What `rueckhalt check` says of strict reports and role keys."""

from collections.abc import Sequence

from rueckhalt_intake.strict.domain import Rule
from rueckhalt_intake.strict.holding import RoleKeys


def looked_at(role_keys: RoleKeys, rules: Sequence[Rule]) -> dict[str, str]:
    """Does any report lie under the master key that should not, is a role key to be renewed?"""
    exposed, rings = role_keys.exposed(), role_keys.rings()
    told = []
    if exposed:
        told.append(
            f"{sum(exposed.values())} reports that should open by the role key alone lie under the "
            f"master key, for there is no role key: {', '.join(sorted(exposed))}"
        )
    elif rules and not rings:
        told.append("there are strict rules, but nobody has made a role key (page /strict/keys)")
    if due := sorted(place for place, ring in rings.items() if ring.renewal_is_due):
        told.append(f"a holder has left, a present one must renew the role key: {', '.join(due)}")
    if alone := sorted(place for place, ring in rings.items() if not ring.holders):
        told.append(f"nobody holds the role key, only the paper opens it: {', '.join(alone)}")
    return {"status": "degraded", "reason": "; ".join(told)} if told else {"status": "ok"}
