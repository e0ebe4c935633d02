# SPDX-License-Identifier: EUPL-1.2
"""PDF as pictures of its pages, drawn behind walls; without walls there is no view at all."""

import io
import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from rueckhalt_intake.evidence import leafing, store
from rueckhalt_intake.evidence.domain import NotShown
from rueckhalt_intake.evidence.sandbox import NoSandbox, Sandbox
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake import filing, pdfs
from tests.intake.staff import Person, assigned, deliver, signed_in
from tests.intake.town import ANNA
from tests.intake.visitor import Visitor

WALLS = Path("/usr/bin/bwrap")
needs_programs = [pytest.mark.sandbox, pytest.mark.pdf]


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


@pytest.fixture
def anna(app: Flask, keys: KeyStore, visitor: Visitor, worker: Worker, database: Database) -> Any:
    """The responsible person of a case."""
    visitor.report()
    deliver(worker, assigned(str(rows(database, incidents.incidents)[0]["id"]), ANNA))
    return signed_in(app.test_client(), keys, "anna", ANNA)


@pytest.fixture
def brought(anna: Person, database: Database) -> Callable[[bytes], tuple[str, str]]:
    """A PDF of that case: the page of the files, and its own."""

    def bring(content: bytes) -> tuple[str, str]:
        number = str(rows(database, incidents.incidents)[0]["id"])
        file = filing.filed(database, number, content, "brief.pdf")
        here = f"/desk/{number}/evidence"
        return here, f"{here}/{file}"

    return bring


def pictures(page: str) -> list[Image.Image]:
    """The pictures of a page, opened."""
    found = re.findall(r"image/jpeg;base64,([^\"]+)", page)
    return [Image.open(io.BytesIO(b64decode(each))) for each in found]


