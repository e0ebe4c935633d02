# SPDX-License-Identifier: EUPL-1.2
"""Whatever arrives in `data`, the answer is an event or `Unreadable`, never another error."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import InvalidEvent, Unreadable
from tests.contracts.examples import ANNA, EXAMPLES, HASH, NOON, POLICE, envelope_of

BY_NAME = {type(event).__name__: event for event in EXAMPLES}
NUMBERS = st.integers() | st.floats(allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.just(ANNA),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def outcome(envelope):
    """Whether it was heard or refused; anything else is a fault."""
    try:
        return isinstance(contracts.unwrap(envelope), contracts.Event)
    except Unreadable as refused:
        return bool(refused.cause)


def said(event):
    return contracts.wrap(event, service=sorted(event.producers)[0], id="event-1", time=NOON)


@given(st.data())
@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_any_value_in_any_field_is_heard_or_unreadable(event, data):
    envelope = envelope_of(event)
    wire = data.draw(st.sampled_from(sorted(envelope.data) or ["x"]))

    assert outcome(replace(envelope, data=envelope.data | {wire: data.draw(JSON)}))


@pytest.mark.parametrize("version", ["41", True, -1, 2**60])
def test_a_number_that_is_none_is_heard_or_unreadable(version):
    stated = envelope_of(BY_NAME["LedgerStated"])

    assert outcome(replace(stated, data=stated.data | {"window": version}))


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("LedgerStated", "counts", []),
        ("LedgerStated", "counts", {"Two Words": [1, HASH]}),
        ("LedgerStated", "counts", {"x.y.v1": [1]}),
        ("LedgerStated", "counts", {"x.y.v1": [1, "not a hash"]}),
        ("LedgerStated", "counts", {"x.y.v1": [-1, HASH]}),
        ("LedgerStated", "previous", {}),
        ("LedgerStated", "previous", [7]),
        ("LedgerStated", "previous", [{"window": 1}]),
        ("PlanProved", "by_urgency", []),
        ("PlanProved", "by_urgency", {"u3": "soon"}),
        ("PlanGapFound", "recipients", {}),
        ("PlanGapFound", "recipients", [ANNA]),
        ("PlanGapFound", "recipients", [{"part": "lead"}]),
        ("PlanGapFound", "recipients", [{"person": ANNA, "partner": POLICE, "part": "lead"}]),
        ("PlanGapFound", "recipients", [{"person": "anna.aydin", "part": "lead"}]),
        ("DrillFinished", "minutes", 4),
        ("DrillFinished", "minutes", [4, -4]),
        ("NoticeSent", "seconds", -1),
        ("NoticeSent", "seconds", "0.4"),
        ("DeadlineApproaching", "safe_until", "2027-02-26T00:00:00Z"),
        ("DeadlineApproaching", "safe_until", "2027-02-30"),
        ("DeadlineApproaching", "days_left", "two"),
        ("SummaryReleased", "period", "2026-13"),
        ("ResendRequested", "ids", "event-1"),
    ],
)
def test_a_malformed_value_names_its_field(name, field, value):
    envelope = envelope_of(BY_NAME[name])

    with pytest.raises(Unreadable, match=field):
        contracts.unwrap(replace(envelope, data=envelope.data | {field: value}))


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("LedgerStated", "counts", {"x.y.v1": 3}),
        ("LedgerStated", "previous", ("x",)),
        ("LedgerStated", "previous", (BY_NAME["LedgerStated"].previous[0],) * 13),
        ("PlanProved", "by_urgency", {"u9": 3}),
        ("PlanProved", "by_urgency", 3),
        ("PlanGapFound", "recipients", "x"),
        ("DrillFinished", "minutes", "44"),
        ("NoticeSent", "seconds", float("nan")),
        ("NoticeSent", "level", True),
        ("DeadlineApproaching", "safe_until", "2027-02-26"),
        ("DeadlineApproaching", "days_left", 1.5),
        ("ResendRequested", "producer", "unknown"),
    ],
)
def test_a_producer_that_says_nonsense_is_stopped(name, field, value):
    with pytest.raises(InvalidEvent, match=field):
        said(replace(BY_NAME[name], **{field: value}))


def test_the_minutes_of_an_urgency_nobody_knows_are_left_out():
    envelope = envelope_of(BY_NAME["PlanProved"])

    heard = contracts.unwrap(
        replace(envelope, data=envelope.data | {"by_urgency": {"u3": 10, "u9": 1, "unknown": 5}})
    )

    assert heard.by_urgency == {"u3": 10, "unknown": 5}


def test_counts_are_spelled_in_the_order_of_their_types():
    counts = {"b.b.v1": (1, HASH), "a.a.v1": (0, HASH)}

    spelled = said(replace(BY_NAME["LedgerStated"], counts=counts)).data["counts"]

    assert list(spelled) == ["a.a.v1", "b.b.v1"]
