# SPDX-License-Identifier: EUPL-1.2
"""Mails as people forward them, and as nobody should send them."""

HATE = (
    b"Received: from relay.example by mx.example; Mon, 23 Nov 2026 04:00:00 +0100\r\n"
    b"From: =?utf-8?q?Herr_X=C3=9F?= <x@hass.example>\r\nTo: amt@musterstadt.example\r\n"
    b"Date: Mon, 23 Nov 2026 03:59:58 +0100\r\nSubject: Wir kriegen dich\r\n"
    b"Message-ID: <hate@hass.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Ich wei\xc3\x9f, wo du wohnst.\r\n"
)


def forwarded(
    attached: bytes = HATE,
    *,
    to: str = "hilfe@musterstadt.example",
    number: int = 1,
    words: str = "Das kam heute früh. Bitte helfen Sie mir.",
    more: bytes = b"",
) -> bytes:
    """A mail with the hate mail attached, its bytes untouched, and a picture."""
    return (
        f"Delivered-To: {to}\r\nFrom: Erika Muster <erika@musterstadt.example>\r\nTo: {to}\r\n"
        f"Message-ID: <{number}@musterstadt.example>\r\n"
        "Date: Mon, 23 Nov 2026 08:00:00 +0100\r\nSubject: WG: Wir kriegen dich\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=grenze\r\n"
    ).encode() + (
        more + b"\r\n--grenze\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n" + words.encode() + b"\r\n"
        b"--grenze\r\nContent-Type: message/rfc822\r\n"
        b'Content-Disposition: attachment; filename="Wir kriegen dich.eml"\r\n\r\n'
        + attached
        + b"\r\n--grenze\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="bild.gif"\r\n\r\nR0lGODlhAQABAAAAADs=\r\n'
        b"--grenze--\r\n"
    )


def of_parts(count: int) -> bytes:
    """Ten thousand little parts, if somebody wants them."""
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nhallo\r\n"
    return (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"
    )


def nested(depth: int) -> bytes:
    """Parts in parts in parts."""
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return _HEAD + opened + b"\r\nganz innen\r\n"


_HEAD = b"From: a@b.example\r\nSubject: viel\r\nMIME-Version: 1.0\r\n"

HOSTILE = {
    "ten thousand parts": of_parts(10_000),
    "two thousand levels": nested(2_000),
    "mails in mails": (_HEAD + b"Content-Type: message/rfc822\r\n\r\n") * 2_000,
    "no end of the parts": of_parts(3)[:-9],
    "a part without headers": _HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx",
    "a boundary that is never used": _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nx",
    "no boundary": _HEAD + b"Content-Type: multipart/mixed\r\n\r\nx",
    "broken header words": b"From: =?utf-8?b?%%%?=\r\nSubject: =?klingon?q?a?=\r\n\r\nx",
    "a foreign character set": _HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe",
    "a slow character set": _HEAD
    + b"Content-Type: text/plain; charset=punycode\r\n\r\n"
    + b"a-" * 9999,
    "broken base64": _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!!!QUJD\xff=Q",
    "a million brackets": _HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 1_000_000,
    "bytes in the headers": b"From: \xff\xfe\x00\r\nSubject: \x80\x81\r\nX: \x00\r\n\r\n\x00\x01",
    "headers without an end": b"From: a@b.example\r\nSubject: x\r\n" + b"X: y\r\n" * 100_000,
    "one header of a megabyte": b"From: a@b.example\r\nSubject: " + b"a" * 1_000_000 + b"\r\n\r\nx",
    "a thousand semicolons": _HEAD
    + b'Content-Type: text/plain; a="'
    + b";" * 60_000
    + b'"\r\n\r\nx',
    "a name that climbs": _HEAD + b"Content-Type: application/zip\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fetc%2Fpasswd\r\n\r\nx",
    "a program": b"MZ\x90\x00" + bytes(range(256)) * 40,
    "an Outlook file": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4096),
    "nothing but a line break": b"\r\n",
}
