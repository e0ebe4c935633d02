# SPDX-License-Identifier: EUPL-1.2
"""A mail server that knows just enough IMAP to be read by TLS, and can be told to misbehave."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "hilfe@musterstadt.example", "geheim genug"
_DATE = "23-Nov-2026 08:00:01 +0100"


@dataclass
class MailServer:
    """Mails by folder; a flagged one is seen."""

    port: int = 0
    authorities: str = ""
    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    seen: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    dies_at: str = ""  # a command it hangs up at
    can_move: bool = True

    def deliver(self, *mails: bytes) -> None:
        inbox = self.folders["INBOX"]
        for raw in mails:
            inbox[max([0, *(n for folder in self.folders.values() for n in folder)]) + 1] = raw


@contextmanager
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    """One that listens on this machine until the end of the block."""
    server = MailServer()
    context, server.authorities = _certified(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, listening, context), daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5.0)


def _serve(server: MailServer, listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        plain.settimeout(10.0)
        try:
            with context.wrap_socket(plain, server_side=True) as line:
                _talk(server, line)
        except (OSError, ssl.SSLError):
            plain.close()


def _talk(server: MailServer, line: ssl.SSLSocket) -> None:
    told, box = line.makefile("rb"), "INBOX"
    line.sendall(b"* OK ready\r\n")
    while raw := told.readline():
        tag, _, rest = raw.decode().strip().partition(" ")
        words = rest.replace("UID ", "").split(" ", 1)
        command, more = words[0].upper(), words[1] if len(words) > 1 else ""
        server.asked.append(command)
        if command == server.dies_at:
            return
        if command == "SELECT":
            box = more.strip('"')
        for answer in _answers(server, box, command, more):
            line.sendall(answer)
        wrong = command == "LOGIN" and more != f'"{USER}" "{PASSWORD}"'
        line.sendall(f"{tag} {'NO' if wrong else 'OK'} done\r\n".encode())
        if command == "LOGOUT":
            return


def _answers(server: MailServer, box: str, command: str, more: str) -> Iterator[bytes]:
    inbox = server.folders.get(box, {})
    if command == "SELECT":
        yield f"* {len(inbox)} EXISTS\r\n".encode()
    elif command == "SEARCH":
        found = [n for n in sorted(inbox) if "UNSEEN" not in more or n not in server.seen]
        yield f"* SEARCH {' '.join(map(str, found))}\r\n".encode()
    elif command == "FETCH":
        yield from _fetched(inbox, more)
    elif command in _CHANGES:
        _CHANGES[command](server, inbox, more)
    else:
        yield from _about(server, command, more)


def _about(server: MailServer, command: str, more: str) -> Iterator[bytes]:
    if command == "CAPABILITY":
        yield b"* CAPABILITY IMAP4rev1" + (b" MOVE" if server.can_move else b"") + b"\r\n"
    elif command == "LIST":
        wanted = more.rpartition(" ")[2].strip('"')
        for name in server.folders:
            if wanted in (name, "*"):
                yield f'* LIST () "/" "{name}"\r\n'.encode()
    elif command == "LOGOUT":
        yield b"* BYE\r\n"


def _create(server: MailServer, _: dict[int, bytes], more: str) -> None:
    server.folders[more.strip('"')] = {}


def _copy(server: MailServer, inbox: dict[int, bytes], more: str) -> None:
    number, _, target = more.partition(" ")
    server.folders[target.strip('"')][int(number)] = inbox[int(number)]


def _move(server: MailServer, inbox: dict[int, bytes], more: str) -> None:
    _copy(server, inbox, more)
    del inbox[int(more.split(maxsplit=1)[0])]


def _store(server: MailServer, _: dict[int, bytes], more: str) -> None:
    server.seen.add(int(more.split(maxsplit=1)[0]))


def _expunge(server: MailServer, inbox: dict[int, bytes], _: str) -> None:
    for number in server.seen & set(inbox):
        del inbox[number]


_CHANGES = {
    "CREATE": _create,
    "COPY": _copy,
    "MOVE": _move,
    "STORE": _store,
    "EXPUNGE": _expunge,
}


def _fetched(inbox: dict[int, bytes], more: str) -> Iterator[bytes]:
    number = int(more.split(maxsplit=1)[0])
    if number not in inbox:
        return
    raw, part = inbox[number], re.search(r"<0\.(\d+)>", more)
    sent = raw[: int(part[1])] if part else raw
    about = f'UID {number} RFC822.SIZE {len(raw)} INTERNALDATE "{_DATE}" BODY[]'
    about += "<0>" if part else ""
    yield f"* {number} FETCH ({about} {{{len(sent)}}}\r\n".encode() + sent + b")\r\n"


def _certified(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A certificate for this machine, and the file of whoever trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = tmp_path / "server.pem", tmp_path / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return context, str(certificate)
