# SPDX-License-Identifier: EUPL-1.2
"""Patterns and keys of topic routing with RabbitMQ's answers (BUS section 6)."""

MATCHING = [
    *[("incident.#", key) for key in ("incident", "incident.", "incident..v1")],
    ("incident.#", "incident.registered.v1"),
    ("incident.*", "incident."),
    *[("#", key) for key in ("", "incident", "incident.registered.v1")],
    *[("#.#", key) for key in ("", "incident", "incident.registered.v1")],
    ("*.#", "incident"),
    ("*.#", ".incident"),
    ("#.incident.#", "incident"),
    ("#.incident.#", "x.incident.registered.v1"),
    ("a.#.d", "a.b.c.d"),
    ("#.v1", "reported.v1"),
    ("*.*.v1", "incident..v1"),
    (".*", ".incident"),
]
NOT_MATCHING = [
    ("incident.*", "incident"),
    ("*", ""),
    ("*.#", ""),
    ("a.*.d", "a.b.c.d"),
    ("*.*.v1", "reported.v1"),
    ("incident.*.", "incident."),
]
PATTERNS = sorted({pattern for pattern, _ in (*MATCHING, *NOT_MATCHING)})
KEYS = sorted({key for _, key in (*MATCHING, *NOT_MATCHING)})