def bar(picture: Image.Image) -> int:
    """How long the black bar at the bottom of a page is, in twentieths of 200 points."""
    line = picture.convert("L").crop(
        (0, int(picture.height * 0.86), picture.width, int(picture.height * 0.94))
    )
    dark = [x for x in range(line.width) if line.getpixel((x, line.height // 2)) < 80]  # type: ignore[operator]
    return round(len(dark) / picture.width * 10)


class TestBehindWalls:
    pytestmark = needs_programs

    def test_pages_come_blurred_first_and_each_look_is_on_record(
        self, anna: Person, brought: Any, database: Database
    ) -> None:
        here, file = brought(pdfs.letter(2))

        blurred, clear = (anna.send(here, f"{file}{way}").text for way in ("", "/clear"))

        seen = pictures(clear)
        assert [each.size for each in pictures(blurred)] == [(320, 320), (320, 320)]
        assert [each.size for each in seen] == [(1600, 1600), (1600, 1600)]
        assert [bar(each) for each in seen] == [1, 2]
        assert "Seite 1 bis 2 von 2" in blurred
        assert "Seiten deutlich zeigen" in blurred
        assert "Seiten deutlich zeigen" not in clear
        assert [each["act"] for each in rows(database, store.custody)] == [
            *("received", "viewed", "unblurred"),
        ]
        acts = [str(each["body"]) for each in rows(database, audit.audit_rows)]
        assert sum('"act":"evidence.viewed"' in each for each in acts) == 2

    def test_words_without_a_font_of_their_own_are_drawn_too(
        self, anna: Person, brought: Any
    ) -> None:
        here, file = brought(pdfs.letter())

        seen = pictures(anna.send(here, f"{file}/clear").text)[0].convert("L")

        words = seen.crop((0, 300, 1600, 420))
        assert min(words.getextrema()) < 80  # type: ignore[type-var]

    def test_a_long_one_says_how_many_of_how_many_and_goes_on(
        self, anna: Person, brought: Any
    ) -> None:
        here, file = brought(pdfs.letter(8))
        view = f"{file}/clear"

        front = anna.send(here, view).text
        rest = anna.send(here, view, first="7").text
        beyond = anna.send(here, view, first="9999").text
        senseless = anna.send(here, view, first="-1 OR 1").text

        assert "Seite 1 bis 6 von 8" in front
        assert "Seiten ab 7 ansehen" in front
        assert [bar(each) for each in pictures(rest)] == [7, 8]
        assert "Seiten ab" not in rest
        assert "Seite 8 bis 8 von 8" in beyond
        assert "Seite 1 bis 6 von 8" in senseless

    @pytest.mark.parametrize("lang", ["de", "en", "einfach"])
    def test_the_page_is_sound_in_every_language(
        self, anna: Person, brought: Any, lang: str
    ) -> None:
        here, file = brought(pdfs.letter(8))
        anna.page(f"{here}?lang={lang}")

        for way in ("", "/clear"):
            assert Page(anna.send(here, f"{file}{way}").text).faults() == []

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"%PDF-1.7 schleife", "beschädigt"),
            (pdfs.locked(), "Passwort"),
            (b"%PDF-1.4\n" + b"\xff" * 100_000, "beschädigt"),
        ],
    )
    def test_what_cannot_be_drawn_gets_a_sentence_and_stays_whole(
        self, anna: Person, brought: Any, content: bytes, told: str
    ) -> None:
        here, file = brought(content)

        refused = anna.send(here, file)

        assert refused.status_code == 409
        assert told in refused.text
        assert anna.send(here, f"{file}/original").data == content

    def test_a_list_of_pages_that_holds_itself_ends(self) -> None:
        found = leafing.leaves(pdfs.page_loop(), Sandbox(), first=1, blurred=True)

        assert found.total == 2
        assert 1 <= len(found.pictures) <= 2

    def test_what_never_ends_is_ended(self) -> None:
        with pytest.raises(NotShown, match="pdf_broken"):
            leafing.leaves(pdfs.endless(), Sandbox(seconds=1), first=1, blurred=True)

    def test_a_page_as_large_as_a_town_becomes_a_small_picture(self) -> None:
        found = leafing.leaves(pdfs.huge(), Sandbox(), first=1, blurred=False)

        assert Image.open(io.BytesIO(found.pictures[0])).size == (1600, 1600)

    @pytest.mark.parametrize(
        "command",
        [
            ["/usr/bin/cat", "/etc/passwd"],
            ["/usr/bin/ls", "/home", "/root", "/tmp", "/proc/self"],
            ["/usr/bin/touch", "/written"],
            ["/usr/bin/touch", "/usr/written"],
            ["/usr/bin/unshare", "--user", "/usr/bin/true"],
            ["/usr/bin/dd", "if=/dev/zero", "of=/dev/shm/x", "bs=1M", "count=9"],
            ["/usr/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=900M", "count=1"],
        ],
    )
    def test_inside_there_is_nothing_to_read_to_write_or_to_use_up(
        self, command: list[str]
    ) -> None:
        with Sandbox().running(command, b"") as run:
            read = run.out.read(1000)
            code, _ = run.ended()

        assert code != 0
        assert b"root" not in read

    def test_inside_there_is_no_network(self) -> None:
        with Sandbox().running(["/usr/bin/cat", "/sys/class/net/eth0/address"], b"") as run:
            code, _ = run.ended()

        assert code != 0


class TestWithoutWalls:
    @pytest.fixture
    def broken(self, tmp_path: Path) -> Path:
        """`bwrap` as it answers where namespaces are forbidden."""
        program = tmp_path / "bwrap"
        program.write_text(
            "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
        )
        program.chmod(0o755)
        return program

    @pytest.mark.pdf
    def test_without_walls_that_stand_nothing_is_drawn(
        self, app: Flask, anna: Person, brought: Any, broken: Path
    ) -> None:
        here, file = brought(pdfs.letter())
        app.extensions["rueckhalt"].extensions["sandbox"] = Sandbox(walls=broken)

        refused = anna.send(here, file)

        assert refused.status_code == 409
        assert "abgeschottete Umgebung" in refused.text
        assert pictures(refused.text) == []

    def test_where_it_is_not_installed_no_view_is_offered(
        self, app: Flask, anna: Person, brought: Any, tmp_path: Path
    ) -> None:
        here, file = brought(pdfs.letter())
        app.extensions["rueckhalt"].extensions["sandbox"] = Sandbox(walls=tmp_path / "away")

        listed = anna.send(here).text
        refused = anna.send(here, file)

        assert "abgeschottete Umgebung" in listed
        assert "Ansehen</button>" not in listed
        assert refused.status_code == 409
        assert "abgeschottete Umgebung" in refused.text

    def test_nothing_is_run_without_them(self, tmp_path: Path) -> None:
        written = tmp_path / "written"

        for walls in (tmp_path / "away", tmp_path):
            with (
                pytest.raises(NoSandbox),
                Sandbox(walls=walls).running(["/usr/bin/touch", str(written)], b""),
            ):
                pass

        assert not written.exists()
