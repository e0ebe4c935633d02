# SPDX-License-Identifier: EUPL-1.2
"""How others classify: our forms in the words of InGe, KoMo, RIAS, PMK and some cities.

`mapping.csv` holds one line per scheme, form and class. `–` says that a scheme has no class
for a form. For each class one form is marked as the one under which old figures are imported.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

NO_CLASS = "–"

SCHEMES: tuple[str, ...] = (
    "inge",
    "komo",
    "rias",
    "pmk",
    "hamburg",
    "dortmund",
    "speyer",
    "bayern",
)


class UnknownClass(LookupError):
    """The scheme has no such class."""


@dataclass(frozen=True)
class Assignment:
    """One form in one class of one scheme.

    `classes` says how sure the list of classes is, `assignment` who put the form there.
    """

    scheme: str
    form: str
    class_: str
    imported: bool
    classes: str
    assignment: str


def classes_of(scheme: str, form: str) -> tuple[str, ...]:
    """The classes a form counts under in another scheme; empty when there is none."""
    return _BY_FORM.get((scheme, form), ())


def word_of(scheme: str, form: str) -> str:
    """The first of these classes, or `–`."""
    return next(iter(classes_of(scheme, form)), NO_CLASS)


def form_of(scheme: str, class_: str) -> str:
    """The form under which old figures of a class are imported; raises `UnknownClass`."""
    try:
        return _BY_CLASS[scheme, class_]
    except KeyError:
        raise UnknownClass(f"scheme {scheme} has no such class") from None


def _read() -> tuple[Assignment, ...]:
    text = files("rueckhalt_shared.contracts").joinpath("mapping.csv").read_text("utf-8")
    return tuple(
        Assignment(
            scheme=row["scheme"],
            form=row["form"],
            class_=row["class"],
            imported=row["imports_as_this_form"] == "yes",
            classes=row["classes"],
            assignment=row["assignment"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def _by_form() -> Mapping[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in ASSIGNMENTS:
        if row.class_ != NO_CLASS:
            key = row.scheme, row.form
            found[key] = (*found.get(key, ()), row.class_)
    return found


ASSIGNMENTS: tuple[Assignment, ...] = _read()
_BY_FORM = _by_form()
_BY_CLASS = {(row.scheme, row.class_): row.form for row in ASSIGNMENTS if row.imported}
