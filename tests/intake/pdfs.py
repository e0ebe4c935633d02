# SPDX-License-Identifier: EUPL-1.2
"""PDF files to bring as evidence: sound ones, and ones that want to do harm."""

from collections.abc import Mapping

_CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
_LOOP = b"<</XObject<</A 5 0 R>>>>"


def letter(pages: int = 1, text: str = "Wir wissen, wo du wohnst") -> bytes:
    """A letter: on each page its number as a black bar, and the words."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(pages))
    objects = {
        1: _CATALOGUE,
        2: f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    for number in range(pages):
        bar = f"10 10 {20 * (number + 1)} 20 re f"
        words = f"BT /F 12 Tf 20 150 Td ({text} {number + 1}) Tj ET"
        objects[4 + 2 * number] = _page(5 + 2 * number, b"<</Font<</F 3 0 R>>>>", (200, 200))
        objects[5 + 2 * number] = _stream(f"{bar} {words}".encode())
    return _file(objects)


def page_loop() -> bytes:
    """Its list of pages holds itself."""
    objects = {
        1: _CATALOGUE,
        2: b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>",
        3: _page(4, _LOOP, (200, 200)),
        4: _stream(b"/A Do"),
        5: _form(_LOOP, b"/A Do"),
    }
    return _file(objects)


def endless() -> bytes:
    """A thousand million times the same square: small, and never done."""
    objects = {
        1: _CATALOGUE,
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: _page(4, _LOOP, (200, 200)),
        4: _stream(b"/A Do"),
    }
    for number in range(5, 14):
        inner = b"<</XObject<</A %d 0 R>>>>" % (number + 1)
        objects[number] = _form(inner, b"/A Do " * 10)
    objects[14] = _form(b"<<>>", b"0 0 100 100 re f")
    return _file(objects)


def huge() -> bytes:
    """A page of 14 million times 14 million points."""
    objects = {
        1: _CATALOGUE,
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: _page(4, b"<<>>", (14_400_000, 14_400_000)),
        4: _stream(b"0 0 9 9 re f"),
    }
    return _file(objects)


def locked() -> bytes:
    """It opens with a password only."""
    proof = b"<%s>" % (b"ab" * 32)
    told = b"<</Filter/Standard/V 1/R 2/P -4/O %s/U %s>>" % (proof, proof)
    return _file(
        {1: _CATALOGUE, 2: b"<</Type/Pages/Kids[]/Count 0>>", 3: told},
        more=b"/Encrypt 3 0 R/ID[<00><00>]",
    )


def _page(contents: int, resources: bytes, size: tuple[int, int]) -> bytes:
    told = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Resources%s>>"
    return told % (*size, contents, resources)


def _form(resources: bytes, content: bytes) -> bytes:
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Resources%s" % resources
    return _stream(content, head)


def _stream(content: bytes, head: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(content), content)


def _file(objects: Mapping[int, bytes], more: bytes = b"") -> bytes:
    written, places = b"%PDF-1.4\n", []
    for number, content in sorted(objects.items()):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        *(size, more, len(written)),
    )
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end
