# SPDX-License-Identifier: EUPL-1.2
"""Logs carry ids and figures, never what people wrote."""

import json
import logging

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rueckhalt_shared.logging import KEYS, configure, get_logger, only_known_keys

CANARY = "CANARY-NARRATIVE"


@pytest.fixture
def lines(capsys):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure(service="intake")

    def read():
        captured = capsys.readouterr()
        assert captured.out == "", "stdout belongs to the ready line"
        return [json.loads(line) for line in captured.err.splitlines()]

    yield read
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_any_key_outside_the_list_is_dropped(entry):
    assert set(only_known_keys(None, "info", dict(entry))) <= KEYS


_VALUES = st.recursive(
    st.just(CANARY) | st.binary().map(lambda b: CANARY.encode() + b),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    told=st.dictionaries(st.text(min_size=1).filter(lambda k: k not in KEYS), _VALUES),
    level=st.sampled_from(["info", "warning", "error", "critical"]),
    way=st.sampled_from(["call", "bind", "context", "nested"]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_given_to_whatever_call_only_the_list_is_written(lines, told, level, way):
    told = {k: v for k, v in told.items() if k not in ("self", "event", "exc_info", "stack_info")}
    log = get_logger("here")
    if way == "bind":
        getattr(log.bind(**told), level)("said")
    elif way == "context":
        with structlog.contextvars.bound_contextvars(**told):
            getattr(log, level)("said")
    elif way == "nested":
        getattr(log, level)("said", object=told)
    else:
        getattr(log, level)("said", **told)

    (line,) = lines()
    assert set(line) <= KEYS
    assert CANARY not in json.dumps(line)


def test_a_line_is_json_on_stderr(lines):
    get_logger("here").info("started", port=8080, narrative=CANARY)

    (line,) = lines()
    assert line["event"] == "started"
    assert line["port"] == 8080
    assert line["service"] == "intake"
    assert CANARY not in json.dumps(line)


def test_an_exception_is_told_by_type_and_place_and_not_by_message(lines):
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise KeyError(CANARY) from error
    except KeyError as error:
        get_logger("here").error("failed", exc_info=error)

    (line,) = lines()
    assert line["error"] == "KeyError < ValueError"
    assert any("test_logging.py" in place for place in line["frames"])
    assert CANARY not in json.dumps(line)


def test_what_libraries_write_is_told_by_place_only(lines):
    logging.getLogger("kombu.connection").error("body: %s", CANARY)

    (line,) = lines()
    assert line["event"] == "library message"
    assert CANARY not in json.dumps(line)


def test_a_value_that_is_no_figure_is_shortened(lines):
    get_logger("here").info("odd", cause="x" * 10_000, state={"name": CANARY})

    (line,) = lines()
    assert len(line["cause"]) < 600
    assert line["state"] == "dict"


def test_half_characters_do_not_break_a_line(lines):
    get_logger("here").info("odd", cause="\ud800")

    assert lines()[0]["event"] == "odd"


def test_before_anything_is_set_up_the_list_holds_already(capsys):
    structlog.reset_defaults()

    get_logger("early").error("early", narrative=CANARY, exc_info=ValueError(CANARY))

    captured = capsys.readouterr()
    assert CANARY not in captured.err + captured.out
    assert captured.out == ""
    structlog.reset_defaults()
