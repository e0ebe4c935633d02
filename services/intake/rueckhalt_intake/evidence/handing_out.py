# SPDX-License-Identifier: EUPL-1.2
"""The original of a file as a download that no browser opens by itself."""

from flask import Response

from rueckhalt_intake.evidence import showing
from rueckhalt_intake.evidence.domain import Attachment
from rueckhalt_intake.vault.pool import IncidentKey

_POLICY = "sandbox; default-src 'none'"


def handed_out(attachment: Attachment, *, by: IncidentKey | None = None) -> Response:
    """The bytes as they came in, of a strict report `by` its key; raises Tampered."""
    reader = showing.opener()
    name = reader.label(attachment, by=by).name
    answer = Response(reader.content(attachment, by=by), mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
