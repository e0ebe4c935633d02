# SPDX-License-Identifier: EUPL-1.2
"""The content pack: three languages, a source and a day for each step, a card for each form."""

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from rueckhalt_intake.guidance import handlers
from rueckhalt_intake.guidance.domain import LANGUAGES, MOST_STEPS, PHASES, Card, Step
from rueckhalt_intake.guidance.reading import BadPack, pack_of
from rueckhalt_shared.contracts.codes import (
    AFFECTED_GROUPS,
    FORMS,
    PLACES,
    RELATIONS,
    REPORTER_ROLES,
)

FOLDER = files("rueckhalt_intake") / "content" / "karten"
SITUATIONS = 21
AGG, BY_CITIZENS = "discrimination", "diskriminierung-buerger"
BY_COLLEAGUES = "diskriminierung-kollegen"
CARDS = handlers.pack().cards
# Statements nobody has checked yet: none of them may stand on a card as a fact.
UNCHECKED = (r"§ 201\b(?!a)", r"12 Monate", r"5 Jahre", r"BGH", r"ECRI", r"GewSchG", r"HinSchG")
LAW = re.compile(r"§|strafbar|Strafantrag|verfolgt|Frist von|versichert|Verlangen Sie eine schrift")


def told() -> dict[str, Any]:
    """The files of the pack, every scalar as text."""
    loader = yaml.BaseLoader
    return {
        file.name.removesuffix(".yaml"): yaml.load(file.read_text("utf-8"), loader)
        for file in FOLDER.iterdir()
    }


def steps() -> Iterator[Step]:
    """All steps of all cards."""
    yield from handlers.pack().beginning
    for card in CARDS:
        for each in card.phases.values():
            yield from each
        for listed in card.evidence:
            yield from listed.steps


def words_a_sentence(text: str) -> float:
    """How many words a sentence has on average; a middle dot only shows where words join."""
    sentences = [each for each in re.split(r"[.!?:]+(?:\s|$)", text.replace("·", "")) if each]
    return len(re.findall(r"\w+", text.replace("·", ""))) / max(1, len(sentences))


def test_there_is_a_card_for_every_situation_and_every_form() -> None:
    covered = {form for card in CARDS for form in card.forms}

    assert len(CARDS) == SITUATIONS
    assert [card.code for card in CARDS] == [f"{n:02}" for n in range(1, SITUATIONS + 1)]
    assert covered == set(FORMS) - {"unknown"}
    assert all(handlers.cards_for([form]) for form in covered)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_has_its_phases_with_at_most_seven_steps(card: Card) -> None:
    assert tuple(card.phases) == PHASES
    assert all(1 <= len(each) <= MOST_STEPS for each in card.phases.values())
    assert all(each.steps for each in card.evidence)
    assert card.stand <= date(2026, 12, 31)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_what_narrows_a_card_are_codes_there_are(card: Card) -> None:
    assert set(card.forms) <= set(FORMS)
    assert set(card.roles) <= set(REPORTER_ROLES)
    assert set(card.relations) <= set(RELATIONS)
    assert set(card.places) <= set(PLACES)
    assert set(card.groups) <= set(AFFECTED_GROUPS)


def test_every_text_is_there_in_each_language_and_says_something_of_its_own() -> None:
    for step in steps():
        assert set(step.text) == set(LANGUAGES)
        assert step.text["de"] != step.text["en"]
    for card in CARDS:
        assert {len(each) for each in (card.titles, card.lead)} == {len(LANGUAGES)}


def test_every_step_has_a_source_and_a_law_has_the_day_that_was_read() -> None:
    for step in steps():
        assert step.source.title["de"]
        assert date(2022, 3, 26) <= step.source.stand <= date(2026, 11, 22)
        assert step.source.is_own or step.source.is_law or step.source.title["de"] != ""
        assert not step.source.url or step.source.url.startswith("https://")


def test_what_sounds_like_law_has_a_law_as_its_source() -> None:
    loose = {step.id for step in steps() if LAW.search(step.text["de"]) and step.source.is_own}

    assert loose == set()


def test_nothing_unchecked_stands_on_a_card() -> None:
    texts = [text for step in steps() for text in (*step.text.values(), step.source.title["de"])]

    assert [t for t in texts for pattern in UNCHECKED if re.search(pattern, t)] == []


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_einfache_sprache_has_short_sentences(card: Card) -> None:
    texts = [step.text["einfach"] for each in card.phases.values() for step in each]

    assert words_a_sentence(" ".join([card.lead["einfach"], *texts])) <= 10
    assert all(words_a_sentence(text) <= 15 for text in texts)


