# SPDX-License-Identifier: EUPL-1.2
"""Files to bring as evidence, and one that lies with an incident already."""

import io
import struct
import zlib

from PIL import Image

from rueckhalt_intake.evidence import handlers
from rueckhalt_intake.evidence.receiving import made
from rueckhalt_intake.evidence.sealing import SealingFile
from rueckhalt_intake.incidents import erasing
from rueckhalt_shared.database import Database

PLACE = "Kanarienweg 7, Musterstadt"  # in the metadata of the picture below
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MAIL = (
    b"Received: from relay.example by mx.example; Mon, 23 Nov 2026 04:00:00 +0100\r\n"
    b"From: =?utf-8?q?Herr_X=C3=9F?= <x@hass.example>\r\nTo: amt@musterstadt.example\r\n"
    b"Date: Mon, 23 Nov 2026 03:59:58 +0100\r\nSubject: Wir kriegen dich\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Ich wei\xc3\x9f, wo du wohnst. <script>alert(1)</script>\r\n"
    b"--b\r\nContent-Type: application/zip\r\n"
    b'Content-Disposition: attachment; filename="../../liste.zip"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nUEsDBA==\r\n--b--\r\n"
)


def photo(edge: int = 640) -> bytes:
    """A picture with a place in its metadata."""
    exif = Image.Exif()
    exif[0x010E] = PLACE
    written = io.BytesIO()
    Image.linear_gradient("L").resize((edge, edge)).convert("RGB").save(
        written, "JPEG", exif=exif.tobytes()
    )
    return written.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 2.5 thousand million points."""

    def part(kind: bytes, content: bytes) -> bytes:
        summed = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + summed

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    pieces = part(b"IHDR", head), part(b"IDAT", zlib.compress(b"\0" * 1000)), part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


def filed(
    database: Database, incident_id: str, content: bytes = b"Notiz", name: str = "notiz.txt"
) -> str:
    """A file of an incident, as if the reporter had brought it; answers its id."""
    incident = database.read(erasing.whoever_asks, incident_id)
    assert incident is not None
    sealed = SealingFile(database.context["vault"], incident_id, most=10_000_000)
    sealed.write(content)
    sealed.seek(0)
    arrived = made(sealed, name, source="reporter", is_scanned=False, now=database.clock())
    database.run(handlers.receive, incident, [arrived], who="reporter")
    sealed.close()
    return arrived.attachment.id
