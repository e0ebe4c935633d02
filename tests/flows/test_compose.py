# SPDX-License-Identifier: EUPL-1.2
"""docker-compose.yml: what it starts, with whose rights and which secrets, started here as is."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from rueckhalt_shared.contracts import topology
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.settings import SERVICES
from tests.flows.system import ALL_SCOPES, ARS
from tests.servers import private_rabbitmq
from tests.support import eventually, free_port

ROOT = Path(__file__).parents[2]
USER = 10001
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8")))


def of(kind: str) -> dict[str, dict[str, Any]]:
    """Our own containers of one kind (web, worker, migrate), by service."""
    return {service: compose()["services"][f"{service}-{kind}"] for service in SERVICES}


def prepare(folder: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the script; as an ordinary user it answers 1, because the owner is then wrong."""
    return subprocess.run(
        [sys.executable, ROOT / "deploy/compose/prepare.py", "--folder", folder, *options],
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_existing_folder_for_secrets_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    folder.chmod(0o755)

    command = [
        sys.executable,
        str(Path(__file__).parents[2] / "deploy/compose/prepare.py"),
        "--folder",
        str(folder),
    ]
    subprocess.run(command, check=False, capture_output=True)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_file_is_valid_compose():
    checked = subprocess.run(
        [
            Path(sys.executable).parent / "check-jsonschema",
            *("--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("kind", ["web", "worker", "migrate"])
def test_our_containers_have_no_rights_they_do_not_need(kind):
    for container in of(kind).values():
        assert container["user"] == f"{USER}:{USER}"
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in container


def test_each_service_has_its_profile_its_probe_and_its_own_migration_first():
    for service in SERVICES:
        for kind in ("web", "worker"):
            container = of(kind)[service]
            condition = container["depends_on"][f"{service}-migrate"]["condition"]
            assert container["profiles"] == [service]
            assert container["healthcheck"]["test"]
            assert condition == "service_completed_successfully"
        assert "broker" not in of("web")[service]["depends_on"]


def test_no_service_depends_on_another_and_no_secret_stands_in_the_file():
    for kind in ("web", "worker", "migrate"):
        for service, container in of(kind).items():
            foreign = set(SERVICES) - {service}
            assert not [n for n in container["depends_on"] if n.split("-")[0] in foreign]
            for name, value in container["environment"].items():
                if re.search(r"PASSWORD|KEK|_URL_FILE", name):
                    assert name.endswith("_FILE")
                    assert value.startswith("/run/secrets/")


def test_every_secret_is_written_by_the_script_once(tmp_path):
    folder = tmp_path / "secrets"
    prepare(folder)
    first = {path.name: path.read_text("utf-8") for path in folder.iterdir()}

    again = prepare(folder)

    assert again.returncode == 0
    assert set(first) == set(compose()["secrets"])
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == first
    assert "none of them was changed" in again.stderr


@pytest.mark.parametrize("services", [("intake", "notify"), ("reporting",)], ids=",".join)
def test_only_deployed_services_get_queues_and_all_may_sign_in(tmp_path, services):
    prepare(tmp_path / "secrets", "--services", ",".join(services))

    told = json.loads((tmp_path / "secrets" / "rabbitmq_definitions").read_text("utf-8"))

    queues = {queue["name"] for queue in told["queues"]}
    wanted = {*topology.queues_for(frozenset(services)), "rk.unrouted", "rk.dead"}
    committed = json.loads((ROOT / "deploy/rabbitmq/definitions.json").read_text("utf-8"))
    # A queue that only smaller installations have is declared by the service itself.
    assert queues == wanted & {queue["name"] for queue in committed["queues"]}
    assert {binding["destination"] for binding in told["bindings"]} == queues
    assert {user["name"] for user in told["users"]} == {f"rueckhalt-{s}" for s in SERVICES}
    assert all(user["password_hash"] for user in told["users"])


def test_nobody_else_on_the_machine_enters_the_folder_of_secrets(tmp_path):
    prepare(tmp_path / "secrets")

    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_misspelt_service_writes_nothing(tmp_path):
    done = prepare(tmp_path / "secrets", "--services", "intake,notfy")

    assert done.returncode == 2
    assert "intake,routing,notify,reporting" in done.stderr
    assert not (tmp_path / "secrets").exists()


def test_an_older_installation_gets_the_file_of_authorities_and_keeps_the_rest(tmp_path):
    folder, authority = tmp_path / "secrets", tmp_path / "authority.pem"
    authority.write_text("PEM", "ascii")
    prepare(folder)
    (folder / "smtp_authorities").unlink()
    password = (folder / "postgres_password").read_text("utf-8")

    prepare(folder, "--smtp-authorities", authority)

    assert (folder / "smtp_authorities").read_text("utf-8") == "PEM"
    assert (folder / "postgres_password").read_text("utf-8") == password


def test_an_older_installation_gets_notifys_master_key_and_keeps_it(tmp_path):
    folder = tmp_path / "secrets"
    prepare(folder)
    younger = ["notify_kek", "smtp_authorities", *(f"{name}_tombstone_key" for name in SERVICES)]
    for name in younger:
        (folder / name).unlink()

    prepare(folder)
    first = (folder / "notify_kek").read_text("utf-8")
    prepare(folder)

    assert {path.name for path in folder.iterdir()} == set(compose()["secrets"])
    assert len(base64.b64decode(first)) == 32
    assert (folder / "notify_kek").read_text("utf-8") == first
    assert first != (folder / "intake_kek").read_text("utf-8")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder user 10001 can enter."""
    path = Path(tempfile.mkdtemp(prefix="compose-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


class Local:
    """The containers as processes of this machine: same command, environment, user, secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {service: free_port() for service in SERVICES}
        self.processes: list[subprocess.Popen[bytes]] = []
        (folder / "data").mkdir()
        self.who: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(folder / "data", USER, USER)
            self.who = {"user": USER, "group": USER, "extra_groups": []}
            if not self._may_run_python():
                self.who = {}  # this Python lies in a folder only root can enter

    def _may_run_python(self) -> bool:
        try:
            subprocess.run([sys.executable, "-c", ""], check=True, cwd="/", **self.who)
        except (PermissionError, subprocess.CalledProcessError):
            return False
        return True

    def environment(self, service: str, container: dict[str, Any]) -> dict[str, str]:
        values = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        for name, given in container["environment"].items():
            text = _VARIABLE.sub(lambda found: found[2], str(given))
            text = text.replace("/run/secrets/", f"{self.folder}/secrets/")
            values[name] = text.replace("/tmp/rueckhalt", f"{self.folder}/data")
        values[f"RUECKHALT_{service.upper()}_PORT"] = str(self.ports[service])
        return values

    def run(self, service: str, kind: str) -> subprocess.Popen[bytes]:
        container = of(kind)[service]
        log = (self.folder / f"{service}-{kind}.log").open("ab")
        process = subprocess.Popen(
            container["command"],
            env=self.environment(service, container),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            executable=Path(sys.executable).parent / container["command"][0],
            **self.who,
        )
        log.close()
        self.processes.append(process)
        return process

    def answers(self, service: str) -> bool:
        try:
            url = f"http://127.0.0.1:{self.ports[service]}/readyz"
            return requests.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def rows(self, service: str) -> str:
        """Does row-level security hold for the role that the secrets give it?"""
        url = f"http://127.0.0.1:{self.ports[service]}/readyz"
        return str(requests.get(url, timeout=5).json()["checks"]["rows"]["status"])

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)


@pytest.mark.rabbitmq
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_the_same_commands_users_and_secrets_run_as_local_processes(folder, postgres):
    with ExitStack() as stack:
        broker = stack.enter_context(private_rabbitmq())
        amqp = broker.url.rpartition("@")[2].partition("/")[0]
        database = postgres.url().rpartition("@")[2].partition("/")[0]
        subprocess.run(
            [
                *(sys.executable, ROOT / "deploy/compose/prepare.py"),
                *("--folder", folder / "secrets", "--database", database, "--broker", amqp),
            ],
            check=False,
        )
        (folder / "secrets").chmod(0o755)  # here no engine mounts the files one by one
        secret = {path.name: path.read_text("utf-8") for path in (folder / "secrets").iterdir()}
        broker.ctl("import_definitions", str(folder / "secrets" / "rabbitmq_definitions"))
        for statement in secret["postgres_init"].splitlines():
            subprocess.run(
                ["psql", postgres.url(), "-q", "-v", "ON_ERROR_STOP=1", "-c", statement], check=True
            )
        local = Local(folder)
        stack.callback(local.stop)
        for service, migration in {s: local.run(s, "migrate") for s in SERVICES}.items():
            assert migration.wait(90) == 0, (folder / f"{service}-migrate.log").read_text()
        for service in SERVICES:
            local.run(service, "web")
            local.run(service, "worker")
        for service in SERVICES:
            eventually(lambda s=service: local.answers(s), within=60, what=service)
        assert {service: local.rows(service) for service in SERVICES} == dict.fromkeys(
            SERVICES, "ok"
        )
        store = KeyStore(secret["identity_url"])
        stack.callback(store.close)
        key = store.create(sender="test", scopes=ALL_SCOPES, municipalities=(ARS,))
        headers = {"Authorization": f"Bearer {key}"}
        urls = {service: f"http://127.0.0.1:{port}" for service, port in local.ports.items()}

        posted = requests.post(
            f"{urls['intake']}/v1/incidents",
            json={"municipality": ARS, "forms": ["threat"]},
            headers=headers,
            timeout=30,
        )

        assert posted.status_code == 201, posted.text
        assert posted.json()["status_url"].startswith("http://127.0.0.1:8081/")
        path = f"{urls['routing']}/v1/assignments?state=open"
        eventually(
            lambda: posted.json()["id"] in requests.get(path, headers=headers, timeout=30).text
        )
