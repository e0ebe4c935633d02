# SPDX-License-Identifier: EUPL-1.2
"""Exchanges, queues and bindings of the bus file: durable rows that every process knows."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

from rueckhalt_shared.topic import matches
from rueckhalt_shared.transport_file import BusFileConnections

EXCHANGE_TYPES = frozenset({"direct", "topic", "fanout"})
_LONGEST_ALTERNATES = 8


class TopologyError(Exception):
    """What AMQP answers with a channel error: the reply code and what was wrong."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a policy says of a queue on RabbitMQ. Negative numbers: no limit."""

    max_length: int = 100_000
    delivery_limit: int = 20
    dead_to: str | None = "rk.dead"
    ttl: float | None = None


#: Where things go that nobody consumes as a matter of course, and how long they stay there.
KEPT = {
    "rk.unrouted": Limits(max_length=-1, delivery_limit=-1, dead_to=None, ttl=14 * 86400.0),
    "rk.dead": Limits(max_length=-1, delivery_limit=-1, dead_to=None, ttl=60 * 86400.0),
}


def limits_of(name: str, arguments: Mapping[str, Any]) -> Limits:
    """Our own policy, and what the declaration asks in RabbitMQ's words."""
    limits = KEPT.get(name, Limits())
    dead_letter = {key: arguments[key] for key in arguments if key.startswith("x-dead-letter-")}
    for key, value in arguments.items():
        match key:
            case "x-queue-type":
                pass
            case "x-max-length":
                limits = replace(limits, max_length=int(value))
            case "x-delivery-limit":
                limits = replace(limits, delivery_limit=int(value))
            case "x-message-ttl":
                limits = replace(limits, ttl=float(value) / 1000)
            case "x-dead-letter-exchange" | "x-dead-letter-routing-key":
                limits = replace(limits, dead_to=_dead_letter_queue(name, dead_letter))
            case _:
                raise TopologyError(540, f"argument '{key}' of queue '{name}' is not supported")
    return limits


def _dead_letter_queue(name: str, arguments: Mapping[str, Any]) -> str:
    target = arguments.get("x-dead-letter-routing-key")
    if arguments.get("x-dead-letter-exchange") != "" or not target:
        raise TopologyError(
            540, f"queue '{name}': only a queue (exchange '', its routing key) takes dead letters"
        )
    return str(target)


def exchange_row(handle: sqlite3.Connection, name: str) -> tuple[str, str | None] | None:
    found = handle.execute("SELECT type, alternate FROM exchange WHERE name=?", (name,)).fetchone()
    return (str(found[0]), found[1]) if found else None


def is_same_exchange(
    handle: sqlite3.Connection, name: str, kind: str, alternate: str | None
) -> bool:
    """Whether it is there as asked; raises when it is there otherwise."""
    found = exchange_row(handle, name)
    if found is None:
        return False
    for argument, is_now, asked in (
        ("type", found[0], kind),
        ("alternate-exchange", found[1], alternate),
    ):
        if is_now != asked:
            raise _inequivalent(argument, "exchange", name, (asked, is_now))
    return True


