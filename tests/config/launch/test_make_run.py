"""What a newcomer gets from `make run`: a running product, a login, and a machine left as it was."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.bringup.redis import free_port
from tests.config.launch.running import Running
from tests.quality.tracked import ROOT, tracked

READY = "Launch Ready is running"
Run = Callable[[], Running]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The repository's files in a fresh folder, without anything that an earlier run made."""
    folder = tmp_path / "clone"
    for file in tracked():
        copy = folder / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)
    return folder


@pytest.fixture
def run(clone: Path) -> Iterator[Run]:
    """Start the launcher in the clone, from a shell that knows nothing."""
    started: list[Running] = []
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}

    # Ports of its own, so that two of these tests never race for the usual ones.
    environ |= {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}

    def start() -> Running:
        command = [sys.executable, "-m", "config.launch"]
        started.append(Running(command, cwd=clone, mark=clone, environ=environ))
        return started[-1]

    yield start
    for each in started:
        each.kill()
    for process in at_work_in(clone):
        process.kill()


def at_work_in(folder: Path) -> list[psutil.Process]:
    """Every process that was started for this folder or works in it, PostgreSQL included."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        traces = [process.info["cwd"] or "", *(process.info["cmdline"] or [])]
        if any(str(folder) in each for each in traces) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def greeted(running: Running) -> dict[str, str]:
    """Addresses, login and password as printed."""
    running.wait_for(READY, seconds=120)
    running.wait_for("Three things to try")
    office = re.search(r"Back office +(\S+) +login (\S+) +password (\S+)", running.said)
    sandbox = re.search(r"Sandbox +(\S+)", running.said)
    assert office, running.said
    assert sandbox, running.said
    assert "could not be made" not in running.said
    return {"office": office[1], "login": office[2], "password": office[3], "sandbox": sandbox[1]}


def signs_in(told: dict[str, str]) -> bool:
    """Whether the printed login opens the back office."""
    with requests.Session() as browser:
        page = browser.get(f"{told['office']}login/", timeout=10)
        form = {"username": told["login"], "password": told["password"], "next": "/admin/"}
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        answer = browser.post(page.url, data=form, headers={"Referer": page.url}, timeout=10)
        return answer.ok and answer.url == told["office"]


@pytest.mark.slow
def test_one_command_starts_the_product_and_ctrl_c_leaves_nothing_running(run: Run, clone: Path) -> None:
    running = run()
    told = greeted(running)
    assert signs_in(told)
    assert requests.get(told["sandbox"], timeout=10).ok
    assert (clone / ".dev" / "values.env").stat().st_mode & 0o777 == 0o600

    again = run()
    assert again.ended() == 1
    assert "already running from this folder" in again.said

    assert running.stop(signal.SIGINT) == 0
    assert at_work_in(clone) == []


@pytest.mark.chaos
def test_after_a_crash_the_next_run_clears_up_and_keeps_the_login(run: Run, clone: Path) -> None:
    crashed = run()
    before = greeted(crashed)
    crashed.process.kill()
    crashed.process.wait()
    assert at_work_in(clone) != []

    running = run()
    after = greeted(running)
    assert after["password"] == before["password"]
    assert signs_in(after)

    assert running.stop(signal.SIGTERM) == 128 + signal.SIGTERM
    assert at_work_in(clone) == []


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["Starting PostgreSQL", "Preparing tables"])
def test_stopping_it_half_way_leaves_nothing_running(run: Run, clone: Path, moment: str) -> None:
    running = run()
    running.wait_for(moment)
    running.stop(signal.SIGTERM)
    assert at_work_in(clone) == []


def test_it_refuses_to_play_with_production(clone: Path) -> None:
    environ = dict(os.environ) | {"ENVIRONMENT": "production"}
    running = Running([sys.executable, "-m", "config.launch"], cwd=clone, mark=clone, environ=environ)
    try:
        assert running.ended() == 2
        assert "for development" in running.said
        assert not (clone / ".dev").exists()
    finally:
        running.kill()
