"""Processes killed at named places: the work is done within 45 s all the same, and done once."""

import os
import time
from collections import Counter
from contextlib import suppress

import pytest

from tests.chaos.killing import BOOT, Scene, armed_workers
from tests.processes import until

pytestmark = pytest.mark.chaos

TIMES = int(os.environ.get("CHAOS_TIMES", "2"))
A_MOMENT = 10.0  # for the other workers to die as well
NEW = 4  # customers per round

IN_WORKERS = {
    "a sync": ["after_claim", "before_call", "after_call_before_record", "after_record"],
    "an event": ["after_read_before_write", "after_write_before_mark"],
}

# What was stored needs no redelivery; what was not, only Stripe can bring again.
IN_THE_WEB = [
    ("before_commit", True),
    ("after_commit_before_response", True),
    ("after_commit_before_response", False),
]


@pytest.mark.parametrize("work", IN_WORKERS)
def test_workers_killed_everywhere_in(work: str, scene: Scene) -> None:
    scene.product.start("web")
    until(lambda: scene.product.get("/healthz") == 200, seconds=BOOT, what="the web is up")
    deaths: Counter[str] = Counter()
    rounds = 0
    while any(deaths[each] < TIMES for each in IN_WORKERS[work]):
        rounds += 1
        assert rounds < 3 * TIMES + 3, f"not everybody dies: {deaths}"
        last = _one_round(scene, IN_WORKERS[work], deaths, number=rounds)
        scene.product.start("worker")
        scene.settles(since=last)
        scene.product.stop("worker")

    scene.right()
    print(f"{work}: deaths {dict(deaths)} in {rounds} rounds, done {scene.longest:.1f} s after at most")


def _one_round(scene: Scene, failpoints: list[str], deaths: Counter[str], *, number: int) -> float:
    """Some buy, those of before leave, workers die; when the last one did."""
    former = list(scene.subscriptions)
    with armed_workers(scene, failpoints) as armed:
        for email in former:
            scene.cancels(email)
        for each in range(NEW):
            scene.buys(f"round{number}n{each}")
        scene.deliver(scene.news())
        until(lambda: any(each.died for each in armed), seconds=BOOT, what=f"a death at {failpoints}")
        with suppress(AssertionError):  # a slot may be missing for the last of them; another round will do
            until(lambda: all(each.died for each in armed), seconds=A_MOMENT, what="all died")
        time.sleep(1)
        dead = [each for each in armed if each.died]
        deaths.update(each.failpoint for each in dead)
        scene.deaths += len(dead)
        assert sum(not scene.product.runs(each.name) for each in armed) == len(dead)
    return time.monotonic() - (time.time() - max(each.marker.stat().st_mtime for each in dead))


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
