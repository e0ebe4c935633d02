# SPDX-License-Identifier: EUPL-1.2
"""One topology: what the code consumes, what the contracts list, what RabbitMQ is told."""

import importlib.util
import json
import re
from importlib import import_module
from itertools import combinations
from types import ModuleType
from typing import Any

import pytest

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import topology
from rueckhalt_shared.service import Service
from tests.rules.house import ROOT, SERVICES

FOLDER = ROOT / "deploy" / "rabbitmq"
OURS = {"rk.unrouted", "rk.dead"}


def definitions() -> ModuleType:
    """Load the script that writes the definitions."""
    spec = importlib.util.spec_from_file_location("definitions", FOLDER / "definitions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(name: str) -> dict[str, Any]:
    """Read a definitions file from the repository."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def consumed(name: str) -> set[tuple[str, str]]:
    """List (queue, routing key) for every consumer of a service, the ledger's included."""
    service: Service = import_module(f"rueckhalt_{name}.app").service
    return {(q, t.removeprefix("de.rueckhalt.")) for q, t in service.subscriptions.pairs()}


def bound(name: str) -> set[tuple[str, str]]:
    """List (queue, routing key) of one service, without the worker's own ledger."""
    queues = {q: keys for q, keys in topology.QUEUES.items() if q.startswith(f"{name}.")}
    return {(q, k) for q, keys in queues.items() for k in keys if not q.endswith(".keep-ledger")}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_consumes_exactly_what_its_queues_bind(name: str) -> None:
    rooms = {(q, k) for q, k in consumed(name) if not q.endswith(".keep-ledger")}

    assert rooms == bound(name)


def test_every_queue_belongs_to_a_service_and_does_something() -> None:
    for queue in topology.QUEUES:
        service, _, work = queue.partition(".")
        assert service in SERVICES, queue
        assert work.replace("-", "").isalpha(), queue


def test_every_binding_is_a_known_type_in_full() -> None:
    known = {contracts.routing_key(event) for event in contracts.TYPES.values()}

    assert {key for keys in topology.QUEUES.values() for key in keys} <= known


@pytest.mark.parametrize("name", ["definitions.json", "users.json"])
def test_rabbitmq_is_told_what_the_code_says(name: str) -> None:
    expected = definitions().files()[name]

    assert written(name) == expected, "run .venv/bin/python deploy/rabbitmq/definitions.py"


def test_rabbitmq_has_exactly_the_queues_and_bindings_of_the_topology() -> None:
    told = written("definitions.json")
    deployed = topology.queues_for(frozenset(SERVICES))

    bindings = {(b["destination"], b["routing_key"]) for b in told["bindings"]}
    assert {queue["name"] for queue in told["queues"]} == {*deployed, *OURS}
    assert bindings - {(name, "") for name in OURS} == {
        (queue, key) for queue, keys in deployed.items() for key in keys
    }


def test_every_queue_of_the_topology_is_used_by_some_installation() -> None:
    subsets = [frozenset(s) for n in range(1, 5) for s in combinations(SERVICES, n)]

    used = {queue for services in subsets for queue in topology.queues_for(services)}

    assert len(subsets) == 15
    assert used == set(topology.QUEUES)


@pytest.mark.parametrize("services", [{"intake", "notify"}, {"routing"}, {"reporting"}])
def test_no_queue_waits_for_a_service_that_is_not_there(services: set[str]) -> None:
    told = definitions().files(frozenset(services))["definitions.json"]

    assert {queue["name"].split(".")[0] for queue in told["queues"]} == services | {"rk"}


def test_every_queue_is_a_durable_quorum_queue() -> None:
    for queue in written("definitions.json")["queues"]:
        assert queue["durable"], queue["name"]
        assert queue["arguments"] == {"x-queue-type": "quorum"}, queue["name"]


def test_no_user_comes_with_a_password_and_each_says_only_its_own_types() -> None:
    told = written("users.json")

    assert {user["password_hash"] for user in told["users"]} == {""}
    for rights in told["topic_permissions"]:
        service = rights["user"].removeprefix("rueckhalt-")
        for event in contracts.TYPES.values():
            may = f"{contracts.routing_key(event)}".replace(".", r"\.") in rights["write"]
            assert may == (service in event.producers), (service, event.type)


@pytest.mark.parametrize("queue", sorted(OURS))
def test_the_broker_drops_nothing_for_having_been_looked_at_often(queue: str) -> None:
    """Each sweeper looks once a minute and gives back what others say (RabbitMQ 4: 20 times)."""
    told = written("definitions.json")["policies"]
    (policy,) = [each for each in told if re.search(each["pattern"], queue)]
    kept_minutes = policy["definition"]["message-ttl"] / 60_000

    assert policy["definition"]["delivery-limit"] > 2 * len(SERVICES) * kept_minutes
