# SPDX-License-Identifier: EUPL-1.2
"""Write what RabbitMQ has to know, from the topology in the code (`contracts.topology`).

    python deploy/rabbitmq/definitions.py                              # all four services
    python deploy/rabbitmq/definitions.py --services intake,notify DIR   # fewer

A queue of a service nobody runs would fill up and then hold back its publishers, so only the
queues of the deployed services belong on a broker. `definitions.json` holds the virtual host,
exchanges, queues, bindings and policies and may be imported again at any time. `users.json`
holds one user per service with its rights and no password; importing it again would take the
passwords away, so it is imported once (README.md).
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import topology

HERE = Path(__file__).resolve().parent
VHOST = "rueckhalt"
SERVICES = ("intake", "routing", "notify", "reporting")
DAY = 24 * 3600 * 1000
OWN = ("rk.events", "rk.unrouted", "rk.dlx", "rk.dead")

# A queue that is full refuses the publisher (the relay keeps the row) instead of dropping; what
# could not be handled moves on only when it has arrived elsewhere. Counts are backstops: the
# inbox parks and quarantines long before.
WORK_QUEUES = {
    "delivery-limit": 20,
    "dead-letter-exchange": "rk.dlx",
    "dead-letter-strategy": "at-least-once",
    "overflow": "reject-publish",
    "max-length": 100_000,
}

# Each service's sweeper looks into rk.unrouted once a minute and gives back what it did not say.
# RabbitMQ 4 would drop a message after 20 such looks, and only it knows -1 for "no limit".
LOOKED_AT = {"delivery-limit": 1_000_000}


def exchanges() -> list[dict[str, Any]]:
    """Events go to rk.events; what no queue binds goes on to rk.unrouted."""
    kinds = {"rk.events": "topic", "rk.unrouted": "fanout", "rk.dlx": "fanout"}
    alternate = {"rk.events": {"alternate-exchange": "rk.unrouted"}}
    return [
        _durable(name, type=kind, internal=False, arguments=alternate.get(name, {}))
        for name, kind in kinds.items()
    ]


def queues(services: frozenset[str]) -> list[dict[str, Any]]:
    """One quorum queue per subscription, and the two that somebody looks into."""
    names = [*topology.queues_for(services), "rk.unrouted", "rk.dead"]
    return [_durable(name, arguments={"x-queue-type": "quorum"}) for name in names]


def bindings(services: frozenset[str]) -> list[dict[str, Any]]:
    """Full routing keys, no wildcards."""
    wanted = topology.queues_for(services)
    bound = [("rk.events", queue, key) for queue, keys in wanted.items() for key in keys]
    bound += [("rk.unrouted", "rk.unrouted", ""), ("rk.dlx", "rk.dead", "")]
    return [
        {
            "source": source,
            "vhost": VHOST,
            "destination": queue,
            "destination_type": "queue",
            "routing_key": key,
            "arguments": {},
        }
        for source, queue, key in bound
    ]


def policies() -> list[dict[str, Any]]:
    """Limits are policies, so that they can be changed without declaring a queue anew."""
    work = rf"^({'|'.join(SERVICES)})\."
    return [
        _policy("work-queues", work, WORK_QUEUES),
        _policy("unrouted", r"^rk\.unrouted$", {"message-ttl": 14 * DAY, **LOOKED_AT}),
        _policy("dead", r"^rk\.dead$", {"message-ttl": 60 * DAY, **LOOKED_AT}),
    ]


def users(services: frozenset[str]) -> dict[str, Any]:
    """One user per service, and what it may configure, write and read."""
    return {
        "users": [
            {
                "name": user(service),
                "password_hash": "",
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
            }
            for service in sorted(services)
        ],
        "permissions": [_permission(service) for service in sorted(services)],
        "topic_permissions": [_topic_permission(service) for service in sorted(services)],
    }


def user(service: str) -> str:
    """The broker user of a service."""
    return f"rueckhalt-{service}"


def spoken_by(service: str) -> list[str]:
    """The routing keys a service may publish: the types it produces."""
    types = contracts.TYPES.values()
    return sorted(contracts.routing_key(t) for t in types if service in t.producers)


def _permission(service: str) -> dict[str, Any]:
    """Every service declares all queues (nobody knows who starts first) and reads only its own."""
    own = "|".join(re.escape(name) for name in OWN)
    everything = rf"^({own}|({'|'.join(SERVICES)})\.[a-z-]+)$"
    return {
        "user": user(service),
        "vhost": VHOST,
        "configure": everything,
        "write": everything,
        "read": rf"^({own}|{service}\.[a-z-]+)$",
    }


def _topic_permission(service: str) -> dict[str, Any]:
    keys = "|".join(re.escape(key) for key in spoken_by(service))
    return {
        "user": user(service),
        "vhost": VHOST,
        "exchange": "rk.events",
        "write": f"^({keys})$",
        "read": r"^[a-z_]+\.[a-z_]+\.v[0-9]+$",
    }


def _durable(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "vhost": VHOST, "durable": True, "auto_delete": False, **more}


def _policy(name: str, pattern: str, definition: dict[str, Any]) -> dict[str, Any]:
    return {
        "vhost": VHOST,
        "name": name,
        "pattern": pattern,
        "apply-to": "queues",
        "priority": 0,
        "definition": definition,
    }


def files(services: frozenset[str] = frozenset(SERVICES)) -> dict[str, dict[str, Any]]:
    """Both files as they should stand in the repository."""
    return {
        "definitions.json": {
            "vhosts": [{"name": VHOST}],
            "exchanges": exchanges(),
            "queues": queues(services),
            "bindings": bindings(services),
            "policies": policies(),
        },
        "users.json": users(services),
    }


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description="Write definitions.json and users.json.")
    parser.add_argument("--services", default=",".join(SERVICES), help="the deployed services")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    wanted = parser.parse_args()
    for name, content in files(frozenset(wanted.services.split(","))).items():
        target = wanted.folder / name
        target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        print(target)


if __name__ == "__main__":
    main()
