# SPDX-License-Identifier: EUPL-1.2
"""The promise of two minutes, in words to read and fields to fill on the way of a usual report.

238 words a minute is silent reading of plain text (Brysbaert 2019); lists are skimmed, so this is
careful. Text that somebody writes themselves is not counted.
"""

import re
from dataclasses import dataclass
from html import unescape

import pytest

from tests.intake.visitor import Visitor

WORDS_A_MINUTE = 238
PROMISED_MINUTES = 2
_HIDDEN = r"<p [^>]*\bhidden>.*?</p>"  # said only when there is no connection
_ANSWER = r'<bdi class="rk-words">.*?</bdi>'  # what they said themselves, in the review
WAY = ("danger", "what", "who", "where", "source", "tell", "contact", "sharing")


@dataclass
class Read:
    """What a page asks of its reader."""

    words: int
    fields: int
    required: int


def read(page: str) -> Read:
    """Words and fields between `<main>` and its end, without what is folded away."""
    main = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    fields = len(re.findall(r'<(?:input(?! type="hidden")|textarea|select)', main))
    for folded_or_own in (r"<details.*?</details>", r"<textarea.*?</textarea>", _ANSWER, _HIDDEN):
        main = re.sub(folded_or_own, " ", main, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", " ", main))
    return Read(
        words=len(re.findall(r"[\w·]+", text)),
        fields=fields,
        required=main.count('class="rk-required"'),
    )


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_a_usual_report_is_read_in_two_minutes_and_needs_one_answer(
    visitor: Visitor, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    held = visitor.client.application.extensions["rueckhalt"].extensions
    held["tidings"] = True  # with every question there can be
    visitor.get(f"/?lang={lang}")
    visitor.fill()

    pages = {step: read(visitor.get(f"/report/{step}").text) for step in WAY}
    pages["review"] = read(visitor.get("/report/review").text)
    total = sum(each.words for each in pages.values())
    with capsys.disabled():
        print(f"\n{lang}: {total} words, {total / WORDS_A_MINUTE:.1f} min, {pages}")

    assert sum(each.required for each in pages.values()) == 1
    assert len(pages) <= 9
    assert total / WORDS_A_MINUTE <= PROMISED_MINUTES
