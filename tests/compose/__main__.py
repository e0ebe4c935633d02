# SPDX-License-Identifier: EUPL-1.2
"""docker-compose.yml in real containers: build, start, report, take over, kill, restart, stop.

    python -m tests.compose            # real images where the engine has them, else stand-ins
    python -m tests.compose --pull     # fetch the real images first
    python -m tests.compose --keep     # keep the stand-ins for the next run

Needs root, Docker with compose, and what `make wheel` wrote into dist/; the ports 8081 to 8084 of
this machine must be free. It runs beside an installation of yours without touching it: its own
project, image tag, secrets and volumes, all removed at the end. 0 all right, 1 not, 2 not possible.
"""

import argparse
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from tests.compose import rights
from tests.compose.engine import Missing, compose_command, docker, engine, run
from tests.compose.images import ROOT, choose
from tests.compose.town import PORTS, Town
from tests.flows.system import ARS
from tests.support import eventually

_START = time.monotonic()


def say(text: str) -> None:
    """One line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - _START:6.1f} s  {text}", flush=True)


def main() -> int:
    """Run everything; see the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.compose", description=__doc__)
    parser.add_argument("--pull", action="store_true", help="fetch the real images")
    parser.add_argument("--keep", action="store_true", help="keep the stand-ins")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with ExitStack() as stack:
            way(set_up(stack, pull=asked.pull, keep=asked.keep))
    except Missing as lack:
        print(f"make compose-test cannot run here: {lack}", file=sys.stderr)
        return 2
    except AssertionError as fault:
        print(f"FAILED: {fault}", file=sys.stderr)
        return 1
    say("all as promised; everything removed")
    return 0


def set_up(stack: ExitStack, *, pull: bool, keep: bool) -> Town:
    """Engine, images and an empty installation; the stack takes them away again."""
    command = compose_command()
    if not list((ROOT / "dist/wheelhouse").glob("*.whl")):
        raise Missing("dist/wheelhouse is empty: run `make wheel` first")
    for port in PORTS.values():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise Missing(f"port {port} is taken on this machine")
    say(f"Docker: {stack.enter_context(engine())}; {' '.join(command)}")
    made: list[str] = []
    if not keep:
        stack.callback(lambda: [run("docker", "image", "rm", each, check=False) for each in made])
    images = choose(say, pull=pull, made=made)
    folder = Path(tempfile.mkdtemp(prefix="rueckhalt-"))
    stack.callback(shutil.rmtree, folder)
    town = Town(folder, command, images)
    town.sink.start()
    stack.callback(town.sink.stop)
    town.prepare()
    stack.callback(town.remove)
    return town


def way(town: Town) -> None:
    """The whole life of an installation, step by step."""
    say("building the four images, without a network")
    town.compose("build", seconds=1800)
    sizes = docker(
        "images", "--filter", f"reference=*:{town.tag}", "--format", "{{.Repository}} {{.Size}}"
    )
    say(f"built: {', '.join(sorted(sizes.splitlines()))}")
    try:
        town.up()
        say(f"healthy: {', '.join(sorted(town.containers()))}")
        steps: tuple[Callable[[Town], None], ...] = (
            first_report,
            look_at_rights,
            crash_a_worker,
            kill_the_workers,
            kill_the_broker,
            kill_the_database,
            stop_and_start,
        )
        for step in steps:
            step(town)
    except BaseException:
        print(town.compose("ps"), town.compose("logs", "--no-color", "--tail", "15"))
        raise


def first_report(town: Town) -> None:
    """A key, a plan, contacts; a report, its mail, the take-over, the month."""
    town.furnish()
    say("key made, plan and contacts loaded")
    since = time.monotonic()
    incident = town.report(narrative="Ein Besucher hat gedroht wiederzukommen.")
    ((mail, link),) = eventually(town.questions, within=60, what="the mail")
    say(
        f"mail to {mail['To']} {time.monotonic() - since:.1f} s after the report,"
        f" over STARTTLS as {town.sink.signed_in}"
    )
    assert requests.get(link, timeout=30).status_code == 200
    assert requests.post(link, data={"verb": "take_over"}, timeout=30).status_code == 200
    eventually(lambda: town.assignments()[incident][0]["state"] == "taken", what="taken over")
    eventually(lambda: _status(town, incident) == "taken_over", what="intake knows it")
    eventually(lambda: town.total() == 1, what="the month counts it")
    say("taken over by the link in the mail; the month's summary counts one")


def look_at_rights(town: Town) -> None:
    """User, root file system, capabilities, secrets, ports, probes, leaks."""
    found = rights.faults(town)
    assert not found, "\n".join(found)
    say(
        "user 10001, no capability, read-only root, own secrets only,"
        " ports 8081 to 8084 of this machine only"
    )


