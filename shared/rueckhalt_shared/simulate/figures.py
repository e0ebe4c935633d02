# SPDX-License-Identifier: EUPL-1.2
"""Published figures with their source, and how each class is spelled in our codes.

One file a publication in `content/`. A published class goes to exactly one form and one unit, so
that totals, leading forms and units of a yearly summary can be compared exactly.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

_CONTENT = "rueckhalt_shared.simulate"


class UnknownFigures(Exception):
    """There is no publication of that name."""


class DoNotAddUp(Exception):
    """The classes of a publication do not add up to its total."""


@dataclass(frozen=True, kw_only=True)
class FormClass:
    """A published class of what happened."""

    published: str
    count: int
    form: str
    severity: int | None = None
    danger: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnitClass:
    """A published office."""

    published: str
    count: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One publication."""

    name: str
    title: str
    source: str
    year: int
    region: str
    total: int
    forms: tuple[FormClass, ...]
    units: tuple[UnitClass, ...]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the yearly summary must say, figure by figure."""

    year: int
    total: int
    forms: Mapping[str, int] = field(default_factory=dict)
    unit: Mapping[str, int] = field(default_factory=dict)


def names() -> list[str]:
    """The publications that come with Rückhalt."""
    found = (files(_CONTENT) / "content").iterdir()
    return sorted(entry.name.removesuffix(".yml") for entry in found if entry.name[-4:] == ".yml")


def load(name: str, *, today: date) -> Figures:
    """Read a publication; raises UnknownFigures and DoNotAddUp."""
    if name not in names():
        raise UnknownFigures(f"{name!r}; there are: {', '.join(names())}")
    figures = _read((files(_CONTENT) / "content" / f"{name}.yml").read_text("utf-8"), today)
    for classes in (figures.forms, figures.units):
        if (found := sum(each.count for each in classes)) != figures.total:
            raise DoNotAddUp(f"{name}: {found} instead of {figures.total}")
    return figures


def expected(figures: Figures) -> Expected:
    """Totals, forms and units as `/v1/summaries/{ars}/{year}` must answer them."""
    forms: Counter[str] = Counter()
    for form in figures.forms:
        forms[form.form] += form.count
    units: Counter[str] = Counter()
    for unit in figures.units:
        units[unit.unit] += unit.count
    return Expected(year=figures.year, total=figures.total, forms=dict(forms), unit=dict(units))


def _read(text: str, today: date) -> Figures:
    import yaml  # noqa: PLC0415 - only here, and only when somebody simulates

    # BaseLoader: every scalar is text (DECISIONS 31), 020000000000 stays what it is.
    given: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # nosec B506
    return Figures(
        name=given["name"],
        title=given["title"],
        source=given["source"],
        year=today.year - 1 if given["year"] == "last" else int(given["year"]),
        region=given["region"],
        total=int(given["total"]),
        forms=tuple(_forms(given["forms"])),
        units=tuple(UnitClass(**each | {"count": int(each["count"])}) for each in given["units"]),
    )


def _forms(given: list[dict[str, str]]) -> Iterator[FormClass]:
    for each in given:
        severity = each.get("severity")
        yield FormClass(
            published=each["published"],
            count=int(each["count"]),
            form=each["form"],
            severity=int(severity) if severity is not None else None,
            danger=each.get("danger"),
        )
