# SPDX-License-Identifier: EUPL-1.2
"""What cannot be accepted is answered clearly, field by field, and leaves nothing behind."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rueckhalt_shared.contracts import codes
from tests.intake.town import ANNA, THREAT, Sender, errors, report

Events = Callable[[], list[dict[str, Any]]]
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"forms": []}, "forms", "at least one"),
        ({"forms": ["thread"]}, "forms[0]", "did you mean 'threat'"),
        ({"forms": ["threat"] * 10_000}, "forms", "10000 values, at most 17"),
        ({"forms": "threat"}, "forms", "list"),
        ({"forms": [7]}, "forms[0]", "string"),
        ({"channel": "fax"}, "channel", "unknown code"),
        ({"severity": 4}, "severity", "0, 1, 2 or 3"),
        ({"severity": "2"}, "severity", "integer"),
        ({"severity": 2.5}, "severity", "integer"),
        ({"severity": True}, "severity", "integer"),
        ({"danger": ["hunger"]}, "danger[0]", "unknown code"),
        ({"occurred_at": "gestern"}, "occurred_at", "must be a day"),
        ({"occurred_at": "2026-11-20T14:03:00"}, "occurred_at", "zone"),
        ({"occurred_at": "2026-02-30"}, "occurred_at", "must be a day"),
        ({"occurred_at": "2026-11-22"}, "occurred_at", "1990-01-01"),
        ({"occurred_at": "2026-11-21T12:00:01Z"}, "occurred_at", "24 hours ahead"),
        ({"occurred_at": "1989-12-31"}, "occurred_at", "1990-01-01"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", "must be a day"),
        ({"occurred_at": 1763640000}, "occurred_at", "must be a day"),
        ({"organisation_unit": "Bürgeramt"}, "organisation_unit", "a-z"),
        ({"organisation_unit": "a" * 41}, "organisation_unit", "40"),
        ({"wishes": ["coffee"]}, "wishes[0]", "unknown code"),
        ({"narrative": 7}, "narrative", "string"),
        ({"reference": " "}, "reference", "blank"),
        ({"reference": "x" * 201}, "reference", "200"),
        ({"reference": "Az\n1"}, "reference", "line break"),
        ({"reporter": {"role": "boss"}}, "reporter.role", "unknown code"),
        ({"reporter": {"name": "x" * 201}}, "reporter.name", "200"),
        ({"reporter": {"email": "x" * 255}}, "reporter.email", "254"),
        ({"reporter": {"email": "x@y"}}, "reporter.email", "name@example.org"),
        ({"reporter": {"phone": "1" * 61}}, "reporter.phone", "60"),
        ({"reporter": {"age": 7}}, "reporter.age", "unknown field"),
        ({"reporter": []}, "reporter", "Invalid"),
        ({"accused": {"persons": ["Bernd Brandt"]}}, "accused.persons[0]", "UUID"),
        ({"accused": {"persons": [ANNA] * 51}}, "accused.persons", "50"),
        ({"offender": "x"}, "offender", "unknown field"),
        ({"mode": "demo"}, "mode", "unknown field"),
        ({"municipality": "16077"}, "municipality", "12 digits"),
        ({"municipality": "990770999999"}, "municipality", "01 to 16"),
        ({"municipality": "Musterstadt"}, "municipality", "digits only"),
        ({"municipality": 160770999999}, "municipality", "string"),
        ({"municipality": "１６０７７０９９９９９９"}, "municipality", "digits only"),
    ],
)
def test_a_wrong_field_is_named(
    town: Sender, events: Events, changes: dict[str, Any], field: str, word: str
) -> None:
    answer = town.post(THREAT | changes)

    assert answer.status_code == 422, answer.text
    assert word in errors(answer)[field]
    assert events() == []


def test_a_wrong_code_is_told_with_the_allowed_ones(town: Sender) -> None:
    answer = town.post(report(channel="fax"))

    [error] = answer.json["errors"]
    assert error["allowed"] == list(codes.CHANNELS)


def test_every_wrong_field_is_named_at_once(town: Sender) -> None:
    answer = town.post({"forms": ["x"], "channel": "y", "severity": 9})

    assert set(errors(answer)) == {"municipality", "forms[0]", "channel", "severity"}


NO_REPORTS = {
    "nothing": (b"", 422),
    "half": (b"{", 400),
    "a form": (b"forms=threat", 400),
    "a list": (b"[]", 422),
    "a text": (b'"threat"', 422),
    "null": (b"null", 422),
    "not UTF-8": (b'{"forms": ["threat"], "municipality": "\xff"}', 400),
    "not a number": (b'{"severity": NaN}', 400),
    "5000 digits": (b'{"severity": ' + b"9" * 5000 + b"}", 400),
    "too deep for a parser": (b'{"forms": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "too deep": (b'{"forms": ' + b"[" * 30 + b"]" * 30 + b"}", 400),
    "half a character in bytes": (b'{"narrative": "\xed\xa0\x80"}', 400),
    "UTF-16": ('{"narrative": "\\ud83d"}'.encode("utf-16-le"), 400),
    "byte order mark": (b"\xef\xbb\xbf{}", 400),
}


@pytest.mark.parametrize(("raw", "status"), NO_REPORTS.values(), ids=NO_REPORTS.keys())
def test_what_is_no_report_is_refused(
    town: Sender, events: Events, raw: bytes, status: int
) -> None:
    answer = town.post_raw(raw)

    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert events() == []


def test_a_huge_number_is_no_severity(town: Sender) -> None:
    answer = town.post_raw(json.dumps(THREAT)[:-1] + ', "severity": 1e999}')

    assert errors(answer)["severity"]


def test_of_a_doubled_field_the_last_one_counts(town: Sender) -> None:
    answer = town.post_raw(json.dumps(THREAT)[:-1] + ', "forms": ["insult"]}')

    assert answer.status_code == 201
    assert town.show(answer.json)["forms"] == ["insult"]


def test_another_media_type_is_refused(town: Sender) -> None:
    answer = town.post_raw(json.dumps(THREAT), kind="text/plain")

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "key", ["", " ", "x" * 201, "a\x07b"], ids=["empty", "blank", "long", "control"]
)
def test_an_unusable_idempotency_key_is_refused(town: Sender, key: str) -> None:
    answer = town.post(THREAT, Idempotency_Key=key)

    assert "printable" in errors(answer)["Idempotency-Key"]


def test_a_body_over_one_mebibyte_is_too_large(town: Sender, events: Events) -> None:
    answer = town.post(report(narrative="x" * MEBIBYTE))

    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"
    assert events() == []


def test_a_narrative_may_fill_the_body(town: Sender) -> None:
    narrative = "ä" * ((MEBIBYTE - 400) // 2)
    raw = json.dumps(report(narrative=narrative), ensure_ascii=False).encode()

    answer = town.post_raw(raw)

    assert answer.status_code == 201, answer.text
    assert town.show(answer.json)["narrative"] == narrative


def test_nul_is_allowed_in_the_narrative_only(town: Sender) -> None:
    accepted = town.post(report(narrative="vor\0nach"))
    refused = town.post(report(reference="vor\0nach"))

    assert town.show(accepted.json)["narrative"] == "vor\0nach"
    assert "NUL" in errors(refused)["reference"]


@pytest.mark.parametrize("field", ["narrative", "reference"])
def test_half_a_character_is_refused(town: Sender, field: str) -> None:
    body = json.dumps(report(**{field: "HALF"})).replace("HALF", "\\ud83d")

    answer = town.post_raw(body)

    assert "surrogate" in errors(answer)[field]
