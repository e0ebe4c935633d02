# SPDX-License-Identifier: EUPL-1.2
"""One installation in containers, set up the way deploy/compose/README.md tells an operator to."""

import ipaddress
import json
import logging
import re
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from rueckhalt_shared.settings import SERVICES
from tests.compose.engine import Command, docker, run
from tests.compose.images import ROOT
from tests.flows.mail_sink import MailSink
from tests.flows.system import ALL_SCOPES, ARS
from tests.support import eventually

PORTS = dict(zip(SERVICES, range(8081, 8085), strict=True))
ACCOUNT, PASSWORD = "rathaus", "nur-zur-probe-4711"
PLAN = "services/routing/rueckhalt_routing/content/musterstadt/plan.yaml"
CONTACTS = "services/notify/rueckhalt_notify/content/demo/contacts.csv"


class SubmissionSink(MailSink):
    """As a municipality's mail server: STARTTLS with its own authority's certificate, and AUTH."""

    def __init__(self, host: str) -> None:
        super().__init__()
        # aiosmtpd warns about a name of its own that it sets itself.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        authority = trustme.CA()
        self.authority = authority.cert_pem.bytes()
        self.signed_in: set[str] = set()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        with socket.socket() as probe:
            probe.bind((host, 0))
            self.port = int(probe.getsockname()[1])
        self._controller = Controller(
            self,
            hostname=host,
            port=self.port,
            tls_context=context,
            require_starttls=True,
            authenticator=self._sign_in,
            auth_required=True,
        )

    def _sign_in(self, *call: Any) -> AuthResult:
        given = call[4]
        name, password = given.login.decode(), given.password.decode()
        if (name, password) != (ACCOUNT, PASSWORD):
            return AuthResult(success=False, handled=False)
        self.signed_in.add(name)
        return AuthResult(success=True)


