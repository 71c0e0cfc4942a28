"""Slots of a lane: a slow provider fills its own, however slow it is, and never those of the others."""

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from celery import shared_task
from pytest_django import Settings

import integrations.tasks  # noqa: F401  (it listens to Celery's signals)
from integrations import handing
from integrations.handing import OWN_THREADS, Hands, free_slots
from integrations.lanes import Lane, register, registered
from tests.brokers import NOBODY_LISTENS, broker
from tests.waiting import eventually

ASK_STRIPE = ("inbox", "asked", "reread")
going = threading.Event()
stop = threading.Event()


def idle(_most: int) -> list[int]:
    return []


def wait_for_stop(_row_id: int) -> None:
    going.set()
    stop.wait(60)


@shared_task(name="tests.slow", ignore_result=True)
def slow_task(row_id: int) -> None:
    wait_for_stop(row_id)


SLOW = Lane("slow", claim=idle, run=wait_for_stop, task="tests.slow", slots=3)


@pytest.fixture
def hands(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    """Without a broker; a message counts as lost after a moment."""
    settings.CELERY_PUBLISHING = False
    monkeypatch.setattr(handing, "HANDED_SECONDS", 0.05)
    stop.clear()
    going.clear()
    made = Hands()
    yield made
    stop.set()
    made.close()


@pytest.mark.django_db
def test_a_piece_that_takes_long_keeps_its_slot_until_it_is_over(hands: Hands) -> None:
    for row_id in range(SLOW.slots):
        hands.hand(SLOW, row_id)
    assert going.wait(30)
    time.sleep(0.2)

    assert free_slots(SLOW) == 0
    stop.set()
    assert eventually(lambda: free_slots(SLOW) == SLOW.slots)


def test_a_message_that_never_arrives_frees_its_slot(
    hands: Hands, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_PUBLISHING = True
    monkeypatch.setattr(handing, "HANDED_SECONDS", 10.0)
    clock = [time.monotonic()]
    monkeypatch.setattr(handing, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    nobody_hears = Lane("deaf", claim=idle, run=wait_for_stop, task="tests.nobody_hears", slots=1)
    with broker(*NOBODY_LISTENS):
        hands.hand(nobody_hears, 1)

    clock[0] += 9.9
    assert free_slots(nobody_hears) == 0
    clock[0] += 0.1
    assert free_slots(nobody_hears) == 1


def test_a_piece_that_celery_runs_keeps_its_slot_until_it_is_over(hands: Hands) -> None:
    register(SLOW)  # it claims nothing, so no sweeper of another test finds anything in it
    running = threading.Thread(target=lambda: slow_task.apply(args=(7,)))
    running.start()
    assert going.wait(30)
    time.sleep(0.2)

    assert free_slots(SLOW) == SLOW.slots - 1
    stop.set()
    running.join()
    assert eventually(lambda: free_slots(SLOW) == SLOW.slots)


def test_a_second_message_for_the_same_piece_frees_no_slot_of_the_first(hands: Hands) -> None:
    handing.begun("slow", 9)
    handing.begun("slow", 9)
    handing.finished("slow", 9)

    assert free_slots(SLOW) == SLOW.slots - 1
    handing.finished("slow", 9)
    assert free_slots(SLOW) == SLOW.slots


def test_all_that_asks_stripe_together_leaves_threads_for_the_destinations() -> None:
    slots = {lane.name: lane.slots for lane in registered()}

    assert sum(slots[name] for name in ASK_STRIPE) < OWN_THREADS


@pytest.mark.django_db
def test_without_a_broker_a_slow_stripe_keeps_no_sync_waiting(hands: Hands) -> None:
    ran = threading.Event()
    quick = Lane("quick", claim=idle, run=lambda _id: ran.set(), task="tests.quick", slots=1)
    stripe = [lane for lane in registered() if lane.name in ASK_STRIPE]
    for lane in stripe:
        stuck = Lane(lane.name, claim=idle, run=wait_for_stop, task=lane.task, slots=lane.slots)
        for row_id in range(free_slots(stuck)):
            hands.hand(stuck, -row_id - 1)

    hands.hand(quick, 1)

    assert ran.wait(30)
