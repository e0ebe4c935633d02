# SPDX-License-Identifier: EUPL-1.2
"""What a page about a plan is about: the plan that counts, or a draft."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request, url_for

from rueckhalt_routing.certificates import handlers as certificates
from rueckhalt_routing.certificates.domain import TANGLED, Conclusion, Standing
from rueckhalt_routing.drafts import handlers, publishing
from rueckhalt_routing.drafts.domain import PlanDraft, Reason, sentences
from rueckhalt_routing.drafts.opening import Opened, opened
from rueckhalt_routing.drafts.showing import editor_of, municipality_of
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.handlers import Draft, Version
from rueckhalt_shared.web import Problem, caller, database


@dataclass(frozen=True, kw_only=True)
class Proved:
    """The newest certificate of a plan, as its document and its times."""

    document: Mapping[str, Any]
    proved_at: datetime
    valid_until: datetime


@dataclass(frozen=True)
class Light:
    """Green, amber or red, and why."""

    colour: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A plan that can be looked at."""

    municipality: str
    text: Opened
    standing: Standing
    """By the one proof: of the plan that counts made anew at each change, of a draft on request."""
    version: Version | None = None
    draft: PlanDraft | None = None

    @property
    def plan(self) -> Plan:
        """The plan itself; raises Problem where the text of a draft is none yet."""
        return self.readable.plan

    @property
    def readable(self) -> Draft:
        """What the proof takes; raises Problem like `plan`."""
        if self.text.draft is None:
            told = "The draft cannot be read as a plan yet; its page says where and why."
            raise Problem(409, "Not readable", told, kind="draft-unreadable")
        return self.text.draft

    @property
    def name(self) -> str:
        """What it is called."""
        if self.draft is not None:
            return self.draft.name
        return self.version.title if self.version else ""

    @property
    def light(self) -> Light:
        """How it stands."""
        reasons = [Reason(f"standing.{code}") for code in self.standing.reasons]
        return Light(self.standing.light, (*reasons, *_holes(self.said)))

    @property
    def said(self) -> Conclusion | None:
        """What the newest proof has said; none before the first."""
        return self.standing.conclusion

    @property
    def proved(self) -> Proved | None:
        """The certificate in force, or the one of the last check; none where nothing holds."""
        said = self.said
        if said is None or said.document is None or said.valid_until is None:
            return None
        return Proved(
            document=said.document, proved_at=said.proved_at, valid_until=said.valid_until
        )

    @property
    def is_inherited(self) -> bool:
        """Does a region above this municipality lend its plan?"""
        return self.version is not None and self.version.municipality != self.municipality

    def address(self, view: str, **values: Any) -> str:
        """The address of another page about the same plan."""
        if self.draft is not None:
            return url_for(f"plan_pages.{view}", draft_id=self.draft.id, **values)
        if wanted := request.args.get("municipality"):
            values["municipality"] = wanted
        return url_for(f"plan_pages.{view}", **values)

    @property
    def home(self) -> str:
        """The page of the draft, or of the plan."""
        if self.draft is not None:
            return url_for("drafts.show_draft", draft_id=self.draft.id)
        return self.address("show_plan")


def in_force() -> Subject | None:
    """The plan that counts for the municipality asked for; none where none does."""
    municipality = municipality_of(caller(), request.args.get("municipality", ""))
    found = database().read(publishing.in_force, municipality)
    if found is None:
        return None
    version, text = found
    return Subject(
        municipality=municipality,
        text=text,
        standing=database().read(certificates.standing, municipality),
        version=version,
    )


def subject(draft_id: UUID | None = None) -> Subject:
    """The plan that counts, or a draft; raises Problem or NoSuchDraft."""
    if draft_id is None:
        found = in_force()
        if found is None:
            raise Problem(404, "No plan", "No plan counts for this municipality.", kind="no-plan")
        return found
    draft = database().read(handlers.find, str(draft_id), editor_of(caller()))
    text = opened(draft.source)
    standing = database().read(handlers.standing, draft, text.hash)
    return Subject(municipality=draft.municipality, text=text, standing=standing, draft=draft)


def _holes(said: Conclusion | None) -> Iterator[Reason]:
    """The sentence of each hole, and of a plan that is too tangled to have any."""
    if said is None:
        return
    for each in said.of_code(TANGLED):
        yield Reason("standing.hole", sentences(each))
    for hole in said.holes:
        yield Reason("standing.hole", {"de": hole.de, "en": hole.en})
