# SPDX-License-Identifier: EUPL-1.2
"""Write the secrets docker-compose.yml needs: random, one file each, never overwritten.

    python3 deploy/compose/prepare.py [--services intake,notify] [--folder secrets]

Say which services you deploy: a queue nobody empties would fill up and hold back its publishers.
Standard library only. The files belong to user 10001, who reads them in the containers; as an
ordinary user they stay yours, and the containers cannot read them (you are told).
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

SERVICES = ("intake", "routing", "notify", "reporting")
DATABASES = (*SERVICES, "identity")
OWNER = 10001
_RABBITMQ = Path(__file__).resolve().parents[1] / "rabbitmq"


def main(arguments: list[str] | None = None) -> int:
    """Write what is missing; 0 when all is there and readable for the containers, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("secrets"))
    parser.add_argument("--services", type=_services, default=SERVICES, help="default: all four")
    parser.add_argument("--database", default="database:5432")
    parser.add_argument("--broker", default="broker:5672")
    parser.add_argument("--smtp-password", default="", help="left out: an empty file")
    parser.add_argument(
        "--smtp-authorities", type=Path, help="PEM file of your own authority (mail server's)"
    )
    asked = parser.parse_args(arguments)
    authorities = asked.smtp_authorities.read_text("utf-8") if asked.smtp_authorities else ""
    # Only root enters: the engine mounts each file by itself, and some of them others may read.
    asked.folder.mkdir(mode=0o700, exist_ok=True)
    asked.folder.chmod(0o700)
    younger = {"smtp_authorities": authorities, "notify_kek": _master_key()}
    younger |= {f"{name}_tombstone_key": secrets.token_hex(32) for name in SERVICES}
    for name, text in younger.items():  # an installation of an older version does not have them
        if not (asked.folder / name).exists():
            _write(asked.folder / name, text)
    if (asked.folder / "postgres_init").exists():
        sys.stderr.write(f"{asked.folder} holds secrets already; none of them was changed.\n")
        return 0
    texts = contents(
        asked.database, asked.broker, smtp_password=asked.smtp_password, services=asked.services
    )
    for name, text in texts.items():
        _write(asked.folder / name, text)
    if os.geteuid() != 0:
        sys.stderr.write(f"Run as root, or: chown {OWNER} {asked.folder}/*\n")
        return 1
    return 0


def _services(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(SERVICES):
        raise argparse.ArgumentTypeError(f"some of {','.join(SERVICES)}, with commas")
    return names


def contents(
    database: str, broker: str, *, smtp_password: str, services: tuple[str, ...]
) -> dict[str, str]:
    """Every file with its text. Passwords are URL-safe, so they need no quoting anywhere."""
    roles = {name: secrets.token_urlsafe(24) for name in DATABASES}
    users = {name: secrets.token_urlsafe(24) for name in SERVICES}
    files = {
        "postgres_password": secrets.token_urlsafe(24),
        "postgres_init": "".join(_role(name, password) for name, password in roles.items()),
        "rabbitmq_definitions": json.dumps(_definitions(users, services), indent=1),
        "identity_url": f"postgresql://identity:{roles['identity']}@{database}/identity",
        "intake_kek": _master_key(),
        "smtp_password": smtp_password,
    }
    for name in SERVICES:
        files[f"{name}_database_url"] = f"postgresql://{name}:{roles[name]}@{database}/{name}"
        files[f"{name}_bus_url"] = f"amqp://rueckhalt-{name}:{users[name]}@{broker}/rueckhalt"
    return files


def _master_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _role(name: str, password: str) -> str:
    # Ordinary roles: row-level security does not hold for a superuser.
    return (
        f"CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{password}';\n"
        f"CREATE DATABASE {name} OWNER {name};\n"
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;\n"
    )


def _definitions(passwords: dict[str, str], services: tuple[str, ...]) -> dict[str, object]:
    """The committed topology and rights, with this installation's queues and password hashes.

    A service that is added later declares its own queues; its user is there already.
    """
    topology = json.loads((_RABBITMQ / "definitions.json").read_text("utf-8"))
    owners = {*services, "rk"}
    for kind, named in (("queues", "name"), ("bindings", "destination")):
        topology[kind] = [e for e in topology[kind] if e[named].partition(".")[0] in owners]
    rights = json.loads((_RABBITMQ / "users.json").read_text("utf-8"))
    for user in rights["users"]:
        user["password_hash"] = _hash(passwords[user["name"].removeprefix("rueckhalt-")])
    merged: dict[str, object] = topology | rights
    return merged


def _hash(password: str) -> str:
    salt = secrets.token_bytes(4)  # RabbitMQ's format: base64(salt + SHA-256(salt + password))
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o400)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    # The servers' own files are read by their images' users, who are no user 10001.
    if path.name in ("postgres_init", "postgres_password", "rabbitmq_definitions"):
        path.chmod(0o444)
    elif os.geteuid() == 0:
        os.chown(path, OWNER, OWNER)


if __name__ == "__main__":
    sys.exit(main())
