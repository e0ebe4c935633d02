# SPDX-License-Identifier: EUPL-1.2
"""The certificate in plain sentences, with what it takes for granted."""

from collections.abc import Iterator

from rueckhalt_routing.proving.concluding import Proof
from rueckhalt_routing.proving.told import clock, lasting


def standing(proof: Proof, language: str) -> Iterator[str]:
    """What is proved until when, or that nothing is."""
    german = language == "de"
    if proof.certificate is None:
        yield "Kein Nachweis." if german else "Nothing is proved."
        return
    until = clock(proof.until, proof.reach.zone, language)
    whole = proof.until == proof.reach.within[1]
    if german:
        yield (
            f"Nachgewiesen: für jeden Vorfall, zu jeder Stunde, ist jemand zuständig und "
            f"erreichbar. Gültig bis {until}{'' if whole else ' (dann fehlt jemand, siehe oben)'}."
        )
    else:
        yield (
            f"Proved: for every incident, at every hour, somebody is responsible and reachable. "
            f"Valid until {until}{'' if whole else ' (then somebody is missing, see above)'}."
        )
    worst = proof.certificate["worst_by_urgency"]
    for urgency in sorted(worst):
        first, second = (_wait(worst[urgency][count], language) for count in ("1", "2"))
        if german:
            said = f"spätestens nach {first} weiß es ein Mensch, nach {second} ein zweiter"
            yield f"  {urgency}: {said}."
        else:
            yield f"  {urgency}: a human knows within {first}, a second one within {second}."
    for urgency, waits in sorted(proof.certificate["worst_in_conflict"].items()):
        if waits["2"] == worst.get(urgency, waits)["2"]:
            continue
        if waits["2"] is None:
            yield (
                f"  {urgency} bei Befangenheit: es bleibt bei einer Person."
                if german
                else f"  {urgency} in a conflict of interest: it stays with one person."
            )
            continue
        second = _wait(waits["2"], language)
        yield (
            f"  {urgency} bei Befangenheit: ein zweiter nach {second}."
            if german
            else f"  {urgency} in a conflict of interest: a second one within {second}."
        )
    yield (
        "Angenommen: Kontakte stimmen, Post und Netz gehen, Abwesenheiten stehen im Plan."
        if german
        else "Assumed: contacts are right, mail and network work, absences stand in the plan."
    )


def _wait(seconds: int | None, language: str) -> str:
    if seconds is None:
        return "unbegrenzter Zeit" if language == "de" else "no limit of time"
    return lasting(seconds)
