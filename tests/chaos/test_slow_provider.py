"""A provider that answers slowly, or byte by byte: nobody waits for it who need not."""

import time

import psycopg
import pytest

from integrations.sandbox.journal import Call
from tests.chaos.killing import BOOT, Scene
from tests.processes import until
from tests.support.alerts.listener import Listener

pytestmark = pytest.mark.chaos

PEOPLE = 15
LEAVE = 3
EACH = 1.0  # seconds from one buyer to the next
PATIENCE = 90.0
TOLD_WITHIN = 120.0  # due for a minute, and told within a minute
LATE = {("opened", "oldest_due"), ("opened", "access_deadline")}
ENTER = "POST /community_members"
REMOVE = "DELETE /access_groups/{access_group_id}/community_members"
# Seconds from the first event of each person to their row in Kit being right, half of them and nearly all.
KIT = """
SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM right_at - bought_at)),
       count(right_at)
FROM (
    SELECT (SELECT min(e.received_at) FROM billing_stripeevent e WHERE e.customer_id = c.id) AS bought_at,
           (SELECT min(a.finished_at) FROM integrations_syncattempt a
            JOIN integrations_sync s ON s.id = a.sync_id
            JOIN integrations_connection k ON k.id = s.connection_id
            WHERE a.customer_id = c.id AND k.slug = 'kit' AND a.outcome = 'applied') AS right_at
    FROM customers_customer c WHERE c.email LIKE %s
) AS person
"""


def start(scene: Scene) -> None:
    scene.product.start("web", "worker")
    scene.product.wait_ready()


def test_a_slow_circle_slows_neither_kit_nor_removals_and_is_told(alarmed: Scene, listener: Listener) -> None:
    scene = alarmed
    start(scene)
    circle = scene.product.sandbox.circle
    usual = kit_is_right(scene, "before")
    until(lambda: scene.quiet, seconds=PATIENCE, what="all are in")

    circle.fail(kind="slow")
    began = time.monotonic()
    beside = kit_is_right(scene, "beside")
    leaving = [f"before{number}@example.com" for number in range(LEAVE)]
    for email in leaving:
        scene.cancels(email)
    scene.deliver(scene.news())
    until(lambda: due_removals(scene) == LEAVE, seconds=BOOT, what="the removals are due")
    asked = time.monotonic()
    out = until(lambda: not circle.members_of(101) & set(leaving), seconds=PATIENCE, what="they are out")
    overtaken = entered(scene, after=asked + 1)
    until(lambda: bool(LATE & listener.told.keys()), seconds=PATIENCE, what="it is told")
    told = time.monotonic() - began
    waiting = PEOPLE - len(circle.members_of(101) - {f"before{each}@example.com" for each in range(PEOPLE)})
    circle.heal()
    until(lambda: scene.quiet, seconds=PATIENCE, what="everything is done")

    print(
        f"Kit right after {usual[0]:.1f} s (p95 {usual[1]:.1f}); beside a slow Circle {beside[0]:.1f}"
        f" ({beside[1]:.1f}); {LEAVE} out after {out:.0f} s; told after {told:.0f} s, {waiting} still waited"
    )
    assert beside[0] < 2 * usual[0] + 1
    assert overtaken == []
    assert waiting > 0
    assert told < TOLD_WITHIN
    scene.right()


def test_an_answer_that_comes_byte_by_byte_ends_after_15_seconds_and_holds_nobody_up(scene: Scene) -> None:
    start(scene)
    circle = scene.product.sandbox.circle
    circle.fail(email="p0@example.com", drip=True, times=1)
    for number in range(6):
        scene.buys(f"p{number}")
    scene.deliver(scene.news())
    others = {f"p{number}@example.com" for number in range(1, 6)}
    served = until(lambda: others <= circle.members_of(101), seconds=15, what="the others are in")
    until(lambda: scene.quiet, seconds=PATIENCE, what="the one too")

    with psycopg.connect(scene.database_url) as connection:
        query = "SELECT outcome, code, duration_ms FROM integrations_syncattempt WHERE outcome <> 'applied'"
        ((outcome, code, duration),) = connection.execute(query).fetchall()
    print(f"ended after {duration / 1_000:.1f} s; five others in after {served:.1f} s")
    assert (outcome, code) == ("in_doubt", "timeout")
    assert 14_000 < duration < 18_000
    scene.right()


def kit_is_right(scene: Scene, name: str) -> tuple[float, float]:
    """So many people buy, one each second: the median of how long Kit took, and the 95th percentile."""
    for number in range(PEOPLE):
        next_at = time.monotonic() + EACH
        scene.buys(f"{name}{number}")
        scene.deliver(scene.news())
        time.sleep(max(0.0, next_at - time.monotonic()))

    def measured() -> tuple[tuple[float, float], int]:
        with psycopg.connect(scene.database_url) as connection:
            row = connection.execute(KIT, [f"{name}%"]).fetchone()
        assert row is not None
        (half, nearly_all), count = row
        return (half, nearly_all), count

    until(lambda: measured()[1] == PEOPLE, seconds=PATIENCE, what="Kit is right")
    return measured()[0]


def due_removals(scene: Scene) -> int:
    query = (
        "SELECT count(*) FROM integrations_sync s JOIN integrations_connection c ON c.id = s.connection_id"
        " WHERE c.slug = 'circle' AND s.priority = 0 AND s.due_at IS NOT NULL"
    )
    with psycopg.connect(scene.database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def entered(scene: Scene, *, after: float) -> list[Call]:
    """Calls for new members that came after that moment and before the last removal."""
    journal = scene.product.sandbox.journal
    last = max(call.at for call in journal.calls("circle", REMOVE))
    return [call for call in journal.calls("circle", ENTER) if after < call.at < last]
