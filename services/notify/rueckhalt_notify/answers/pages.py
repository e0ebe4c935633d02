# SPDX-License-Identifier: EUPL-1.2
"""`/n/<token>`: GET shows, POST acts, because mail scanners fetch every link they see.

No content of an incident is shown, and nothing here needs a script.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_notify.answers import handlers
from rueckhalt_notify.answers.domain import VERBS, Sight
from rueckhalt_notify.answers.handlers import LinkGone
from rueckhalt_shared.pages import csrf
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import database, public

blp = Blueprint("answers", __name__, url_prefix="/n", template_folder="html")
_WHOSE = "the token alone leads to its notice, in whatever municipality"
_LOOKS = 10  # how often the page looks for a result by itself
_LONGEST = 100


@blp.get("/<token>")
@public("the single-use token in the address is the right to answer", whole_house=_WHOSE)
def show_question(token: str) -> AnyResponse:
    """The question with its two buttons. Fetching it changes nothing."""
    return _page(_look(token))


@blp.post("/<token>")
@csrf.exempt("whoever knows the token in the address may answer, also without cookies")
@public("the single-use token in the address is the right to answer", whole_house=_WHOSE)
def answer_question(token: str) -> AnyResponse:
    """Take the answer, then show what happens next."""
    verb = request.form.get("verb", "")
    if verb not in VERBS:
        sight = _look(token)
        return _page(sight, status=422 if sight in (Sight.OPEN, Sight.DRILL) else 404, unclear=True)
    try:
        if len(token) > _LONGEST:
            raise LinkGone
        database().run(handlers.answer, token, verb)
    except LinkGone:
        return _page(Sight.GONE)
    return redirect(url_for("answers.show_result", token=token), 303)


@blp.get("/<token>/result")
@public("the single-use token in the address was the right to answer", whole_house=_WHOSE)
def show_result(token: str) -> AnyResponse:
    """What became of the answer; looks again by itself for a while, without a script."""
    sight = Sight.GONE
    if len(token) <= _LONGEST:
        sight = database().read(handlers.result, token)
    response = _page(sight)
    looks = request.args.get("looks", "0")
    done = int(looks) if looks.isascii() and looks.isdigit() and len(looks) < 3 else _LOOKS
    if sight is Sight.RECORDED and done < _LOOKS:
        again = url_for("answers.show_result", token=token, looks=done + 1, lang=language())
        response.headers["Refresh"] = f"2; url={again}"
    return response


def _look(token: str) -> Sight:
    if len(token) > _LONGEST:
        return Sight.GONE
    return database().read(handlers.look, token)


def _page(sight: Sight, *, status: int = 0, unclear: bool = False) -> Response:
    page = render_template("notify/answer.html", sight=sight.value, unclear=unclear)
    response = make_response(page, status or (404 if sight is Sight.GONE else 200))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