def crash_a_worker(town: Town) -> None:
    """A worker that dies by itself comes back by itself."""
    before = town.containers()["routing-worker"]["State"]
    os.kill(before["Pid"], signal.SIGKILL)
    eventually(
        lambda: (
            (now := town.containers()["routing-worker"]["State"])["Running"]
            and now["Pid"] != before["Pid"]
        ),
        within=60,
        step=0.2,
        what="routing-worker is back",
    )
    _settles(town, [town.report()])
    say("routing-worker killed from outside: the engine started it again, and it works")


def kill_the_workers(town: Town) -> None:
    """`kill -s KILL` of each worker while reports come in; later they are started again."""
    done = threading.Event()

    def saboteur() -> None:
        try:
            for name in ("routing-worker", "intake-worker", "notify-worker", "reporting-worker"):
                town.compose("kill", "-s", "KILL", name)
        finally:
            done.set()

    thread = threading.Thread(target=saboteur)
    thread.start()
    ids = town.report_until(done.is_set, at_least=40)
    thread.join()
    down = [
        name
        for name, each in town.containers().items()
        if name.endswith("-worker") and not each["State"]["Running"]
    ]
    assert len(down) == 4, down
    ids += [town.report() for _ in range(10)]
    town.compose("up", "--detach")
    _settles(town, ids)
    say(
        f"all four workers killed under load: {len(ids)} accepted,"
        " each assigned once, told and counted"
    )


def kill_the_broker(town: Town) -> None:
    """Reports are accepted while the broker is gone, and travel when it is back."""
    town.compose("kill", "-s", "KILL", "broker")
    ids = [town.report() for _ in range(10)]
    town.compose("up", "--detach")
    _settles(town, ids)
    say(f"broker killed: {len(ids)} accepted meanwhile, all arrived")


def kill_the_database(town: Town) -> None:
    """Without the database a report is refused, not lost; afterwards nobody needs a restart."""
    others = {name: each["State"]["StartedAt"] for name, each in town.containers().items()}
    town.compose("kill", "-s", "KILL", "database")
    body = {"municipality": ARS, "forms": ["threat"], "reference": "A-17"}
    refused = town.api("POST", "intake", "/v1/incidents", json=body)
    assert refused.status_code == 503, refused.text
    town.compose("up", "--detach", "--no-deps", "database")
    accepted = eventually(lambda: _accepted(town, body), within=90, step=1, what="accepted again")
    eventually(town.is_ready, within=60, step=0.5, what="all four are ready again")
    _settles(town, [accepted])
    running = [name for name in rights.OURS if town.containers()[name]["State"]["Running"]]
    same = [n for n in running if town.containers()[n]["State"]["StartedAt"] == others[n]]
    say(f"database killed: 503, later accepted; {len(same)} of {len(rights.OURS)} never restarted")


def _accepted(town: Town, body: dict[str, Any]) -> str:
    answer = town.api("POST", "intake", "/v1/incidents", json=body)
    return str(answer.json()["id"]) if answer.status_code == 201 else ""


def stop_and_start(town: Town) -> None:
    """An orderly stop within the grace period; everything is still there afterwards."""
    before = town.total()
    since = time.monotonic()
    town.compose("stop")
    codes = {name: each["State"]["ExitCode"] for name, each in town.containers().items()}
    killed = [name for name, code in codes.items() if code == 137]
    assert not killed, f"did not stop when asked: {killed}"
    say(f"stopped in {time.monotonic() - since:.1f} s; exit codes {codes}")
    town.up()
    assert town.total() == before
    _settles(town, [town.report()])
    mails = [str(mail["Message-ID"]) for mail in town.sink.mails()]
    twice = len(mails) - len(set(mails))
    say(f"started again, all there: {before + 1} incidents, {len(mails)} mails, {twice} twice")


def _settles(town: Town, ids: list[str]) -> None:
    """Each accepted incident has one assignment, its question was sent, the month counts all."""
    eventually(
        lambda: set(ids) <= set(town.assignments()), within=120, step=0.5, what="all assigned"
    )
    known = town.assignments()
    assert all(len(known[each]) == 1 for each in ids)
    eventually(
        lambda: all(_was_told(town, each) for each in ids), within=180, step=1, what="all told"
    )
    eventually(lambda: town.total() == len(known), within=60, step=0.5, what="all counted")
    asked = {link for _, link in town.questions()}
    assert len(asked) >= len(known), f"{len(known)} incidents, {len(asked)} mails with a link"


def _was_told(town: Town, incident: str) -> bool:
    notices = town.api("GET", "notify", f"/v1/notices?incident={incident}").json()["items"]
    return any(notice["state"] == "sent" for notice in notices)


def _status(town: Town, incident: str) -> str:
    return str(town.api("GET", "intake", f"/v1/incidents/{incident}").json()["status"])


if __name__ == "__main__":
    sys.exit(main())
