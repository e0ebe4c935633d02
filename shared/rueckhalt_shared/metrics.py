# SPDX-License-Identifier: EUPL-1.2
"""`/metrics`: figures for Prometheus, read from the database when somebody asks.

Nothing is counted in the process, so restarts and several processes change no figure. Only from
this machine, or with the scope `metrics:read`.
"""

from ipaddress import ip_address

from flask import Blueprint, Response, current_app, request

from rueckhalt_shared.access import public, requires

blp = Blueprint("metrics", __name__)


@blp.get("/metrics")
@public("from this machine only; from elsewhere the scope metrics:read is checked inside")
def metrics() -> Response:
    """Figures of this service, for Prometheus."""
    return _figures() if _is_local() else _with_key()


@requires("metrics:read")
def _with_key() -> Response:
    return _figures()


def _is_local() -> bool:
    """Straight from this machine: what a proxy forwards comes from elsewhere."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _figures() -> Response:
    from rueckhalt_shared.figures import exposition  # noqa: PLC0415 - 0.1 s nobody may need

    rooms = current_app.extensions["rueckhalt"]
    text, media_type = exposition(rooms.database, rooms.service)
    return Response(text, content_type=media_type)
