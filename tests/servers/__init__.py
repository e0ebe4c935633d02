# SPDX-License-Identifier: EUPL-1.2
"""Private servers for tests: a RabbitMQ and a PostgreSQL of our own, on free ports of loopback.

`with private_rabbitmq() as broker` and `with private_postgres() as cluster` start one for
whoever wants to kill it. The session fixtures `rabbitmq` and `postgres` share one per test run,
also among xdist's workers: the first that needs it starts it, the last that leaves stops it.
"""

from tests.servers.broker import PrivateRabbitMQ, private_rabbitmq, rabbitmq
from tests.servers.cluster import PrivatePostgres, postgres, private_postgres
from tests.servers.process import end_process, free_ports, is_alive, wait_until

__all__ = [
    "PrivatePostgres",
    "PrivateRabbitMQ",
    "end_process",
    "free_ports",
    "is_alive",
    "postgres",
    "private_postgres",
    "private_rabbitmq",
    "rabbitmq",
    "wait_until",
]