def is_same_queue(handle: sqlite3.Connection, name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether it is there as asked; raises when it is there otherwise."""
    found = handle.execute("SELECT arguments FROM queue WHERE name=?", (name,)).fetchone()
    if found is None:
        return False
    is_now: dict[str, Any] = json.loads(found[0])
    for argument in sorted({*is_now, *arguments}):
        if is_now.get(argument) != arguments.get(argument):
            values = (arguments.get(argument), is_now.get(argument))
            raise _inequivalent(argument, "queue", name, values)
    return True


def _inequivalent(
    argument: str, kind: str, name: str, values: tuple[object, object]
) -> TopologyError:
    asked, is_now = ("none" if value is None else f"'{value}'" for value in values)
    return TopologyError(
        406,
        f"PRECONDITION_FAILED - inequivalent arg '{argument}' for {kind} '{name}': "
        f"received {asked} but current is {is_now}",
    )


def add_queue(handle: sqlite3.Connection, name: str, arguments: Mapping[str, Any]) -> None:
    limits = limits_of(name, arguments)
    handle.execute(
        "INSERT INTO queue(name, max_length, delivery_limit, dead_to, ttl, arguments)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (name, *astuple(limits), json.dumps(dict(arguments), sort_keys=True)),
    )


def limits_row(handle: sqlite3.Connection, queue: str) -> Limits:
    found = handle.execute(
        "SELECT max_length, delivery_limit, dead_to, ttl FROM queue WHERE name=?", (queue,)
    ).fetchone()
    if found is None:
        return Limits()
    return Limits(max_length=found[0], delivery_limit=found[1], dead_to=found[2], ttl=found[3])


class BusTopology:
    """Declaring and deleting; what is there already as asked costs no write."""

    def __init__(self, file: BusFileConnections) -> None:
        self._file = file

    def declare_exchange(self, name: str, kind: str, alternate: str | None) -> None:
        if kind not in EXCHANGE_TYPES:
            raise TopologyError(503, f"exchange '{name}': type '{kind}' is not supported")
        wanted = (name, kind, alternate)
        if is_same_exchange(self._file.reading("FULL"), *wanted):
            return
        with self._file.writing("FULL") as handle:
            if not is_same_exchange(handle, *wanted):
                handle.execute("INSERT INTO exchange VALUES (?, ?, ?)", wanted)

    def declare_queue(self, name: str, arguments: Mapping[str, Any]) -> None:
        if is_same_queue(self._file.reading("FULL"), name, arguments):
            return
        with self._file.writing("FULL") as handle:
            if not is_same_queue(handle, name, arguments):
                add_queue(handle, name, arguments)

    def bind(self, exchange: str, pattern: str, queue: str) -> None:
        row = (exchange, pattern, queue)
        find = "SELECT 1 FROM binding WHERE exchange=? AND pattern=? AND queue=?"
        if self._file.reading("FULL").execute(find, row).fetchone():
            return
        with self._file.writing("FULL") as handle:
            self._must_exist(handle, exchange, queue)
            if not handle.execute(find, row).fetchone():
                handle.execute("INSERT INTO binding VALUES (?, ?, ?)", row)

    def unbind(self, exchange: str, pattern: str, queue: str) -> None:
        with self._file.writing("FULL") as handle:
            handle.execute(
                "DELETE FROM binding WHERE exchange=? AND pattern=? AND queue=?",
                (exchange, pattern, queue),
            )

    def has_exchange(self, name: str) -> bool:
        return exchange_row(self._file.reading("FULL"), name) is not None

    def has_queue(self, name: str) -> bool:
        handle = self._file.reading("FULL")
        return bool(handle.execute("SELECT 1 FROM queue WHERE name=?", (name,)).fetchone())

    def limit_queue(self, name: str, limits: Limits) -> None:
        """What ``rabbitmqctl set_policy`` is on RabbitMQ."""
        with self._file.writing("FULL") as handle:
            handle.execute(
                "UPDATE queue SET max_length=?, delivery_limit=?, dead_to=?, ttl=? WHERE name=?",
                (limits.max_length, limits.delivery_limit, limits.dead_to, limits.ttl, name),
            )

    def limits(self, name: str) -> Limits:
        return limits_row(self._file.reading("FULL"), name)

    def delete_queue(self, name: str) -> None:
        with self._file.writing("FULL") as handle:
            handle.execute("DELETE FROM message WHERE queue=?", (name,))
            handle.execute("DELETE FROM queue WHERE name=?", (name,))

    def delete_exchange(self, name: str) -> None:
        with self._file.writing("FULL") as handle:
            handle.execute("DELETE FROM exchange WHERE name=?", (name,))

    @staticmethod
    def _must_exist(handle: sqlite3.Connection, exchange: str, queue: str) -> None:
        for kind, name in (("exchange", exchange), ("queue", queue)):
            find = f"SELECT 1 FROM {kind} WHERE name=?"  # noqa: S608 two constants
            if not handle.execute(find, (name,)).fetchone():
                raise TopologyError(404, f"NOT_FOUND - no {kind} '{name}' in this bus file")


class Routes:
    """Which queues get a message; the tables are read once per transaction."""

    def __init__(self, handle: sqlite3.Connection) -> None:
        self._handle = handle
        self._bindings: dict[str, tuple[str, str | None, list[tuple[str, str]]]] = {}

    def queues(self, exchange: str, key: str) -> list[str]:
        """Distinct queues in a fixed order; the alternate exchange where there is none."""
        if not exchange:  # the default exchange: the key is a queue's name
            found = self._handle.execute("SELECT 1 FROM queue WHERE name=?", (key,)).fetchone()
            return [key] if found else []
        name: str | None = exchange
        for _ in range(_LONGEST_ALTERNATES):
            if name is None:
                break
            kind, alternate, bindings = self._read(name)
            hit = {queue for pattern, queue in bindings if _is_bound(kind, pattern, key)}
            if hit:
                return sorted(hit)
            name = alternate
        return []

    def _read(self, exchange: str) -> tuple[str, str | None, list[tuple[str, str]]]:
        if exchange not in self._bindings:
            found = exchange_row(self._handle, exchange)
            if found is None:
                raise TopologyError(404, f"NOT_FOUND - no exchange '{exchange}' in this bus file")
            bindings = self._handle.execute(
                "SELECT pattern, queue FROM binding WHERE exchange=?", (exchange,)
            ).fetchall()
            self._bindings[exchange] = (*found, bindings)
        return self._bindings[exchange]


def _is_bound(kind: str, pattern: str, key: str) -> bool:
    if kind == "fanout":
        return True
    return matches(pattern, key) if kind == "topic" else pattern == key