def test_every_card_begins_with_safety_and_ends_in_no_hurry() -> None:
    beginning = [step.id for step in handlers.pack().beginning]

    assert beginning == [
        "in_sicherheit",
        "nicht_schuld",
        "erst_sichern",
        "gedaechtnis",
        "eine_person",
        "anzeige_spaeter",
        "gehen_duerfen",
    ]
    assert "110" in handlers.pack().beginning[0].text["de"]
    assert "Sie dürfen gehen." in handlers.pack().beginning[-1].text["de"]


@pytest.mark.parametrize(
    ("asked", "first", "also", "never"),
    [
        ({"forms": ["threat"]}, "bedrohung", "vor-termin", "zeugin"),
        ({"forms": ["threat"], "place": "online"}, "bedrohung", "hassmail", "vor-termin"),
        ({"forms": [AGG], "relation": "colleague"}, BY_COLLEAGUES, None, BY_CITIZENS),
        ({"forms": [AGG], "relation": "unknown"}, BY_CITIZENS, BY_COLLEAGUES, None),
        ({"forms": ["assault"], "role": "witness"}, "angriff", "zeugin", "fuehrungskraft"),
        ({"forms": ["trespass"], "place": "meeting"}, "sitzung", "beleidigung", None),
        ({"forms": [], "role": "supervisor"}, "fuehrungskraft", None, "zeugin"),
        ({"forms": ["doxxing"], "groups": ["family"]}, "doxxing", "familie", None),
    ],
)
def test_the_cards_of_a_case_begin_with_what_it_is_about(
    asked: dict[str, Any], first: str, also: str | None, never: str | None
) -> None:
    found = [card.name for card in handlers.cards_for(**asked)]

    assert found[0] == first
    assert also is None or also in found
    assert never not in found
    assert len(found) == len(set(found))


def test_nothing_known_is_no_card() -> None:
    assert handlers.cards_for([]) == ()
    assert handlers.cards_for(["unknown"]) == ()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda t: t["schritte"]["abstand"].pop("einfach"), "schritte.yaml, abstand: no text"),
        (lambda t: t["schritte"]["abstand"].update(quelle="x"), "quelle must be one of"),
        (lambda t: t["quellen"]["uvb"].update(stand="neulich"), "quellen.yaml, uvb: stand"),
        (lambda t: t["quellen"]["uvb"].update(art="gerücht"), "art must be"),
        (lambda t: t["06-doxxing"]["phasen"].pop("danach"), "06-doxxing.yaml: phasen"),
        (lambda t: t["06-doxxing"]["phasen"].update(danach=["x"]), "no such step: x"),
        (lambda t: t["06-doxxing"]["phasen"].update(danach=[]), "1 to 7 different steps"),
        (lambda t: t["06-doxxing"].update(evidence=["x"]), "no such list of evidence: x"),
    ],
)
def test_a_faulty_pack_is_refused_with_its_place(spoil: Any, said: str) -> None:
    files = told()
    spoil(files)

    with pytest.raises(BadPack, match=re.escape(said)):
        pack_of(files)


def test_the_list_leads_to_every_card(client: FlaskClient) -> None:
    page = client.get("/cards?lang=de").text

    assert [card.code for card in CARDS if f'href="/cards/{card.code}"' not in page] == []
    assert all(FORMS.label(form, "de") in page for form in FORMS if form != "unknown")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("card", CARDS[::4], ids=lambda card: card.name)
def test_a_card_shows_steps_sources_and_help_and_says_it_is_no_legal_advice(
    client: FlaskClient, card: Card, language: str
) -> None:
    answer = client.get(f"{card.path}?lang={language}")

    title = re.search(r"<title>([^<]*)", answer.text)
    assert title is not None
    assert "Informati" in title[1]
    boxes = len(re.findall(r'type="checkbox"[^>]*autocomplete="off"', answer.text))
    listed = [*card.phases.values(), *(each.steps for each in card.evidence)]
    assert boxes == len(handlers.pack().beginning) + sum(len(each) for each in listed)
    assert 'href="tel:110"' in answer.text
    assert {"de": "Rechtsberatung", "en": "legal advice"}.get(language, "Rechts·") in answer.text
    assert "26.03.2022" in answer.text or "2022-03-26" in answer.text
    assert "<form" not in answer.text


def test_an_unknown_card_is_not_found(client: FlaskClient) -> None:
    assert client.get("/cards/99").status_code == 404
    assert client.get("/cards/doxxing").status_code == 404
