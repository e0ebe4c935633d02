# SPDX-License-Identifier: EUPL-1.2
"""Use cases: see what waits, say what it is. A decision changes neither incident nor figure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rueckhalt_intake.incidents import erasing as incidents
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.waves import domain, store
from rueckhalt_intake.waves.domain import NoSuchReport, SetAside
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

_LOOKED_AT = 1000


@dataclass(frozen=True, kw_only=True)
class Looker:
    """Who looks through: where they may, and as whom."""

    municipalities: tuple[str, ...]
    mode: str
    who: str
    person: str | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A report that waits, with how many others of the same sender do."""

    report: SetAside
    incident: Incident
    same_sender: int


def list_waiting(tx: Transaction, looker: Looker, *, limit: int) -> list[Waiting]:
    """What nobody has looked at yet, oldest first; without what names the looker."""
    reports = store.waiting(tx, looker.municipalities, looker.mode, limit=_LOOKED_AT)
    seen = [(report, found) for report in reports if (found := _seen(tx, report, looker))]
    senders = Counter(incident.sender for _, incident in seen)
    return [
        Waiting(report=report, incident=found, same_sender=senders[found.sender] - 1)
        for report, found in seen[:limit]
    ]


def decide(tx: Transaction, ids: Sequence[str], looker: Looker, *, decision: str) -> int:
    """Say of these reports that they belong to a wave, or that they do not; answers how many
    were decided anew. Raises NoSuchReport, and then decides nothing."""
    wanted = sorted(set(ids))
    found = store.find(tx, wanted, looker.municipalities, looker.mode)
    if len(found) < len(wanted) or not all(_seen(tx, each, looker) for each in found.values()):
        raise NoSuchReport
    return sum(_decide(tx, found[each], looker, decision) for each in wanted)


def _decide(tx: Transaction, report: SetAside, looker: Looker, decision: str) -> bool:
    if not store.decide(tx, report.incident_id, state=decision, by=looker.who):
        return False
    act = "report.in_wave" if decision == domain.WAVE else "report.released"
    done = Act(
        municipality=report.municipality,
        who=looker.who,
        act=act,
        fields="case",
        why="case_work",
        incident=report.incident_id,
    )
    record(tx, done)
    return True


def _seen(tx: Transaction, report: SetAside, looker: Looker) -> Incident | None:
    """The incident, unless it names the looker: whoever is accused never learns of it here."""
    incident = incidents.whoever_asks(tx, report.incident_id)
    if incident is None or incidents.is_kept_from(tx, incident, looker.person):
        return None
    return incident
