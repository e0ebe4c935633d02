# SPDX-License-Identifier: EUPL-1.2
"""Use cases: which papers are of use, what is filled in already, and how its sheet looks.

Nothing of a paper is stored: what somebody types goes into the file they get and nowhere else.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime

from rueckhalt_intake.deadlines import domain as deadlines
from rueckhalt_intake.deadlines.handlers import deed_of
from rueckhalt_intake.deadlines.pack import pack
from rueckhalt_intake.incidents.domain import BERLIN, Incident
from rueckhalt_intake.papers import catalogue
from rueckhalt_intake.papers.catalogue import Values
from rueckhalt_intake.papers.domain import Paper, Sheet
from rueckhalt_shared.contracts import codes

_LANGUAGE = "de"  # papers go to offices
_IN_POLITICS = {"elected_fulltime", "elected_honorary", "candidate"}
_ANONYMOUS = "anonymous"
_NO_MOTIVE = {"unknown", "keine_erkennbar"}


def available(
    forms: Collection[str], *, staff: bool = False, everything: bool = False
) -> tuple[Paper, ...]:
    """The papers that may be of use after something of these forms; staff see the house's, too."""
    return tuple(
        each
        for each in catalogue.papers().values()
        if (staff or not each.for_staff or everything) and (everything or each.fits(forms))
    )


def prefilled(code: str, incident: Incident) -> dict[str, str]:
    """What the coded fields of an incident say; no text, no name."""
    coded, known = incident.coded, catalogue.paper(code).names
    told = catalogue.blank(code)
    told |= {
        "reference": incident.id,
        "occurred": _moment(coded.occurred_at),
        "where": ", ".join(_where(incident)),
        "unit": coded.organisation_unit or "",
        "norms": "\n".join(_norms(incident)),
    }
    if not _NO_MOTIVE.issuperset(coded.motives):
        told["tick_motive"] = "true"
    if not _IN_POLITICS.isdisjoint(coded.affected_groups):
        told["tick_public"] = "true"
    return {name: value for name, value in told.items() if name in known and value}


def with_texts(
    code: str,
    values: Values,
    *,
    narrative: str | None,
    reporter: Values,
    labels: Collection[str] = (),
) -> dict[str, str]:
    """The same with what the report says; who calls has the right to read it.

    Who it was stands in the narrative under one of the `labels`; papers may ask for it alone.
    """
    known = catalogue.paper(code).names
    happened, who = narrative or "", ""
    if "offender" in known:
        happened, who = _parted(happened, labels)
    told = {
        "narrative": happened,
        "offender": who,
        "name": reporter.get("name", ""),
        "phone": reporter.get("phone", ""),
    }
    return {**values, **{name: value for name, value in told.items() if name in known and value}}


def for_reporter(values: Values, incident: Incident) -> dict[str, str]:
    """Whoever stays unnamed signs a paper by name: its number must not lead to their report."""
    coded = incident.coded
    is_nameless = coded.reporter_kind == _ANONYMOUS or _ANONYMOUS in coded.wishes
    return {k: told for k, told in values.items() if k != "reference" or not is_nameless}


def sheet(code: str, values: Values) -> Sheet:
    """The sheet as a page shows it."""
    return catalogue.sheet_of(code, values)


def _parted(narrative: str, labels: Collection[str]) -> tuple[str, str]:
    for label in labels:
        happened, found, who = f"\n\n{narrative}".rpartition(f"\n\n{label}\n")
        if found:
            return happened.removeprefix("\n\n"), who
    return narrative, ""


def _moment(at: date | datetime | None) -> str:
    if isinstance(at, datetime):
        return at.astimezone(BERLIN).strftime("%d.%m.%Y, %H:%M Uhr")
    return at.strftime("%d.%m.%Y") if at is not None else ""


def _where(incident: Incident) -> Iterator[str]:
    coded = incident.coded
    for codelist, code in ((codes.PLACES, coded.place), (codes.CHANNELS, coded.channel)):
        if code != "unknown":
            yield codelist.label(code, _LANGUAGE)


def _norms(incident: Incident) -> Iterator[str]:
    for offence in deadlines.offences_of(deed_of(incident), pack().offences):
        yield f"{offence.norm} ({offence.name[_LANGUAGE]})"
