# SPDX-License-Identifier: EUPL-1.2
"""From entries to what of a plan anybody may see."""

from collections.abc import Collection

from rueckhalt_routing.plan.domain import SHOWN, Public
from rueckhalt_routing.plan.reading import Entry, Reader

LONGEST = 200
CONTACT_POINT = "ansprechstelle"


def read_public(reader: Reader, entry: Entry | None, roles: Collection[str]) -> Public:
    """The section `public`; left out, nobody sees anything."""
    if entry is None:
        return Public()
    found = reader.fields(entry, ("show",), ("contact", "roles"))
    named = reader.codes(found.get("roles"), roles)
    contact = found.get("contact")
    return Public(
        show=reader.code(found["show"], SHOWN) if "show" in found else SHOWN[0],
        contact=_line(reader, contact) if contact is not None else "",
        roles=named or tuple(code for code in (CONTACT_POINT,) if code in roles),
    )


def _line(reader: Reader, entry: Entry) -> str:
    """One line for a page and a sheet of paper."""
    text = reader.text(entry, longest=LONGEST)
    if "\n" in text:
        reader.refuse(entry, "bad_form", allowed=("1 Zeile",))
    return text