class Town:
    """A copy of the deploy files in a folder of its own; compose works in it."""

    def __init__(self, folder: Path, command: Command, images: dict[str, str]) -> None:
        self.folder = folder
        self.project = folder.name
        self.tag = f"test-{folder.name.rpartition('-')[2]}"
        self.key = ""
        self._stages_before = _stages()
        self._command = (*command, "--project-name", self.project)
        self._profiles = [word for service in SERVICES for word in ("--profile", service)]
        subnet = docker("network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Subnet}}")
        # The engine's own bridge has the first address: this machine, seen from the containers.
        self.sink = SubmissionSink(str(ipaddress.ip_network(subnet.strip())[1]))
        self.environment = {
            **images,
            "RUECKHALT_VERSION": self.tag,
            "RUECKHALT_MUNICIPALITY": ARS,
            "VIEWERS": "",  # the images are built without a network
            "SMTP_HOST": self.sink._controller.hostname,
            "SMTP_PORT": str(self.sink.port),
            "SMTP_USER": ACCOUNT,
            "SMTP_SENDER": "rueckhalt@musterstadt.example",
        }

    def prepare(self) -> None:
        """Copy what an operator copies, and write the secrets."""
        for name in ("docker-compose.yml", ".dockerignore"):
            shutil.copy(ROOT / name, self.folder)
        for name in ("deploy", "dist"):
            shutil.copytree(ROOT / name, self.folder / name)
        (self.folder / "authority.pem").write_bytes(self.sink.authority)
        run(
            *(sys.executable, "deploy/compose/prepare.py", "--smtp-password", PASSWORD),
            *("--smtp-authorities", "authority.pem"),
            cwd=self.folder,
        )

    def compose(self, *arguments: str, given: str | None = None, seconds: float = 600) -> str:
        """One call of compose, with all profiles; its output."""
        command = (*self._command, *self._profiles, *arguments)
        done = run(*command, cwd=self.folder, env=self.environment, given=given, seconds=seconds)
        return done.stdout

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows about each container, by its name in docker-compose.yml."""
        mine = f"label=com.docker.compose.project={self.project}"
        ids = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", mine).split()
        found = json.loads(docker("inspect", *ids)) if ids else []
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}

    def up(self, *names: str) -> None:
        """Start, and wait until each container with a probe is healthy."""
        self.compose("up", "--detach", *names)
        eventually(self._is_healthy, within=240, step=1, what="all containers are healthy")

    def _is_healthy(self) -> bool:
        states = {name: each["State"] for name, each in self.containers().items()}
        failed = [
            name
            for name, state in states.items()
            if name.endswith("-migrate") and state["Status"] == "exited" and state["ExitCode"]
        ]
        assert not failed, f"{failed}: {self.compose('logs', '--tail', '30', *failed)}"
        return all(
            state.get("Health", {}).get("Status", "healthy") == "healthy"
            for state in states.values()
        )

    def execute(self, name: str, *command: str, given: str | None = None) -> str:
        """Run a command in a running container."""
        return self.compose("exec", "-T", name, *command, given=given, seconds=120)

    def furnish(self) -> None:
        """Make a key, load the plan and the contacts: the first steps of the README."""
        scopes = [word for scope in ALL_SCOPES for word in ("--scope", scope)]
        made = self.execute(
            *("intake-web", "rueckhalt-intake", "key", "new", "--json", "--sender", "probe"),
            *("--municipality", ARS, *scopes),
        )
        self.key = str(json.loads(made)["api_key"])
        plan, contacts = (ROOT / PLAN).read_text("utf-8"), (ROOT / CONTACTS).read_text("utf-8")
        self.execute("routing-web", "rueckhalt-routing", "plan", "load", "/dev/stdin", given=plan)
        self.execute(
            *("notify-web", "rueckhalt-notify", "import", "contacts", "--municipality", ARS),
            "/dev/stdin",
            given=contacts,
        )

    def api(self, method: str, service: str, path: str, **options: Any) -> requests.Response:
        """One request with the key, through the published port."""
        headers = {"Authorization": f"Bearer {self.key}"}
        url = f"http://127.0.0.1:{PORTS[service]}{path}"
        return requests.request(method, url, headers=headers, timeout=30, **options)

    def is_ready(self) -> bool:
        """Whether all services answer questions from their databases.

        `/readyz` is not enough: the first request after a restart of the database may meet a
        connection that died with it, and is told to come again (503).
        """
        asked = {
            "intake": "/v1/incidents",
            "routing": "/v1/assignments",
            "notify": "/v1/notices",
            "reporting": f"/v1/summaries/{ARS}/{_month()}?view=internal",
        }
        return all(self.api("GET", each, path).ok for each, path in asked.items())

    def report(self, **fields: Any) -> str:
        """Post an incident; its id."""
        body = {"municipality": ARS, "forms": ["threat"]} | fields
        answer = self.api("POST", "intake", "/v1/incidents", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def assignments(self) -> dict[str, list[dict[str, Any]]]:
        """All assignments (at most 500), by incident."""
        found: dict[str, list[dict[str, Any]]] = {}
        answer = self.api("GET", "routing", "/v1/assignments?state=all&page_size=500")
        assert answer.status_code == 200, answer.text
        for each in answer.json()["items"]:
            found.setdefault(each["incident_id"], []).append(each)
        return found

    def total(self) -> int:
        """How many incidents this month's summary counts."""
        answer = self.api("GET", "reporting", f"/v1/summaries/{ARS}/{_month()}?view=internal")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["total"])

    def questions(self) -> list[tuple[EmailMessage, str]]:
        """The mails that ask somebody to take over, with their links."""
        found = []
        for mail in self.sink.mails():
            body = mail.get_body(("plain",))
            link = re.search(r"http://\S+/n/\S+", body.get_content()) if body else None
            if link:
                found.append((mail, link[0]))
        return found

    def report_until(self, done: Callable[[], bool], *, at_least: int) -> list[str]:
        """Post incidents one after another until something is done; the accepted ids."""
        ids: list[str] = []
        while not done() or len(ids) < at_least:
            ids.append(self.report())
            time.sleep(0.05)
        return ids

    def remove(self) -> None:
        """Leave nothing behind: containers, networks, volumes, images of the services, stages."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")
        images = {f"rueckhalt-{service}:{self.tag}" for service in SERVICES}
        for image in images | (_stages() - self._stages_before):
            run("docker", "image", "rm", image, check=False)


def _month() -> str:
    return datetime.now(ZoneInfo("Europe/Berlin")).strftime("%Y-%m")


def _stages() -> set[str]:
    """The build stages that older builders leave behind, by id."""
    filters = ("--filter", "dangling=true", "--filter", "label=de.rueckhalt.stage=build")
    return set(docker("images", "--quiet", "--no-trunc", *filters).split())
