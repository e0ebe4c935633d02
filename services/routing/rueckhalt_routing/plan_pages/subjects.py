# SPDX-License-Identifier: EUPL-1.2
"""What a page about a plan is about: the plan that counts, or a draft."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request, url_for

from rueckhalt_routing.certificates import handlers as certificates
from rueckhalt_routing.certificates.domain import Gap, Standing
from rueckhalt_routing.drafts import handlers, publishing
from rueckhalt_routing.drafts.domain import Check, Light, PlanDraft, Reason, light_of
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


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A plan that can be looked at."""

    municipality: str
    text: Opened
    check: Check | None
    """What the proof has said when somebody asked; of a draft this is all there is."""
    standing: Standing | None = None
    """How the plan that counts stands by itself, proved anew at each change."""
    gaps: tuple[Gap, ...] = ()
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
        if self.standing is None:
            return light_of(self.check, now=database().clock())
        reasons = [Reason(f"standing.{code}") for code in self.standing.reasons]
        told = [Reason("standing.gap", {"de": g.hole.de, "en": g.hole.en}) for g in self.gaps]
        return Light(self.standing.light, (*reasons, *told))

    @property
    def proved(self) -> Proved | None:
        """The certificate in force, or the one of the last check; none where nothing holds."""
        known = self.standing.certificate if self.standing else None
        if known is not None and known.document is not None:
            document = json.loads(known.document)
            at, until = known.proved_at, known.valid_until
            return Proved(document=document, proved_at=at, valid_until=until)
        check = None if self.standing else self.check
        if check is None or check.certificate is None or check.valid_until is None:
            return None
        return Proved(
            document=check.certificate, proved_at=check.checked_at, valid_until=check.valid_until
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
    found = database().read(publishing.standing, municipality)
    if found is None:
        return None
    version, text, check = found
    return Subject(
        municipality=municipality,
        text=text,
        check=check,
        standing=database().read(certificates.standing, municipality),
        gaps=tuple(database().read(certificates.list_gaps, municipality)[0]),
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
    check = database().read(handlers.check_of, draft.municipality, text.hash)
    return Subject(municipality=draft.municipality, text=text, check=check, draft=draft)
