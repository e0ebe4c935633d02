# SPDX-License-Identifier: EUPL-1.2
"""Seven words: the code of whoever reports on a page. The list is ours, `content/words.txt`."""

import re
import secrets
import unicodedata
from functools import cache
from importlib.resources import files

from rueckhalt_intake.mailbox.domain import NoMailboxCode

COUNT = 7
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_APART = re.compile(r"[^a-zäöüß]+")


@cache
def word_list() -> tuple[str, ...]:
    """7 500 words of four to eight letters: seven of them are 90 bit."""
    text = (files("rueckhalt_intake") / "content" / "words.txt").read_text("ascii")
    return tuple(text.split())


@cache
def _known() -> frozenset[str]:
    return frozenset(word_list())


def new_words() -> str:
    """Seven fresh words, as they are shown and read out."""
    return " ".join(secrets.choice(word_list()) for _ in range(COUNT))


class Misspelled(NoMailboxCode):
    """These are not seven words of our list. The list is public: this tells nothing of any code."""

    def __init__(self, count: int, unknown: tuple[str, ...]) -> None:
        super().__init__("seven words of our list")
        self.count, self.unknown = count, unknown


def folded(typed: str) -> str:
    """The words as meant: any case, any separators, ä as ae; raises Misspelled."""
    plain = unicodedata.normalize("NFC", typed).lower()
    found = [word for word in _APART.split(plain) if word]
    spelled = [word.translate(_SPELLED) for word in found]
    unknown = dict.fromkeys(
        word for word, meant in zip(found, spelled, strict=True) if meant not in _known()
    )
    if len(found) != COUNT or unknown:
        raise Misspelled(len(found), tuple(unknown))
    return " ".join(spelled)
