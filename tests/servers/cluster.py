# SPDX-License-Identifier: EUPL-1.2
"""A PostgreSQL of our own."""

import contextlib
import functools
import glob
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest

from tests.servers.process import (
    Server,
    free_ports,
    is_alive,
    new_folder,
    owner,
    require,
    run_root,
    shared,
    wait_until,
)


class PrivatePostgres(Server):
    """A PostgreSQL cluster, no password, on loopback only.

    `url` is the superuser's; databases belong to an ordinary role, as those of compose do, because
    row-level security does not hold for a superuser.
    """

    def __init__(self, base: Path, ports: list[int], *, fsync: bool) -> None:
        super().__init__(base)
        self.process_id_file = base / "data" / "postmaster.pid"
        self.port = ports[0]
        self._fsync = fsync

    @classmethod
    def create(cls, base: Path, *, fsync: bool) -> "PrivatePostgres":
        cluster = cls(base, free_ports(1), fsync=fsync)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(base, "postgres", "postgres")
        cluster._run(
            "initdb",
            "-U",
            "app",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        cluster.watch(owner())
        cluster.start()
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("CREATE ROLE house LOGIN NOSUPERUSER NOBYPASSRLS")
        return cluster

    def url(self, database: str = "postgres", *, user: str = "app") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str | None = None, template: str | None = None) -> str:
        """A new database of the ordinary role, empty or like the template; its URL."""
        database = name or f"d{uuid.uuid4().hex[:12]}"
        like = psycopg.sql.Identifier(template or "template1")
        statement = psycopg.sql.SQL("CREATE DATABASE {} OWNER house TEMPLATE {}")
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.format(psycopg.sql.Identifier(database), like))
        return self.url(database, user="house")

    def start(self) -> None:
        self.process_id_file.unlink(missing_ok=True)  # names a zombie, after a kill
        options = f"-p {self.port} -k '' -c listen_addresses=127.0.0.1 -c max_connections=300"
        if not self._fsync:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._run("pg_ctl", "-w", "-l", f"{self.base}/log", "-o", options, "start")

    def stop(self) -> None:
        if self.is_running:
            self.resume()
            self._run("pg_ctl", "-m", "fast", "-w", "stop")

    def kill(self) -> None:
        """kill -9 of the server; its children notice and end."""
        listed = Path(f"/proc/{self.process_id}/task/{self.process_id}/children").read_text()
        super().kill()
        children = [int(child) for child in listed.split()]
        wait_until(lambda: not any(map(is_alive, children)), "end of PostgreSQL's processes")

    def restart(self) -> None:
        """Whatever state it is in, afterwards it runs anew."""
        self.stop()
        self.start()

    def remove(self) -> None:
        if self.is_running:
            self._run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.base, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        folders = glob.glob("/usr/lib/postgresql/*/bin")
        newest = max(folders, key=lambda folder: int(folder.split("/")[4]))
        who: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []}
            if os.geteuid() == 0
            else {}
        )
        subprocess.run(
            [f"{newest}/{program}", "-D", f"{self.base}/data", *arguments],
            check=True,
            cwd=self.base,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.base)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **who,
        )


@contextlib.contextmanager
def private_postgres(*, fsync: bool = False) -> Iterator[PrivatePostgres]:
    """A cluster of one's own; gone at the end."""
    require("postgres")
    cluster = PrivatePostgres.create(new_folder("postgres"), fsync=fsync)
    try:
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePostgres]:
    """The cluster of this test run (no fsync). Create a database of your own; never stop it."""
    create = functools.partial(PrivatePostgres.create, fsync=False)
    with shared("postgres", run_root(tmp_path_factory), create) as cluster:
        assert isinstance(cluster, PrivatePostgres)
        yield cluster
