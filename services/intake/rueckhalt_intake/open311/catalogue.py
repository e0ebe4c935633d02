# SPDX-License-Identifier: EUPL-1.2
"""Our forms as services, and what may be told beside a description as attributes."""

from dataclasses import dataclass
from typing import Any

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.codes import CodeList
from rueckhalt_shared.messages import Catalogue

_ONE, _SEVERAL = "singlevaluelist", "multivaluelist"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One `attribute[code]`; `codes` where it takes a list's codes."""

    code: str
    datatype: str
    codes: CodeList | None = None

    @property
    def is_list(self) -> bool:
        """May it come several times?"""
        return self.datatype == _SEVERAL


ATTRIBUTES = (
    Attribute(code="occurred_at", datatype="datetime"),
    Attribute(code="reference", datatype="string"),
    Attribute(code="place", datatype=_ONE, codes=codes.PLACES),
    Attribute(code="channel", datatype=_ONE, codes=codes.CHANNELS),
    Attribute(code="relation", datatype=_ONE, codes=codes.RELATIONS),
    Attribute(code="affected_groups", datatype=_SEVERAL, codes=codes.AFFECTED_GROUPS),
    Attribute(code="motives", datatype=_SEVERAL, codes=codes.MOTIVES),
    Attribute(code="danger", datatype=_SEVERAL, codes=codes.DANGERS),
    Attribute(code="wishes", datatype=_SEVERAL, codes=codes.WISHES),
    Attribute(code="organisation_unit", datatype="string"),
)
BY_CODE = {each.code: each for each in ATTRIBUTES}


def text(message: str, language: str, **values: object) -> str:
    """A sentence of ours for whoever sends."""
    return Catalogue.of_package("rueckhalt_intake").text(message, language, **values)


def services(language: str) -> list[dict[str, Any]]:
    """Every form as a service."""
    return [_service(code, language) for code in codes.FORMS]


def definition(code: str, language: str) -> dict[str, Any]:
    """What may be told beside a description, the same for each form."""
    attributes = [_attribute(each, order, language) for order, each in enumerate(ATTRIBUTES, 1)]
    return {"service_code": code, "attributes": attributes}


def _service(code: str, language: str) -> dict[str, Any]:
    outer = codes.FORMS[code].outer
    return {
        "service_code": code,
        "service_name": codes.FORMS.label(code, language),
        "description": text("open311.service", language),
        "metadata": True,
        "type": "realtime",
        "keywords": "",
        "group": codes.OUTER_FORMS.label(outer, language) if outer else "",
    }


def _attribute(attribute: Attribute, order: int, language: str) -> dict[str, Any]:
    listed = attribute.codes
    values = [] if listed is None else [(code, listed.label(code, language)) for code in listed]
    return {
        "variable": True,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": False,
        "datatype_description": "",
        "order": order,
        "description": text(f"open311.attribute.{attribute.code}", language),
        "values": [{"key": code, "name": label} for code, label in values],
    }
