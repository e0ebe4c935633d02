# SPDX-License-Identifier: EUPL-1.2
"""Who may open a connection: a short list with reasons; nothing else in the product does.

A connection somebody can aim (a webhook, a link in a report) is a way into the municipality's own
network, so each place that has one stands here and is looked at.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.rules import house
from tests.rules.house import Source, planted

OPENERS = {
    *("aiohttp", "aiosmtpd", "aiosmtplib", "amqp", "asyncio", "boto3", "dns", "ftplib", "grpc"),
    *("http.client", "http.server", "httpcore", "httpx", "imaplib", "imap_tools", "kombu", "ldap3"),
    *("multiprocessing.connection", "nntplib", "paramiko", "poplib", "psycopg", "pycurl"),
    *("requests", "smtplib", "socket", "socketserver", "subprocess", "telnetlib", "urllib.request"),
    *("urllib3", "webbrowser", "websocket", "websockets", "wsgiref", "xmlrpc"),
}
PROGRAMS = {"system", "popen", "execv", "execve", "execvp", "spawnv", "spawnvp", "posix_spawn"}

ALLOWED = {
    "rueckhalt_intake.evidence.sandbox": "no connection: a process behind walls without a network",
    "rueckhalt_intake.evidence.scanning": "the virus scanner the operator has set, by its socket",
    "rueckhalt_intake.inbound.imap": "the mailbox the operator has set, by TLS",
    "rueckhalt_intake.help.posters": "no connection: a process of its own that sets a poster",
    "rueckhalt_intake.papers.printing": "no connection: a process of its own that sets a paper",
    "rueckhalt_notify.delivery.mailers": "the operator's mail server",
    "rueckhalt_notify.delivery.talking": "the operator's mail server",
    "rueckhalt_notify.notices.senders": "the machine's own name, for a lease",
    "rueckhalt_shared.demo.catcher": "the sample installation's mailbox, on this machine",
    "rueckhalt_shared.demo.client": "the sample installation's seeds, to this machine",
    "rueckhalt_shared.engines": "the service's database",
    "rueckhalt_shared.hints": "the service's database",
    "rueckhalt_shared.identity.oidc.provider": "the provider the operator has set",
    "rueckhalt_shared.line": "addresses somebody has set, each checked and pinned, bounded",
    "rueckhalt_shared.pipe_amqp": "the broker",
    "rueckhalt_shared.pipe_receiver": "the broker",
    "rueckhalt_shared.pipe_rkbus": "the embedded bus, a file",
    "rueckhalt_shared.pipe_topology": "the broker",
    "rueckhalt_shared.pipe_wire": "the broker",
    "rueckhalt_shared.second_wall": "the service's database",
    "rueckhalt_shared.simulate.sending": "a command: the address its caller gives",
    "rueckhalt_shared.slow_clients": "listens: connections that came in",
    "rueckhalt_shared.transport": "the embedded bus, a file",
    "rueckhalt_shared.transport_channel": "the embedded bus, a file",
    "rueckhalt_shared.transport_session": "the embedded bus, a file",
    "rueckhalt_shared.webserver": "listens",
    "rueckhalt_shared.writes": "the service's database",
}
"""Module and where it connects to."""


def openers(source: Source) -> Iterator[str]:
    """List what in a file could open a connection or start a program that does."""
    for line, name in house.imported(source):
        if any(name == each or name.startswith(f"{each}.") for each in OPENERS):
            yield source.at(line, f"imports {name}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {f"os.{p}" for p in PROGRAMS}:
            yield source.at(node.lineno, f"starts a program: {ast.unparse(node)}")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            told = node.args[0] if node.args else None
            if isinstance(told, ast.Constant) and told.value in OPENERS:
                yield source.at(node.lineno, f"imports {told.value}")


def test_nothing_else_in_the_product_opens_a_connection() -> None:
    strays = [
        fault
        for source in house.sources()
        if source.module not in ALLOWED
        for fault in openers(source)
    ]

    assert strays == []


def test_whoever_is_on_the_list_still_needs_to_be() -> None:
    needing = {source.module for source in house.sources() if any(openers(source))}

    assert set(ALLOWED) - needing == set()


@pytest.mark.parametrize(
    "line",
    [
        "import requests",
        "from urllib.request import urlopen",
        "from urllib import request",
        "def fetch():\n    import http.client",
        "from http import client",
        "import socket as s",
        "from subprocess import run",
        "import os\nos.system('curl x')",
        "import importlib\nimportlib.import_module('requests')",
    ],
)
def test_a_connection_of_its_own_is_caught(line: str) -> None:
    assert list(openers(planted(line)))


@pytest.mark.parametrize(
    "line", ["from urllib.parse import urlsplit", "from http import HTTPStatus"]
)
def test_what_only_reads_addresses_passes(line: str) -> None:
    assert not list(openers(planted(line)))
