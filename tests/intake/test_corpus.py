# SPDX-License-Identifier: EUPL-1.2
"""Hate is the payload: whatever people were told passes intake unchanged and is never judged."""

import pytest

from tests.intake.town import THREAT, Sender, report

# What people in town halls are really told; kept because a filter must never drop it.
CORPUS = {
    "slur": "Du dreckige F*tze, ihr Kanaken und Schwuchteln gehört vergast!!!",
    "slur spelled out": "Scheiß Fotze, du Hure, Neger raus, Judensau, Zigeunerpack",
    "threat": "Ich stech dich ab. Wir wissen, wo du wohnst. Du bist tot.",
    "§ 86a": "Heil Hitler! Sieg Heil 88 ᛋᛋ 卐 卍 🙋‍♂️ HH18 Deutschland erwache",
    "antisemitic code": "(((Rothschild))) steckt hinter der Stadtverwaltung",
    "right to left": "سوف أقتلك \u202eאני אהרוג אותך\u202c ,يا كلب",
    "emoji": "🔪🩸💀 👉👨‍👩‍👧‍👦 🏳️‍🌈➡️🔥",
    "combining": "Ẓ̸̢̛̛a̷̧l̶g̴o ist hier e\u0301 und é",
    "markup": "<script>alert(document.cookie)</script><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE incidents; --",
    "template": "{{ config.items() }} ${jndi:ldap://x} %s %n {0}",
    "spam": "VIAGRA!!! FREE $$$ CLICK HERE http://example.org/ " * 20,
    "capitals": "ICH MACH EUCH ALLE FERTIG " * 200,
    "one letter": "a" * 5000,
    "only spaces": "   \n\t  ",
    "line ends": "Zeile\r\nZeile\rZeile\u2028Zeile\u0085",
    "control": "\x01\x02\x1b[31mrot\x1b[0m\x7f",
    "planes": "\U0010ffff \U0001f4a9 \ufeff \ufffd",
}


@pytest.mark.parametrize("narrative", CORPUS.values(), ids=CORPUS.keys())
def test_every_narrative_passes_unchanged(town: Sender, narrative: str) -> None:
    answer = town.post(report(narrative=narrative))

    assert answer.status_code == 201, answer.text
    assert town.show(answer.json)["narrative"] == narrative


@pytest.mark.parametrize("narrative", CORPUS.values(), ids=CORPUS.keys())
def test_no_narrative_changes_how_a_report_is_treated(town: Sender, narrative: str) -> None:
    first, second = town.post(THREAT).json, town.post(report(narrative=narrative)).json

    same = ("severity", "danger_level", "status", "forms", "responsible")
    one, other = town.show(first), town.show(second)
    assert {name: one[name] for name in same} == {name: other[name] for name in same}
