# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt up`: one command, one process, one line; the same folder gives the same again."""

import os
import re
import signal
import socket
import stat
import subprocess

import pytest
import requests

from rueckhalt_shared.identity.roles import ROLES
from tests.shared.running import PROGRAM, Up
from tests.support import eventually

ALL = {"intake", "routing", "notify", "reporting"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("up") / "demo"
    with Up(folder, "--demo") as up:
        up.folder = folder
        yield up


def refused(*arguments, **variables):
    kept = {n: v for n, v in os.environ.items() if not n.startswith("RUECKHALT_")}
    return subprocess.run(
        [PROGRAM, "up", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=kept | {f"RUECKHALT_{n}": v for n, v in variables.items()},
    )


def get(up, path, **headers):
    return requests.get(f"{up.ready['url']}{path}", headers=headers, timeout=10)


def bearer(up):
    return {"Authorization": f"Bearer {up.ready['api_key']}"}


def test_the_ready_line_names_everything_a_script_needs(demo):
    ready = demo.ready

    assert set(ready) == {"url", "services", "mail", "municipality", "api_key", "accounts"}
    assert ready["services"] == {name: f"{ready['url']}/{name}" for name in ALL}
    assert ready["mail"] == f"{ready['url']}/mail"
    assert ready["municipality"] == "160770999999"
    assert {frozenset(account) for account in ready["accounts"]} == {
        frozenset({"user", "password", "roles"})
    }
    held = [role for account in ready["accounts"] for role in account["roles"]]
    assert list(dict.fromkeys(held)) == list(ROLES)
    assert held.count("plan_owner") == 2  # a second person publishes a plan


def sign_in(up, user):
    """A browser signed in as somebody of Musterstadt."""
    (account,) = [each for each in up.ready["accounts"] if each["user"] == user]
    browser, url = requests.Session(), f"{up.ready['url']}/account/sign-in"
    browser.headers.update({"Sec-Fetch-Site": "same-origin", "Accept": "text/html"})
    page = browser.get(url, timeout=10).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    sent = {"csrf_token": token, "name": user, "password": account["password"]}
    assert browser.post(url, data=sent, timeout=10).status_code == 200
    return browser


def test_one_sign_in_counts_for_all_services_as_far_as_the_role_goes(demo):
    url, ars = demo.ready["url"], demo.ready["municipality"]
    summary = f"/reporting/v1/summaries/{ars}/2026-10"

    analyst, responsible = sign_in(demo, "auswertung"), sign_in(demo, "zustaendig")

    def told(browser, path):
        return browser.get(url + path, timeout=10).status_code

    assert told(analyst, summary) == 200
    assert told(analyst, "/routing/v1/assignments") == 403
    assert told(responsible, "/routing/v1/assignments") == 200
    assert told(responsible, "/notify/v1/notices") == 200
    assert told(responsible, summary) == 403
    assert told(sign_in(demo, "verwaltung"), "/account/people") == 200


def test_the_password_lies_in_a_private_file_only(demo):
    password = demo.ready["accounts"][0]["password"].encode()
    holding = [p.name for p in demo.folder.rglob("*") if p.is_file() and password in p.read_bytes()]

    assert holding == ["installation.json"]


def test_every_service_is_ready_when_the_line_says_so(demo):
    for name in ALL:
        response = get(demo, f"/{name}/readyz")
        assert response.status_code == 200, response.text
        assert response.json()["checks"]["bus"]["status"] == "ok", name


def test_a_report_gets_a_location_below_its_mount_and_a_person_is_told(demo):
    body = {"municipality": demo.ready["municipality"], "forms": ["threat"]}
    before = len(get(demo, "/mail/messages.json").json())

    response = requests.post(
        f"{demo.ready['services']['intake']}/v1/incidents",
        json=body,
        headers=bearer(demo),
        timeout=10,
    )

    assert response.status_code == 201
    location = response.headers["Location"].removeprefix(demo.ready["url"])
    assert location.startswith("/intake/v1/incidents/")
    assert get(demo, location, **bearer(demo)).status_code == 200
    eventually(lambda: len(get(demo, "/mail/messages.json").json()) > before, what="a mail")


def test_the_button_on_the_start_page_reports_a_sample(demo):
    response = requests.post(
        f"{demo.ready['url']}/sample", headers={"Origin": demo.ready["url"]}, timeout=10
    )

    assert response.status_code == 200
    assert "Gemeldet" in response.text


def test_a_browser_that_saw_the_start_page_may_read_the_pages(demo):
    with requests.Session() as browser:
        browser.get(demo.ready["url"], timeout=10)
        listed = browser.get(
            f"{demo.ready['services']['routing']}/v1/assignments?state=open", timeout=10
        )

    assert listed.status_code == 200


def test_the_documentation_of_each_service_works_below_its_mount(demo):
    for name in ALL:
        assert f"/{name}/openapi.json" in get(demo, f"/{name}/docs").text
        assert get(demo, f"/{name}/openapi.json").json()["servers"] == [{"url": f"/{name}"}]


def test_everything_in_the_folder_is_private(demo):
    files = [path for path in demo.folder.rglob("*") if path.is_file()]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}

    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_the_folder_is_locked_while_it_runs(demo):
    result = refused("--demo", "--data", demo.folder, "--port", "0")

    assert result.returncode == 2
    assert "in use" in result.stderr
    assert result.stdout == ""


def test_a_taken_port_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = refused("--demo", "--data", tmp_path / "x", "--port", port)

    assert result.returncode == 2
    assert f"127.0.0.1:{port}" in result.stderr
    assert result.stdout == ""


def test_the_demo_listens_on_this_machine_only(tmp_path):
    result = refused("--demo", "--data", tmp_path / "x", "--host", "0.0.0.0")

    assert result.returncode == 2
    assert not (tmp_path / "x").exists()


def test_in_the_demo_a_setting_that_would_send_real_mail_stops_the_start(tmp_path):
    result = refused(
        *("--demo", "--data", tmp_path / "x", "--port", "0", "--only", "notify"),
        NOTIFY_SMTP_HOST="mail.example",
    )

    assert result.returncode == 2
    assert "RUECKHALT_NOTIFY_SMTP_HOST" in result.stderr


def test_all_wrong_settings_are_told_and_the_end_is_2(tmp_path):
    result = refused(
        *("--data", tmp_path / "x", "--port", "0", "--only", "reporting"),
        LANGUAGE="fr",
        REPORTING_COLOUR="red",
    )

    assert result.returncode == 2
    assert "RUECKHALT_LANGUAGE" in result.stderr
    assert "RUECKHALT_REPORTING_COLOUR" in result.stderr


def test_started_again_it_is_the_same_installation_and_foreign_files_stay(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with Up(folder, "--demo", "--only", "notify,reporting") as first:
        assert first.stop() == 0
        assert first.rest_of_stdout == ""
    with Up(folder, "--demo", "--only", "reporting") as again:
        assert set(again.ready["services"]) == {"reporting"}
        summary = f"/reporting/v1/summaries/{again.ready['municipality']}/2026-10?view=internal"
        assert get(again, summary, **bearer(again)).status_code == 200
        assert again.stop(signal.SIGINT) == 0

    assert first.ready["api_key"] == again.ready["api_key"]
    assert (folder / "notes.txt").read_text() == "mine"
    assert refused("--data", folder, "--port", "0").returncode == 2  # real mode, a demo's folder


def test_real_mode_tells_neither_key_nor_mail_and_refuses_the_demo_afterwards(tmp_path):
    with Up(tmp_path / "x", "--empty", "--only", "reporting") as up:
        assert set(up.ready) == {"url", "services"}
        assert get(up, "/mail").status_code == 404

    assert refused("--demo", "--data", tmp_path / "x", "--port", "0").returncode == 2


def test_a_worker_that_is_killed_comes_back_without_a_second_line(tmp_path):
    with Up(tmp_path / "x", "--demo", "--only", "reporting") as up:
        (worker,) = up.workers
        os.kill(worker, signal.SIGKILL)

        def answers_again():
            try:
                return up.workers not in ([], [worker]) and get(up, "/healthz").ok
            except requests.RequestException:
                return False

        eventually(answers_again, within=60, what="the new worker")
        assert up.stop() == 0
        assert up.rest_of_stdout == ""


def test_when_the_arbiter_is_killed_the_worker_goes_too_and_the_folder_is_free(tmp_path):
    with Up(tmp_path / "x", "--demo", "--only", "reporting") as up:
        (worker,) = up.workers
        up.process.kill()
        eventually(lambda: not os.path.exists(f"/proc/{worker}"), within=20, what="its end")

    with Up(tmp_path / "x", "--demo", "--only", "reporting"):
        pass
