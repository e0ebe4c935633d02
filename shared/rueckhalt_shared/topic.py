# SPDX-License-Identifier: EUPL-1.2
"""Does a routing key match a topic pattern? As RabbitMQ has it; kombu's own matcher differs."""

from functools import lru_cache


@lru_cache(maxsize=8192)
def matches(pattern: str, key: str) -> bool:
    """`*` is exactly one word, `#` any number; an empty word is a word, an empty key has none."""
    return _words_match(_words(pattern), _words(key))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(".")) if text else ()


def _words_match(pattern: tuple[str, ...], key: tuple[str, ...]) -> bool:
    if not pattern:
        return not key
    first, rest = pattern[0], pattern[1:]
    if first == "#":
        return any(_words_match(rest, key[skipped:]) for skipped in range(len(key) + 1))
    return bool(key) and first in ("*", key[0]) and _words_match(rest, key[1:])
