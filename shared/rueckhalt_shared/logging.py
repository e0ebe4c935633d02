# SPDX-License-Identifier: EUPL-1.2
"""Logs go to stderr, as JSON, and carry ids and figures only.

Any key outside the allow-list is dropped before anything is written. An exception is told by its
type and its places in the code, never by its message: a message may quote what a person wrote.
"""

import importlib
import json
import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any


def _without_rich(name: str) -> Any:
    """Import structlog without the traceback printer of rich, which it loads where it can.

    That printer shows values of variables, which we never want; and it costs 6 MB and 0.2 s.
    """
    blocked = "rich" not in sys.modules
    if blocked:
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module(name)
    finally:
        if blocked:
            del sys.modules["rich"]


structlog = _without_rich("structlog")

KEYS = frozenset(
    {
        *("event", "level", "module", "at", "service", "place", "frames", "error"),
        *("cause", "queue", "type", "event_id", "incident_id", "assignment_id", "notice_id"),
        *("subject_id", "municipality", "sender", "key_id", "scope", "mode", "channel", "state"),
        *("version", "attempt", "attempts", "count", "window", "producer", "consumer", "name"),
        *("seconds", "pause", "port", "pid", "signal", "services", "method", "route", "status"),
        *("loop", "worker", "revision", "object", "argument", "code", "period", "step"),
    }
)
_TOLD = ("gunicorn", "alembic", "rueckhalt")  # whose messages are known to hold no content
_LONGEST = 500


def get_logger(name: str) -> Any:
    """A logger; it takes its settings at each call, so modules may ask for it early."""
    if not structlog.is_configured():
        _structured("rueckhalt", logging.INFO, _json)  # structlog's own default tells everything
    return structlog.get_logger(module=name)


def configure(*, service: str, level: str = "info", style: str = "json") -> None:
    """Set up structlog and the standard library's logging, once per process."""
    threshold = getattr(logging, level.upper())
    _structured(service, threshold, _console if style == "console" else _json)
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(max(threshold, logging.INFO))
    for noisy in ("kombu", "amqp", "sqlalchemy", "mail", "asyncio", "alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _structured(service: str, threshold: int, render: Any) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _Origin(service),
            _excepted,
            only_known_keys,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def only_known_keys(
    logger: Any, method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list, and everything in a value that is not plain."""
    return {key: _plain(value) for key, value in entry.items() if key in KEYS}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(each) for each in value][:50]
    if isinstance(value, Mapping):
        return type(value).__name__
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _to_stderr(*_: Any) -> Any:
    return structlog.PrintLogger(sys.stderr)


class _Origin:
    """Adds when and by which service."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(
        self, logger: Any, method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        entry.setdefault("service", self._service)
        entry["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        return entry


def _excepted(
    logger: Any, method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    error = entry.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        entry["error"] = _chain(error)
        entry["frames"] = places(error)
    return entry


def _chain(error: BaseException) -> str:
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < 5:
        names.append(type(current).__name__)
        current = current.__cause__
    return " < ".join(names)


def places(error: BaseException) -> list[str]:
    """Where an exception came through: file, line, function; no values."""
    frames = traceback.extract_tb(error.__traceback__)[-15:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    return "/".join(filename.rsplit("/", 3)[-3:])


def _json(logger: Any, method: str, entry: MutableMapping[str, Any]) -> str:
    first = {key: entry[key] for key in ("at", "level", "service", "event") if key in entry}
    # ASCII, so that neither a lone surrogate nor the locale can break a log line.
    return json.dumps(first | dict(entry), default=str)


def _console(logger: Any, method: str, entry: MutableMapping[str, Any]) -> str:
    rest = {
        k: v for k, v in entry.items() if k not in ("at", "level", "service", "event", "frames")
    }
    told = " ".join(f"{key}={value}" for key, value in rest.items())
    head = f"{entry.get('level', ''):7} {entry.get('service', '')}: {entry.get('event', '')} {told}"
    lines = [head.rstrip(), *(f"        {place}" for place in entry.get("frames", ()))]
    return "\n".join(lines).encode("ascii", "backslashreplace").decode()


class _Foreign(logging.Handler):
    """Records of libraries: those we know with their text, others by place only."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record to structlog; a fault while logging must not stop anything."""
        try:
            known = record.name.split(".")[0] in _TOLD
            log = structlog.get_logger(module=record.name)
            text = record.getMessage() if known else "library message"
            place = f"{_short(record.pathname)}:{record.lineno}"
            log.log(record.levelno, text, place=place, exc_info=record.exc_info)
        except Exception:
            self.handleError(record)
