# SPDX-License-Identifier: EUPL-1.2
"""Every byte an installation keeps or says, and which words are in it, however they are spelled."""

import base64
import json
import quopri
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.flows.mail_sink import MailSink
from tests.flows.system import SERVICES, Installation
from tests.servers import PrivatePostgres

Words = dict[str, str]


def spellings(word: str) -> set[bytes]:
    """A word as different programs write it."""
    raw = word.encode()
    found = {
        raw,
        word.encode("latin-1", "ignore"),
        word.encode("utf-16-le"),
        json.dumps(word)[1:-1].encode(),
        quote(word).encode(),
        quopri.encodestring(raw),
        raw.hex().encode(),
    }
    return (found | {_inner_base64(raw, shift) for shift in range(3)}) - {b""}


def _inner_base64(raw: bytes, shift: int) -> bytes:
    """What is the same of its base64 whatever stands around it."""
    code = base64.b64encode(bytes(shift) + raw)
    return code[4 if shift else 0 : (shift + len(raw)) // 3 * 4]


def hits(where: dict[str, bytes], words: Words) -> list[tuple[str, str]]:
    """Which place holds which word."""
    return sorted(
        (place, name)
        for name, word in words.items()
        for spelled in [spellings(word)]
        for place, raw in where.items()
        if any(each in raw for each in spelled)
    )


def everything(town: Installation, sink: MailSink) -> dict[str, bytes]:
    """Files, dumps of tables, logs, mails, metrics; the places are named `what/which`."""
    found = dict(files(town.folder))
    found |= {f"mail/{n}": raw for n, raw in enumerate(letters(sink))}
    for service in SERVICES:
        for path in ("/metrics", "/readyz"):
            found[f"said/{service}{path}"] = town.api("GET", service, path).content
    for name, url in town.database_urls.items():
        found |= dumped(name, url)
    return found


def files(folder: Path, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """Every file below a folder; one that goes meanwhile is gone."""
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                yield f"{prefix}{path.relative_to(folder)}", path.read_bytes()
        except FileNotFoundError:
            continue


def letters(sink: MailSink) -> Iterator[bytes]:
    """Each mail as it came, and what a reader sees of it."""
    for mail in sink.mails():
        seen = [str(value) for value in mail.values()]
        seen += [part.get_content() for part in mail.walk() if not part.is_multipart()]
        yield mail.as_bytes() + "\n".join(seen).encode()


def dumped(name: str, url: str) -> dict[str, bytes]:
    """Every row of every table of a PostgreSQL database, as text."""
    listed = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    with psycopg.connect(url, options="-c rueckhalt.reach=*") as connection:
        tables = [row[0] for row in connection.execute(listed)]
        return {
            f"table/{name} {table}": repr(
                connection.execute(f"SELECT * FROM {table}").fetchall()
            ).encode()
            for table in tables
        }


def server_files(cluster: PrivatePostgres, urls: dict[str, str]) -> dict[str, bytes]:
    """All of PostgreSQL's folder, write-ahead log and server log included, after a checkpoint."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        rows = connection.execute("SELECT datname, oid FROM pg_database").fetchall()
    names = {url.rpartition("/")[2]: service for service, url in urls.items()}
    folders = {f"data/base/{oid}/": names.get(name, name) for name, oid in rows}
    found = {}
    for place, raw in files(cluster.base):
        owner = next((n for folder, n in folders.items() if place.startswith(folder)), "")
        found[f"postgres/{owner}/{Path(place).name}" if owner else f"postgres/{place}"] = raw
    return found
