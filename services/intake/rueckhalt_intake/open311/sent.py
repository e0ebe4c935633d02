# SPDX-License-Identifier: EUPL-1.2
"""A request in Open311's words becomes the body of a report in ours, and its faults go back.

What comes is text and stays text: an address of a picture is written down, never fetched.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from rueckhalt_intake.open311.catalogue import BY_CODE, text
from rueckhalt_shared.problems import Problem, field_error

_PLAIN = ("service_code", "description", "address_string", "address_id", "media_url")
_PERSON = ("first_name", "last_name", "email", "phone")
_IGNORED = ("api_key", "jurisdiction_id", "account_id", "device_id", "format")
_FURTHER = ("privacy_policy_accepted", "photo_required")  # of Klarschiff; they ask nothing of us
KNOWN = frozenset({*_PLAIN, *_PERSON, *_IGNORED, *_FURTHER, "lat", "long"})
_TOLD_IN = ("address_string", "address_id", "position", "media_url")
_LIMITS = {"lat": 90.0, "long": 180.0}
_LONGEST_NAME = 200
NO_FILES = "files are not taken here; media_url is written down, not fetched"
_THEIRS = {
    "municipality": "jurisdiction_id",
    "forms": "service_code",
    "narrative": "description",
    "reporter.name": "first_name, last_name",
    "reporter.email": "email",
    "reporter.phone": "phone",
}


class Unfit(Problem):
    """What was sent cannot be taken; each fault names its field."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        told = [field_error(name, problem) for name, problem in faults]
        super().__init__(400, "The request is not valid", "", errors=told, kind="invalid-field")


def body_of(sent: MultiDict[str, str], municipality: str, *, language: str) -> dict[str, Any]:
    """The report; raises Unfit with everything that is wrong in Open311's part of it."""
    if faults := [*_strange(sent), *_misplaced(sent)]:
        raise Unfit(*faults)
    told = {name: value.strip() for name in KNOWN if (value := sent.get(name, "")).strip()}
    if "service_code" not in told:
        raise Unfit(("service_code", "is required"))
    body: dict[str, Any] = {"municipality": municipality, "forms": [told["service_code"]]}
    body |= dict(_attributes(sent))
    if narrative := _narrative(told, language):
        body["narrative"] = narrative
    if reporter := _reporter(told):
        body["reporter"] = reporter
    return body


def theirs(field: str) -> str:
    """What Open311 calls a field of ours."""
    name = field.partition("[")[0]
    if name in _THEIRS:
        return _THEIRS[name]
    return f"attribute[{name}]" if name in BY_CODE else field


def _strange(sent: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    for name in sent:
        if name == "media":
            yield name, NO_FILES
        elif (code := _attribute_of(name)) is not None:
            if code not in BY_CODE:
                yield f"attribute[{code}]", f"unknown; allowed: {', '.join(BY_CODE)}"
            elif len(sent.getlist(name)) > 1 and not BY_CODE[code].is_list:
                yield f"attribute[{code}]", "only once"
        elif name not in KNOWN:
            yield name, "unknown field"
        elif len(sent.getlist(name)) > 1:
            yield name, "only once"


def _misplaced(sent: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    given = [name for name in _LIMITS if sent.get(name, "").strip()]
    if len(given) == 1:
        missing = next(name for name in _LIMITS if name not in given)
        yield missing, f"is required with {given[0]}"
    for name in given:
        if not _is_between(sent[name], _LIMITS[name]):
            yield name, f"must be a number from -{_LIMITS[name]:.0f} to {_LIMITS[name]:.0f}"


def _is_between(told: str, limit: float) -> bool:
    try:
        return -limit <= float(told) <= limit  # also false for nan
    except ValueError:
        return False


def _attributes(sent: MultiDict[str, str]) -> Iterator[tuple[str, Any]]:
    for name in sent:
        code = _attribute_of(name)
        values = [each.strip() for each in sent.getlist(name) if each.strip()]
        if code is not None and values:
            several = [part.strip() for each in values for part in each.split(",") if part.strip()]
            yield code, several if BY_CODE[code].is_list else values[0]


def _attribute_of(name: str) -> str | None:
    """The code in `attribute[code]` or `attribute[code][]`."""
    if not name.startswith("attribute["):
        return None
    return name.removeprefix("attribute[").removesuffix("[]").removesuffix("]")


def _narrative(told: Mapping[str, str], language: str) -> str:
    """The description, with where it was: sealed with it, and nowhere else."""
    where = dict(told)
    if "lat" in told:
        where["position"] = f"{told['lat']}, {told['long']}"
    lines = [
        text(f"open311.told.{name}", language, value=where[name])
        for name in _TOLD_IN
        if name in where
    ]
    parts = [told.get("description", ""), "\n".join(lines)]
    return "\n\n".join(part for part in parts if part)


def _reporter(told: Mapping[str, str]) -> dict[str, str]:
    name = " ".join(told[each] for each in ("first_name", "last_name") if each in told)
    if len(name) > _LONGEST_NAME:
        raise Unfit(("first_name, last_name", f"at most {_LONGEST_NAME} characters"))
    found = {each: told[each] for each in ("email", "phone") if each in told}
    return found | ({"name": name} if name else {})
