# SPDX-License-Identifier: EUPL-1.2
"""Derived grades: severity from the forms, danger from the answers. Pure; rules only raise."""

from collections.abc import Iterable, Mapping

from rueckhalt_shared.contracts.codes import DANGERS, FORMS, PLACES, UNKNOWN

_ACUTE = frozenset(code for code in DANGERS if DANGERS[code].attributes["effect"] == "acute")
_HIGH = frozenset(code for code in DANGERS if DANGERS[code].attributes["effect"] == "high")
_RAISING_PLACES = PLACES.having("raises_danger")
_MILD_WITHOUT_TARGET = frozenset({"discrimination", "massmail"})


def severity_of(
    form: str, *, targeted: bool = True, profile: Mapping[str, int] | None = None
) -> int | None:
    """How severe a form usually is; None for an unknown one.

    A municipality's own profile goes first. Without a target (nobody in particular was meant)
    discrimination and mass mailings are level 0.
    """
    if profile and form in profile:
        return profile[form]
    if form in _MILD_WITHOUT_TARGET and not targeted:
        return 0
    return FORMS[form].severity if form in FORMS else None


def derived_severity(
    forms: Iterable[str], *, targeted: bool = True, profile: Mapping[str, int] | None = None
) -> int | None:
    """The highest severity of the forms; None when none of them says anything."""
    levels = [severity_of(form, targeted=targeted, profile=profile) for form in forms]
    return max((level for level in levels if level is not None), default=None)


def leading_form(
    forms: Iterable[str], *, targeted: bool = True, profile: Mapping[str, int] | None = None
) -> str:
    """The one form an incident counts by: the most severe, then the first of the list."""

    def rank(form: str) -> tuple[int, int]:
        level = severity_of(form, targeted=targeted, profile=profile)
        return (-1 if level is None else level, -FORMS.order(form))

    return max(forms, key=rank, default=UNKNOWN)


def danger_level(danger: Iterable[str] | None, *, place: str = UNKNOWN) -> str:
    """The level of danger: None was not asked (unknown), nothing ticked is normal.

    At home or on the way it is at least high, whatever the answers.
    """
    ticked = frozenset(danger or ())
    if ticked & _ACUTE:
        return "acute"
    if ticked & _HIGH or place in _RAISING_PLACES:
        return "high"
    return UNKNOWN if danger is None or UNKNOWN in ticked else "normal"
