"""Two beats, and none: what recurs happens once, silence is told, missed work is made up for."""

import os
import time

import psycopg
import pytest

from tests.chaos import checker
from tests.chaos.killing import Scene
from tests.chaos.steady import Steady, purchases
from tests.processes import until
from tests.support.alerts.listener import Listener

pytestmark = pytest.mark.chaos

SECONDS = float(os.environ.get("CHAOS_BEATS_SECONDS", "20"))
PATIENCE = 90.0
TOLD_WITHIN = 120.0
RATE = 5.0
# Beat sends one thing every 30 s. Here also all that recurs, and what sweepers hand out, each two seconds.
OFTEN = """
import django
django.setup()
from django_celery_beat.models import IntervalSchedule, PeriodicTask
often = IntervalSchedule.objects.create(every=2, period="seconds")
recurring = ("tend_alerts", "look_after", "count_statistics")
tasks = [(f"support.tasks.{name}", 0) for name in recurring]
tasks += [(f"{room}.run_{what}", row) for room, what in
          (("integrations.tasks", "sync"), ("integrations.tasks", "clock"), ("billing.tasks", "event"))
          for row in range(1, 4)]
for task, row in tasks:
    PeriodicTask.objects.create(name=f"{task} {row}", task=task, args=f"[{row}]", interval=often)
"""


def test_two_beats_and_two_workers_do_everything_once(alarmed: Scene, listener: Listener) -> None:
    product, database_url = alarmed.product, alarmed.database_url
    made = product.ask("-c", OFTEN)
    assert made.returncode == 0, made.stderr
    for name, line in (("one", "worker"), ("two", "worker"), ("metronome", "beat"), ("another", "beat")):
        product.start(name, command=alarmed.line(line))
    product.start("web")
    product.wait_ready()
    until(lambda: looked_after(database_url) is not None, seconds=PATIENCE, what="both beats are heard")
    looked = looked_after(database_url)

    steady = Steady(product, rate=RATE)
    sending = steady.send_beside(purchases(product, atleast=int(SECONDS * RATE), name="buyer"))
    product.manage("connection", "kit", "pause")
    opened, recovered = ("opened", "connection_paused"), ("recovered", "connection_paused")
    until(lambda: opened in listener.told, seconds=PATIENCE, what="the pause is told")
    product.manage("connection", "kit", "resume")
    until(lambda: recovered in listener.told, seconds=PATIENCE, what="its end is told")
    sending.join()
    checker.settles(database_url, seconds=PATIENCE)

    sent = {name: said.count("Sending due task") for name, said in product.said().items()}
    print(f"two beats sent {sent['metronome']} and {sent['another']} tasks; {len(steady.acked)} events")
    assert min(sent["metronome"], sent["another"]) > SECONDS
    assert (listener.told[opened], listener.told[recovered]) == (1, 1), listener.told
    assert looked_after(database_url) == looked, "the hourly look came once"
    right(alarmed, steady)


MISSING = {"beat_silent": ("beat",), "sweeper_silent": ("worker", "beat")}


@pytest.mark.parametrize("kind", MISSING)
def test_silence_is_told_in_two_minutes_and_made_up_for_once(
    kind: str, alarmed: Scene, listener: Listener
) -> None:
    product, database_url = alarmed.product, alarmed.database_url
    product.start("web", "worker", "beat")
    product.wait_ready()
    until(lambda: beaten(database_url) is not None, seconds=PATIENCE, what="beat is heard")
    for name in MISSING[kind]:
        product.stop(name)
    began = time.monotonic()
    meanwhile = Steady(product, rate=RATE)
    meanwhile.send(purchases(product, atleast=40, name="meanwhile"))
    until(lambda: ("opened", kind) in listener.told, seconds=2 * TOLD_WITHIN, what="the silence is told")
    silent = time.monotonic() - began

    for name in MISSING[kind]:
        product.start(name)
    checker.settles(database_url, seconds=PATIENCE)
    until(lambda: ("recovered", kind) in listener.told, seconds=PATIENCE, what="its end is told")

    made_up = time.monotonic() - began - silent
    print(f"{kind} told after {silent:.0f} s; made up for and its end told {made_up:.0f} s later")
    assert silent <= TOLD_WITHIN
    assert {count for (_, each), count in listener.told.items() if each == kind} == {1}
    right(alarmed, meanwhile)


def right(scene: Scene, steady: Steady) -> None:
    """Nothing refused, nothing lost, nothing doubled."""
    assert set(steady.first) == {200}
    assert checker.repeated(scene.product.sandbox) == []
    scene.acked = steady.acked
    scene.right()


def looked_after(database_url: str) -> object:
    """When the hourly look at the rules last began."""
    return _first(database_url, "SELECT max(beat_at) FROM integrations_heartbeat WHERE name = 'upkeep'")


def beaten(database_url: str) -> object:
    """When beat's sign of life last arrived."""
    return _first(database_url, "SELECT max(beat_at) FROM integrations_heartbeat WHERE name LIKE 'beat:%'")


def _first(database_url: str, query: str) -> object:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
