# SPDX-License-Identifier: EUPL-1.2
"""The data folder of `rueckhalt up`: one process, one mode, the same key again."""

import json
import os
import stat

import pytest

from rueckhalt_shared.folder import FolderRefused, claim, installation_in


@pytest.fixture
def claimed():
    folders = []

    def take(*arguments, **options):
        folders.append(claim(*arguments, **options))
        return folders[-1]

    yield take
    for folder in folders:
        folder.leave()


def test_a_new_folder_is_made_private_and_remembers_its_mode(claimed, tmp_path):
    folder = claimed(tmp_path / "data", mode="demo")

    assert folder.is_new
    assert stat.S_IMODE(os.stat(folder.path).st_mode) == 0o700
    written = folder.path / "installation.json"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert json.loads(written.read_text())["mode"] == "demo"


def test_what_was_remembered_is_there_again(claimed, tmp_path):
    first = claimed(tmp_path, mode="demo")
    first.remember(api_key="rk_demo_x_y", seeded=True)
    first.leave()

    again = claimed(tmp_path, mode="demo")

    assert not again.is_new
    assert again.installation.api_key == "rk_demo_x_y"
    assert "rk_demo" not in repr(again.installation)


def test_a_folder_in_use_is_refused(claimed, tmp_path):
    claimed(tmp_path, mode="real")

    with pytest.raises(FolderRefused, match="in use"):
        claimed(tmp_path, mode="real")


def test_the_demo_refuses_real_data(claimed, tmp_path):
    claimed(tmp_path, mode="real").leave()

    with pytest.raises(FolderRefused, match="real data"):
        claimed(tmp_path, mode="demo")


def test_the_demo_refuses_a_database_nobody_told_about(claimed, tmp_path):
    (tmp_path / "intake.db").touch()

    with pytest.raises(FolderRefused, match="real data"):
        claimed(tmp_path, mode="demo")
    assert not (tmp_path / "installation.json").exists()


def test_real_mode_refuses_a_demo(claimed, tmp_path):
    claimed(tmp_path, mode="demo").leave()

    with pytest.raises(FolderRefused, match="a demo"):
        claimed(tmp_path, mode="real")


def test_files_of_others_are_left_alone(claimed, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    assert claimed(tmp_path, mode="demo").is_new
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_empty_means_empty(claimed, tmp_path):
    claimed(tmp_path, mode="real", empty=True).leave()

    with pytest.raises(FolderRefused, match="--empty"):
        claimed(tmp_path, mode="real", empty=True)


def test_a_folder_that_cannot_be_made_is_refused_with_the_reason(claimed, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(FolderRefused, match="Not a directory"):
        claimed(tmp_path / "file" / "data", mode="real")


def test_a_broken_file_is_refused_and_not_replaced(claimed, tmp_path):
    (tmp_path / "installation.json").write_text("{")

    with pytest.raises(FolderRefused, match="cannot be read"):
        claimed(tmp_path, mode="demo")
    assert (tmp_path / "installation.json").read_text() == "{"


def test_a_later_versions_remarks_are_kept_out_of_the_way(claimed, tmp_path):
    written = {"mode": "demo", "municipality": "", "api_key": "", "seeded": True, "later": 1}
    (tmp_path / "installation.json").write_text(json.dumps(written))

    assert claimed(tmp_path, mode="demo").installation.seeded


def test_a_command_may_look_without_claiming(claimed, tmp_path):
    claimed(tmp_path, mode="demo")

    assert installation_in(tmp_path).mode == "demo"
    assert installation_in(tmp_path / "elsewhere") is None
