# SPDX-License-Identifier: EUPL-1.2
"""A secret of one service that must last: given by the operator or made once in the data folder."""

import base64
import binascii
import os
import secrets
from pathlib import Path

from rueckhalt_shared.settings import BadSettings

_SIZE = 32


def lasting_key(given: str, path: Path, *, name: str) -> bytes:
    """32 bytes: from the setting `name`, else from the file, made (0600) where there is none.

    Raises BadSettings for a text that is no key.
    """
    text = given or _kept_in(path)
    try:
        raw = (
            bytes.fromhex(text) if len(text) == 2 * _SIZE else base64.b64decode(text, validate=True)
        )
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != _SIZE:
        raise BadSettings([f"{name}: must be 32 bytes as base64 or as 64 hexadecimal digits"])
    return raw


def _kept_in(path: Path) -> str:
    if not path.exists():
        _make(path)
    return path.read_text("ascii").strip()


def _make(path: Path) -> None:
    """Whole or not at all, and never over a key that another process has just made."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, secrets.token_hex(_SIZE).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # another process was faster; its key counts
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # what is sealed with it must not outlive it
    finally:
        os.close(folder)
