"""Slots of a lane: a slow provider fills its own, however slow it is, and never those of the others."""

import importlib.util
import itertools
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
from integrations.watchdog import Watchdog
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


DEAF = Lane("deaf", claim=idle, run=wait_for_stop, task="tests.nobody_hears", slots=1)
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


class Worker:
    """One of several workers: its own account of what it handed out, by a clock that the test moves."""

    def __init__(self, clock: list[float]) -> None:
        spec = importlib.util.find_spec("integrations.handing")
        assert spec
        assert spec.loader
        self.handing = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.handing)
        self.watchdog = Watchdog(lambda: clock[0])
        self.handing.__dict__.update(time=SimpleNamespace(monotonic=lambda: clock[0]), watchdog=self.watchdog)
        self.hands = self.handing.Hands()

    def free(self, lane: Lane) -> int:
        return int(self.handing.free_slots(lane))


@pytest.fixture
def clock(settings: Settings) -> Iterator[list[float]]:
    """Seconds that the test moves, while messages go to a broker that nobody listens to."""
    settings.CELERY_PUBLISHING = True
    with broker(*NOBODY_LISTENS):
        yield [1_000.0]


def test_a_message_that_another_worker_took_frees_its_slot_after_a_moment(clock: list[float]) -> None:
    worker = Worker(clock)
    worker.hands.hand(DEAF, 1)

    clock[0] += 0.4
    assert worker.free(DEAF) == 0
    clock[0] += 0.1
    assert worker.free(DEAF) == 1


def test_a_message_that_waits_for_a_busy_thread_keeps_its_slot_until_it_counts_as_lost(
    clock: list[float],
) -> None:
    worker = Worker(clock)
    for _ in range(worker.watchdog.threads):
        worker.watchdog.heard()
    worker.hands.hand(DEAF, 1)
    worker.hands.hand(DEAF, 2)

    clock[0] += 9.9
    assert worker.free(DEAF) == -1
    clock[0] += 0.1
    assert worker.free(DEAF) == 1


def test_a_thread_that_is_just_free_has_not_missed_the_message_yet(clock: list[float]) -> None:
    worker = Worker(clock)
    for _ in range(worker.watchdog.threads):
        worker.watchdog.heard()
    worker.hands.hand(DEAF, 1)
    clock[0] += 5
    worker.watchdog.finished()

    clock[0] += 0.4
    assert worker.free(DEAF) == 0
    clock[0] += 0.1
    assert worker.free(DEAF) == 1


@pytest.mark.parametrize("count", [1, 2, 4])
def test_workers_that_take_each_others_messages_do_two_hundred_pieces_in_a_minute(
    clock: list[float], count: int
) -> None:
    workers = [Worker(clock) for _ in range(count)]
    lane = Lane("shared", claim=idle, run=wait_for_stop, task="tests.nobody_hears", slots=2)
    rows, takers, done = itertools.count(), itertools.cycle(workers[::-1]), 0
    running: list[tuple[Worker, int]] = []
    for _ in range(200):  # a third of a minute, in steps of 0.1 s: a piece takes one
        clock[0] += 0.1
        for taker, row in running:
            taker.handing.finished(lane.name, row)
        done, running = done + len(running), []
        for worker in workers:
            for row in itertools.islice(rows, max(0, worker.free(lane))):
                worker.hands.hand(lane, row)
                taker = next(takers)
                taker.handing.begun(lane.name, row)
                running.append((taker, row))

    assert done >= 200 / 3


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
