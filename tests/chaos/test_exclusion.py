"""One customer, one run at a time: workers that meet, stall, are slowed by one customer, or die of one."""

import os
import signal
import time
from itertools import pairwise

import psycopg
import pytest

from tests.chaos.killing import BOOT, Scene
from tests.processes import until

pytestmark = pytest.mark.chaos

RUNS = range(int(os.environ.get("CHAOS_REPEATS", "1")))
DECISIONS = 50  # pairs of a purchase and a cancellation
PATIENCE = 90.0
STOPPED = 60.0  # twice the lease
CREATE = "POST /community_members"
OUTCOMES = """
SELECT array_agg(a.outcome) FROM integrations_syncattempt a
JOIN integrations_sync s ON s.id = a.sync_id
JOIN integrations_connection c ON c.id = s.connection_id
JOIN customers_customer p ON p.id = s.customer_id
WHERE c.slug = 'circle' AND p.email = '{name}@example.com' GROUP BY a.fencing_token ORDER BY a.fencing_token
"""


def start(scene: Scene, *workers: str) -> None:
    """The web and these workers; the first answers are awaited."""
    scene.product.start("web")
    for name in workers:
        scene.product.start(name, command=scene.line("worker"))
    ready = "/readyz" if workers else "/healthz"
    until(lambda: scene.product.get(ready) == 200, seconds=BOOT, what=f"{ready} answers 200")


def rows(scene: Scene, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(scene.database_url) as connection:
        return connection.execute(query).fetchall()


def test_a_hundred_decisions_in_ten_seconds_by_two_workers_never_overlap(scene: Scene) -> None:
    start(scene, "one", "two")
    took = [decided(scene, f"ada{run}") for run in RUNS]

    circle = scene.product.sandbox.circle
    for provider in ("circle", "kit"):
        calls = scene.product.sandbox.journal.calls(provider)
        assert all(one.at + one.duration <= two.at for one, two in pairwise(calls))
    assert circle.members_of(101) == set()
    assert len(circle.invitations) == len(set(circle.invitations))
    calls_per_run = len(scene.product.sandbox.journal.calls()) / len(RUNS)
    print(f"{len(RUNS)} x {2 * DECISIONS} decisions in {max(took):.1f} s at most, {calls_per_run:.0f} calls")


def decided(scene: Scene, name: str) -> float:
    """One customer buys and leaves, again and again; how long that took, until all has come to rest."""
    began = time.monotonic()
    for _ in range(DECISIONS):
        scene.buys(name)
        scene.cancels(f"{name}@example.com")
        scene.deliver(scene.news())
    took = time.monotonic() - began
    until(lambda: scene.quiet, seconds=PATIENCE, what="everything is done")
    return took


def test_a_worker_stopped_in_the_middle_of_a_call_records_nothing_when_it_wakes(scene: Scene) -> None:
    """Twice as long as its lease; another worker takes over meanwhile."""
    start(scene)
    for run in RUNS:
        stalled(scene, f"ada{run}")
        outcomes = [row[0] for row in rows(scene, OUTCOMES.format(name=f"ada{run}"))]
        # one per run, and nothing from the one that woke late
        assert outcomes.count(["lease_lost"]) == 1
        assert outcomes[outcomes.index(["lease_lost"]) + 1] == ["applied"]
        assert all(each in (["lease_lost"], ["applied"]) for each in outcomes)
    scene.right()


def stalled(scene: Scene, name: str) -> None:
    """The first worker stops in its call for a new member and wakes when the other has done it."""
    scene.product.start("stalled", command=scene.line("worker"))
    slow = scene.product.sandbox.circle.fail(route=CREATE, delay=2.0, times=1)
    scene.buys(name)
    scene.deliver(scene.news())
    until(lambda: slow.hits == 1, seconds=BOOT, what="the call is under way")
    os.kill(scene.product.pids("stalled")[0], signal.SIGSTOP)
    scene.product.start("worker")
    time.sleep(STOPPED)
    until(lambda: scene.quiet, seconds=BOOT, what="the other worker did it")

    os.kill(scene.product.pids("stalled")[0], signal.SIGCONT)
    time.sleep(5)
    until(lambda: scene.quiet, seconds=BOOT, what="the late call is healed")
    for worker in ("stalled", "worker"):
        scene.product.stop(worker)


def test_one_slow_customer_delays_nobody_and_a_failing_kit_no_removal(scene: Scene) -> None:
    start(scene, "worker")
    circle, kit = scene.product.sandbox.circle, scene.product.sandbox.kit
    circle.fail(email="p0@example.com", delay=8.0)
    for number in range(10):
        scene.buys(f"p{number}")
    scene.deliver(scene.news())
    others = {f"p{number}@example.com" for number in range(1, 10)}
    nine = until(lambda: others <= circle.members_of(101), seconds=60, what="the other nine are in")
    until(lambda: scene.quiet, seconds=PATIENCE, what="the slow one too")

    circle.heal()
    kit.fail(500)
    scene.cancels("p1@example.com")
    scene.deliver(scene.news())
    out = until(lambda: "p1@example.com" not in circle.members_of(101), seconds=10, what="p1 is out")
    kit.heal()
    until(lambda: scene.quiet, seconds=PATIENCE, what="Kit caught up")

    scene.right()
    print(f"nine of ten in after {nine:.1f} s; out of Circle after {out:.1f} s while Kit fails")


def test_work_that_kills_every_worker_is_given_up_after_three_deaths_and_others_go_on(scene: Scene) -> None:
    start(scene)
    poison = f"env FAILPOINT=before_call {scene.line('worker')}"
    scene.buys("ada")
    scene.deliver(scene.news())
    given_up = (
        "SELECT count(*) FROM integrations_sync WHERE status = 'dead_letter' AND reason = 'killed_worker'"
    )
    deaths = 0
    while rows(scene, given_up) != [(2,)]:
        scene.product.start("poisoned", command=poison)
        until(
            lambda: not scene.product.runs("poisoned") or rows(scene, given_up) == [(2,)],
            seconds=PATIENCE,
            what="a death, or giving up",
        )
        deaths += not scene.product.runs("poisoned")
        scene.product.stop("poisoned", how=signal.SIGKILL)
        assert deaths <= 6, "three for each of two connections"

    scene.product.start("worker")
    scene.buys("ben")
    scene.deliver(scene.news())
    until(
        lambda: scene.product.sandbox.circle.members_of(101) == {"ben@example.com"},
        seconds=BOOT,
        what="Ben is in",
    )
    assert scene.product.sandbox.circle.find("ada@example.com") is None
    print(f"two syncs given up after {deaths} deaths")
