# SPDX-License-Identifier: EUPL-1.2
"""The finite space of incidents a plan is written for: the codes of the published language."""

from rueckhalt_routing.plan.calendar import TIME_CLASSES
from rueckhalt_routing.proof.table import Dimension
from rueckhalt_shared.contracts import codes

UNKNOWN = "unknown"
WISHES = ("anonymous", "advice_only", "complaint", "contact", UNKNOWN)
BIAS = ("set", "none", UNKNOWN)


def _with_unknown(known: tuple[str, ...]) -> tuple[str, ...]:
    return known if UNKNOWN in known else (*known, UNKNOWN)


FORMS = _with_unknown(tuple(codes.FORMS.codes))
GROUPS = _with_unknown(tuple(codes.AFFECTED_GROUPS.codes))
URGENCIES = _with_unknown(tuple(codes.URGENCIES.codes))
RELATIONS = _with_unknown(tuple(codes.RELATIONS.codes))
ROLES = tuple(code for code in codes.ROLES.codes if code != UNKNOWN)


def dimensions(units: tuple[str, ...]) -> tuple[Dimension, ...]:
    """The eight dimensions, in the order of the cells; units are each municipality's own."""
    return (
        Dimension("form", FORMS),
        Dimension("group", GROUPS),
        Dimension("urgency", URGENCIES),
        Dimension("relation", RELATIONS),
        Dimension("bias", BIAS),
        Dimension("wish", WISHES),
        Dimension("unit", _with_unknown(units)),
        Dimension("time_class", TIME_CLASSES),
    )
