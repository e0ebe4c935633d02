# SPDX-License-Identifier: EUPL-1.2
"""What the sample installation is set to, whatever the environment says."""

import os
from dataclasses import fields
from datetime import timedelta
from typing import Any

from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import BadSettings

MUNICIPALITY = "160770999999"  # Land 16, a key that no real municipality has
NAME = "Stadt Musterstadt"
LIFETIME = timedelta(days=3650)
INCIDENT = {
    "municipality": MUNICIPALITY,
    "forms": ["threat"],
    "channel": "in_person",
    "place": "office_front",
    "affected_groups": ["staff_front"],
    "severity": 2,
    "danger": ["concrete_threat"],
    "organisation_unit": "buergeramt",
    "narrative": "Erfundenes Beispiel: Am Schalter drohte jemand, „draußen auf mich zu warten“.",
    "reporter": {"role": "affected"},
}


def settings_for(service: Service, catcher_port: int) -> dict[str, Any]:
    """Settings the demo fixes; for a service that sends mail, the catcher is the only way out."""
    given: dict[str, Any] = {"municipality": MUNICIPALITY, "municipality_name": NAME}
    names = {each.name for each in fields(service.settings)}
    if "smtp_host" not in names:
        return given
    prefix = f"RUECKHALT_{service.name.upper()}_SMTP_"
    if foreign := sorted(name for name in os.environ if name.startswith(prefix)):
        raise BadSettings([f"{name}: the demo sends no real mail; unset it" for name in foreign])
    catcher = {"smtp_host": "127.0.0.1", "smtp_port": catcher_port, "smtp_security": "none"}
    return given | {name: value for name, value in catcher.items() if name in names}
