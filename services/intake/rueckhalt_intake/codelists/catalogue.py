# SPDX-License-Identifier: EUPL-1.2
"""The code lists as `GET /v1/codes` serves them, built once."""

import hashlib
import json
from functools import cache
from typing import Any

from rueckhalt_shared.contracts import codes

LISTS = (
    codes.FORMS,
    codes.OUTER_FORMS,
    codes.CHANNELS,
    codes.PLACES,
    codes.AFFECTED_GROUPS,
    codes.REPORTER_ROLES,
    codes.REPORTER_KINDS,
    codes.RELATIONS,
    codes.MOTIVES,
    codes.SEVERITIES,
    codes.DANGERS,
    codes.DANGER_LEVELS,
    codes.WISHES,
    codes.STATUSES,
    codes.CLOSE_REASONS,
    codes.URGENCIES,
    codes.ROLES,
    codes.MODES,
)


@cache
def catalogue() -> dict[str, Any]:
    """Every list with its labels in three languages, in its fixed order."""
    return {"lists": {each.name: [_entry(each, code) for code in each] for each in LISTS}}


@cache
def catalogue_text() -> str:
    """The catalogue as it is served."""
    return json.dumps(catalogue(), ensure_ascii=False)


@cache
def etag() -> str:
    """Changes exactly when a list changes."""
    return hashlib.sha256(catalogue_text().encode()).hexdigest()[:32]


def _entry(codelist: codes.CodeList, code: str) -> dict[str, Any]:
    label = {lang: codelist.label(code, lang) for lang in codes.LANGUAGES}
    entry: dict[str, Any] = {"code": code, "label": label}
    known = codelist[code]
    if isinstance(known, codes.Form):
        entry |= {"outer": known.outer, "severity": known.severity}
    return entry
