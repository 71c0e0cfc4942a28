"""Several processes as one: they start, come back, give up loudly and end together."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.launch.supervisor import GRACE_SECONDS
from tests.config.launch.running import Running

ROOT = Path(__file__).resolve().parents[3]
Launch = Callable[..., Running]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start shell commands under the supervisor; `NAME=COMMAND` each."""
    started: list[Running] = []

    def start(*commands: str) -> Running:
        command = [sys.executable, "-m", "tests.config.launch.harness", *commands]
        started.append(Running(command, cwd=ROOT, mark=tmp_path, environ=dict(os.environ)))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_of_stopping_ends_all_processes(launch: Launch, ending: signal.Signals) -> None:
    running = launch("web=sh -c 'echo up; sleep 300 & sleep 300'", "worker=sh -c 'echo ready; sleep 300'")
    running.wait_for("web     | up")
    running.wait_for("worker  | ready")

    code = running.stop(ending)

    assert code == (0 if ending == signal.SIGINT else 128 + ending)
    assert running.alive() == []
    assert "Everything has stopped." in running.said


def test_asking_twice_does_not_wait_for_a_process_that_will_not_stop(launch: Launch) -> None:
    running = launch("worker=sh -c 'trap \"\" TERM; echo stubborn; while :; do sleep 1; done'")
    running.wait_for("stubborn")
    os.kill(running.process.pid, signal.SIGINT)
    running.wait_for("Stopping")

    assert running.stop(signal.SIGINT, seconds=GRACE_SECONDS - 1) == 0
    assert running.alive() == []


def test_a_process_that_ends_is_started_again(launch: Launch, tmp_path: Path) -> None:
    flag = tmp_path / "ran-before"
    running = launch(f"web=sh -c 'test -e {flag} && echo back && exec sleep 300; touch {flag}; exit 3'")
    running.wait_for("web ended unexpectedly (exit 3): starting it again.")
    running.wait_for("web     | back")
    assert running.stop() == 0


def test_three_quick_deaths_stop_everything_and_say_which_process_died(launch: Launch) -> None:
    running = launch("web=sleep 300", "worker=sh -c 'echo no such setting; exit 4'")

    assert running.ended() == 1
    assert "worker  | no such setting" in running.said
    assert "worker ended 3 times at once (exit 4): stopping everything." in running.said
    assert running.alive() == []


def test_what_a_dead_process_started_is_ended_before_it_comes_back(launch: Launch) -> None:
    running = launch("web=sh -c 'sleep 301 & exit 5'")
    assert running.ended() == 1
    assert running.alive() == []


def test_a_task_that_is_expected_to_end_is_not_started_again(launch: Launch) -> None:
    running = launch("web=sh -c 'sleep 1; echo still here; sleep 300'", "once:=echo hello")
    running.wait_for("still here")
    running.stop()
    assert running.said.count("hello") == 1
    assert "ended unexpectedly" not in running.said
