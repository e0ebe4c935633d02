# SPDX-License-Identifier: EUPL-1.2
"""What must hold so that nothing accepted is lost and nothing happens twice (STYLE B5, BUS 5)."""

import ast
from collections.abc import Iterator

import pytest

from tests.rules import house
from tests.rules.house import Source, planted

BEHIND_THE_BUS = {"pipe", "transport", "relay", "sweeper"}  # they publish what tx.publish wrote
OUTBOX_WRITERS = {"outbox", "database"}
RESEND = "send_again"  # the same event with the same id: what was published stays published once
INSIDE_A_TRANSACTION = {"domain", "handlers", "store", "consumers"}
NETWORK = {
    *("aiosmtplib", "asyncio", "ftplib", "http", "httpx", "imaplib", "imap_tools", "ldap3"),
    *("poplib", "requests", "smtplib", "socket", "ssl", "subprocess", "telnetlib", "urllib3"),
}
HARMLESS = {"gethostname", "HTTPStatus"}


def stray_publishing(source: Source) -> Iterator[str]:
    """List calls of `publish` on anything but a transaction, and inserts into the outbox."""
    shared = source.package == "rueckhalt_shared"
    for call in house.calls(source):
        said = ast.unparse(call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "publish":
            receiver = ast.unparse(call.func.value)
            if receiver != "tx" and not (shared and source.name.split("_")[0] in BEHIND_THE_BUS):
                yield source.at(call.lineno, f"{receiver}.publish: only tx.publish publishes")
        if said.startswith(("insert(outbox", "outbox.insert(", "insert(plumbing.outbox")) and not (
            shared and source.name in OUTBOX_WRITERS
        ):
            yield source.at(call.lineno, "writes into the outbox: only tx.publish may")


def broker_side_imports(source: Source) -> Iterator[str]:
    """List services' imports of the modules that talk to the broker or own the outbox."""
    forbidden = {f"rueckhalt_shared.{name}" for name in BEHIND_THE_BUS}
    for line, name in house.imported(source):
        if forbidden & {name, name.rpartition(".")[0]}:
            yield source.at(line, f"imports {name}: services publish by tx.publish only")
        if name.startswith("rueckhalt_shared.outbox.") and not name.endswith(f".{RESEND}"):
            yield source.at(line, f"imports {name}: services publish by tx.publish only")
    for node in ast.walk(source.tree):
        is_outbox = isinstance(node, ast.Attribute) and ast.unparse(node.value) == "outbox"
        if is_outbox and node.attr != RESEND:
            yield source.at(node.lineno, f"outbox.{node.attr}: only {RESEND} is for services")


def broker_retries(source: Source) -> Iterator[str]:
    """List `retry=` and `on_return=`: the outbox is the retry (K12, K16)."""
    for call in house.calls(source):
        for keyword in call.keywords:
            if keyword.arg in {"retry", "on_return"}:
                yield source.at(call.lineno, f"{keyword.arg}= is never used (BUS 5, K12 and K16)")


def own_transactions(source: Source) -> Iterator[str]:
    """List commits, rollbacks and savepoints where somebody else has opened the transaction."""
    for call in house.calls(source):
        if isinstance(call.func, ast.Attribute):
            verb = call.func.attr
            if verb in {"commit", "rollback", "begin_nested", "savepoint"}:
                yield source.at(call.lineno, f".{verb}(): whoever opened the transaction ends it")


def upserts(source: Source) -> Iterator[str]:
    """List dialect upserts: select, then insert; the primary key is the backstop."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("on_conflict_do"):
            yield source.at(node.lineno, f"{node.attr}: select, then insert")


def network_imports(source: Source, modules: dict[str, Source]) -> Iterator[str]:
    """List ways from code that runs inside a transaction to the network, through own files, too."""
    todo, seen = [source], {source.module}
    while todo:
        current = todo.pop()
        for line, name in house.imported(current):
            library = name.partition(".")[0]
            if library in NETWORK and not is_harmless(current, library):
                yield current.at(line, f"imports {name}, reached from {source.module}")
            own = modules.get(name) or modules.get(name.rpartition(".")[0])
            if own and own.module not in seen:
                seen.add(own.module)
                todo.append(own)


def is_harmless(source: Source, library: str) -> bool:
    """Say whether a file takes only such names from a library that never leave the machine."""
    whole = {name for _, name in house.imported(source) if name.partition(".")[0] == library}
    used = {name.removeprefix(f"{library}.") for name in whole - {library}}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == library:
            used.add(node.attr)
    return bool(used) and used <= HARMLESS


def handlers_without_tx(source: Source) -> Iterator[str]:
    """List functions of handlers.py that take a transaction but not first, or open their own."""
    for node in house.functions(source):
        names = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
        every = {*names, *(argument.arg for argument in node.args.kwonlyargs)}
        if "tx" in every and names[:1] != ["tx"]:
            yield source.at(node.lineno, f"{node.name}: a handler takes tx first")
        if every & {"db", "database", "connection", "engine", "session"}:
            yield source.at(node.lineno, f"{node.name}: the caller opens the transaction")


def test_only_a_transaction_publishes() -> None:
    assert [fault for source in house.sources() for fault in stray_publishing(source)] == []


@pytest.mark.parametrize("line", ["pipe.publish([row])", "producer.publish({})", "insert(outbox)"])
def test_publishing_past_the_transaction_is_caught(line: str) -> None:
    assert list(stray_publishing(planted(line)))
    assert not list(stray_publishing(planted("tx.publish(event)")))


def test_services_do_not_reach_behind_the_bus() -> None:
    faults = [f for source in house.service_sources() for f in broker_side_imports(source)]

    assert faults == []


def test_reaching_behind_the_bus_is_caught() -> None:
    assert list(broker_side_imports(planted("from rueckhalt_shared.pipe import Pipe")))
    assert list(broker_side_imports(planted("from rueckhalt_shared.outbox import add")))
    assert list(broker_side_imports(planted("outbox.add(tx, envelope)")))
    assert not list(broker_side_imports(planted("outbox.send_again(tx, subject=id)")))


def test_the_outbox_is_the_only_retry() -> None:
    assert [fault for source in house.sources() for fault in broker_retries(source)] == []


def test_a_retry_of_the_client_is_caught() -> None:
    assert list(broker_retries(planted("producer.publish(body, retry=True)")))
    assert list(broker_retries(planted("producer.publish(body, on_return=print)")))


def test_no_service_ends_a_transaction() -> None:
    files = [source for source in house.service_sources() if ".migrations" not in source.module]

    assert [fault for source in files for fault in own_transactions(source)] == []


def test_a_commit_in_a_handler_is_caught() -> None:
    assert list(own_transactions(planted("def close(tx):\n    tx.connection.commit()")))


def test_nothing_is_upserted() -> None:
    assert [fault for source in house.sources() for fault in upserts(source)] == []


def test_an_upsert_is_caught() -> None:
    assert list(upserts(planted("insert(incidents).on_conflict_do_nothing()")))


def test_nothing_inside_a_transaction_reaches_the_network() -> None:
    modules = {source.module: source for source in house.service_sources()}
    inside = [source for source in modules.values() if source.name in INSIDE_A_TRANSACTION]

    faults = {fault for source in inside for fault in network_imports(source, modules)}
    assert sorted(faults) == []


def test_a_way_to_the_network_is_caught() -> None:
    smtp = planted("import smtplib", module="rueckhalt_notify.channels.smtp")
    handlers = planted("from rueckhalt_notify.channels import smtp")

    assert list(network_imports(handlers, {smtp.module: smtp}))


@pytest.mark.parametrize("line", ["import socket\nsocket.create_connection(x)", "import ssl"])
def test_only_the_harmless_part_of_a_library_passes(line: str) -> None:
    assert list(network_imports(planted(line), {}))
    assert not list(network_imports(planted("import socket\nsocket.gethostname()"), {}))
    assert not list(network_imports(planted("from http import HTTPStatus"), {}))


def test_handlers_take_the_transaction_first() -> None:
    files = [source for source in house.service_sources() if source.name == "handlers"]

    assert [fault for source in files for fault in handlers_without_tx(source)] == []


@pytest.mark.parametrize(
    "line", ["def close(incident_id, tx): ...", "def close(*, tx): ...", "def run_due(db): ..."]
)
def test_a_handler_without_transaction_is_caught(line: str) -> None:
    assert list(handlers_without_tx(planted(line)))
    assert not list(handlers_without_tx(planted("def close(tx, incident_id): ...")))
    assert not list(handlers_without_tx(planted("def longest(texts): ...")))
