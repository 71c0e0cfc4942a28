"""Processes killed at named places: the work is done within 45 s all the same, and done once."""

import os
import time

import pytest

from tests.chaos.killing import BOOT, Scene, armed_workers
from tests.processes import until

pytestmark = pytest.mark.chaos

TIMES = int(os.environ.get("CHAOS_TIMES", "2"))
A_MOMENT = 4.0  # for the other workers to die as well
NEW = 4  # customers per round

IN_WORKERS = [
    "after_claim", "before_call", "after_call_before_record", "after_record",
    "after_read_before_write", "after_write_before_mark",
]  # fmt: skip

# What was stored needs no redelivery; what was not, only Stripe can bring again.
IN_THE_WEB = [
    ("before_commit", True),
    ("after_commit_before_response", True),
    ("after_commit_before_response", False),
]


@pytest.mark.parametrize("failpoint", IN_WORKERS)
def test_a_worker_killed_at(failpoint: str, scene: Scene) -> None:
    scene.product.start("web")
    until(lambda: scene.product.get("/healthz") == 200, seconds=BOOT, what="the web is up")
    rounds = 0
    while scene.deaths < TIMES:
        rounds += 1
        last = _one_round(scene, failpoint, number=rounds)
        scene.product.start("worker")
        scene.settles(since=last)
        scene.product.stop("worker")

    scene.right()
    print(f"{failpoint}: {scene.deaths} deaths in {rounds} rounds, done {scene.longest:.1f} s after at most")


def _one_round(scene: Scene, failpoint: str, *, number: int) -> float:
    """Some buy, those of before leave, workers die; when the last one did."""
    former = list(scene.subscriptions)
    with armed_workers(scene, failpoint) as markers:
        for email in former:
            scene.cancels(email)
        for each in range(NEW):
            scene.buys(f"round{number}n{each}")
        scene.deliver(scene.news())
        until(lambda: any(m.exists() for m in markers.values()), seconds=BOOT, what=f"a death at {failpoint}")
        time.sleep(A_MOMENT)
        deaths = [marker.stat().st_mtime for marker in markers.values() if marker.exists()]
        scene.deaths += len(deaths)
        assert sum(not scene.product.runs(name) for name in markers) == len(deaths)
    return time.monotonic() - (time.time() - max(deaths))


@pytest.mark.parametrize(("failpoint", "redelivered"), IN_THE_WEB)
def test_a_web_process_killed_at(failpoint: str, redelivered: bool, scene: Scene) -> None:
    marker = scene.marker()
    scene.product.start("web", command=scene.command("web", failpoint, marker))
    scene.product.start("worker")
    marker.touch()
    scene.product.wait_ready()
    while scene.deaths < TIMES:
        scene.buys(f"buyer{scene.deaths}")
        events = scene.news()
        unlucky = events.pop(scene.deaths % len(events))
        marker.unlink()
        assert scene.product.deliver(unlucky) == 0, "no answer was sent"
        died = time.monotonic()
        scene.deaths += 1
        scene.acked.add(unlucky["id"])
        scene.deliver([*events, unlucky] if redelivered else events)
        scene.settles(since=died)

    scene.right()
    print(f"{failpoint}, {redelivered=}: {scene.deaths} deaths, done {scene.longest:.1f} s after at most")
