# SPDX-License-Identifier: EUPL-1.2
"""What the running containers may do, read from the kernel and the engine, not from the file."""

import json
import re
from collections.abc import Iterator

from rueckhalt_shared.settings import SERVICES
from tests.compose.engine import docker
from tests.compose.town import PORTS, Town

USER = 10001
OURS = tuple(f"{service}-{kind}" for service in SERVICES for kind in ("web", "worker"))

# Runs inside a container: every process, the mounts, the secrets, who listens. As JSON.
_LOOK = r"""
import glob, json, os
def status(path):
    return dict(l.rstrip("\n").split(":\t", 1) for l in open(path) if ":\t" in l)
def can_write(folder):
    try:
        open(folder + "/probe", "w").close()
        os.remove(folder + "/probe")
        return True
    except OSError as error:
        return error.strerror
def secret(path):
    known = os.stat(path)
    return [oct(known.st_mode & 0o777), known.st_uid, os.access(path, os.W_OK)]
listening = set()
for name in ("tcp", "tcp6"):
    for line in open("/proc/net/" + name).readlines()[1:]:
        words = line.split()
        if words[3] == "0A":
            address, _, port = words[1].rpartition(":")
            if address != "0B00007F":  # 127.0.0.11, the engine's own name server
                listening.add(int(port, 16))
print(json.dumps({
    "processes": [status(p) for p in glob.glob("/proc/[0-9]*/status")],
    "root": [l.split()[3] for l in open("/proc/self/mounts") if l.split()[1] == "/"],
    "writes": {f: can_write(f) for f in ("/", "/etc", "/opt/rueckhalt", "/var/tmp", "/tmp")},
    "secrets": {n: secret("/run/secrets/" + n) for n in os.listdir("/run/secrets")},
    "listening": sorted(listening),
}))
"""


def faults(town: Town) -> list[str]:
    """Everything that is wider than promised; empty is right."""
    containers = town.containers()
    found = [f for name in OURS for f in _of_container(town, name)]
    found += _ports(containers)
    found += _probes(containers)
    found += _leaks(town)
    return found


def _of_container(town: Town, name: str) -> Iterator[str]:
    seen = json.loads(town.execute(name, "python3", "-c", _LOOK))
    yield from (f"{name}: {fault}" for fault in _of_processes(seen["processes"]))
    if any("ro" not in options.split(",") for options in seen["root"]):
        yield f"{name}: the root is writable: {seen['root']}"
    writable = {folder for folder, answer in seen["writes"].items() if answer is True}
    if writable != {"/tmp"}:
        yield f"{name}: writable are {writable}"
    yield from (f"{name}: {fault}" for fault in _of_secrets(name, seen["secrets"]))
    if seen["listening"] != ([8080] if name.endswith("-web") else []):
        yield f"{name}: listens on {seen['listening']}"


def _of_processes(processes: list[dict[str, str]]) -> Iterator[str]:
    for process in processes:
        who = process["Name"]
        if set(process["Uid"].split()) | set(process["Gid"].split()) != {str(USER)}:
            yield f"{who} runs as {process['Uid']}"
        if any(int(process[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")):
            yield f"{who} has capabilities {process['CapBnd']}"
        if process["NoNewPrivs"] != "1":
            yield f"{who} may gain privileges"


def _of_secrets(name: str, secrets: dict[str, tuple[str, int, bool]]) -> Iterator[str]:
    foreign = set(SERVICES) - {name.partition("-")[0]}
    for secret, (mode, owner, may_write) in secrets.items():
        if (mode, owner, may_write) != ("0o400", USER, False):
            yield f"{secret} is {mode} of {owner}"
        if secret.partition("_")[0] in foreign:
            yield f"sees {secret}"


def _ports(containers: dict[str, dict[str, object]]) -> Iterator[str]:
    """Published are the four web ports, on this machine only."""
    for name, container in containers.items():
        bindings: dict[str, list[dict[str, str]]] = container["HostConfig"]["PortBindings"]  # type: ignore[index]
        told = {
            (inner, each["HostIp"], each["HostPort"])
            for inner, outer in (bindings or {}).items()
            for each in outer
        }
        service, _, kind = name.partition("-")
        expected = {("8080/tcp", "127.0.0.1", str(PORTS[service]))} if kind == "web" else set()
        if told != expected:
            yield f"{name}: publishes {told}"


def _probes(containers: dict[str, dict[str, object]]) -> Iterator[str]:
    for name, container in containers.items():
        state: dict[str, dict[str, str]] = container["State"]  # type: ignore[assignment]
        if name.endswith("-migrate"):
            if state["ExitCode"] != 0:
                yield f"{name}: ended with {state['ExitCode']}"
        elif state.get("Health", {}).get("Status") != "healthy":
            yield f"{name}: is not healthy"
        if name in ("database", "broker"):
            networks = container["NetworkSettings"]["Networks"]  # type: ignore[index]
            if [n.rpartition("_")[2] for n in networks] != ["inside"]:
                yield f"{name}: reachable on {sorted(networks)}"


def _leaks(town: Town) -> Iterator[str]:
    """No secret in what the engine tells about containers and images, nor in the logs."""
    names = [f"rueckhalt-{service}:{town.tag}" for service in SERVICES]
    places = {
        "docker inspect": json.dumps(town.containers()),
        "docker image inspect": docker("image", "inspect", *names),
        "docker history": "".join(docker("history", "--no-trunc", name) for name in names),
        "the logs": town.compose("logs", "--no-color"),
    }
    for path in (town.folder / "secrets").iterdir():
        text = path.read_text("utf-8")
        secret = re.findall(r"://[\w-]+:([^@]+)@|PASSWORD '([^']+)'", text)
        words = {word for pair in secret for word in pair if word}
        if path.name in ("postgres_password", "intake_kek", "notify_kek", "smtp_password"):
            words.add(text)
        assert words or path.name in ("rabbitmq_definitions", "smtp_authorities"), path.name
        for place, told in places.items():
            if any(word in told for word in words):
                yield f"{path.name} shows in {place}"
