"""A sweeper starts and stops with its Celery worker, and learns when a piece of work is over."""

from collections.abc import Sequence
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_init, worker_shutting_down

from integrations.handing import begun, finished
from integrations.lanes import Lane, registered
from integrations.sweeper import CANARY, Sweeper
from integrations.watchdog import watch, watchdog

_running: list[Sweeper] = []


@worker_init.connect
def start_sweeper(sender: Any, **_: Any) -> None:
    """Before the broker is asked for anything: `worker_ready` never comes while the broker is down."""
    sweeper = Sweeper()
    _running.append(sweeper)
    sweeper.start()
    watch()
    watchdog.threads = int(sender.concurrency)


@worker_shutting_down.connect
def stop_sweeper(**_: Any) -> None:
    watchdog.dismiss()
    while _running:
        _running.pop().stop()


@task_prerun.connect
def hear(task: Any = None, args: Sequence[Any] = (), **_: Any) -> None:
    """A message reached this worker, and a thread of its pool took it up."""
    watchdog.heard()
    for lane in _lanes_of(task, args):
        begun(lane.name, args[0])


@task_postrun.connect
def free_the_slot(sender: Any = None, args: Sequence[Any] = (), **_: Any) -> None:
    """However a task ended: its slot is free, and more may be due."""
    watchdog.finished()
    for lane in _lanes_of(sender, args):
        finished(lane.name, args[0])


def _lanes_of(task: Any, args: Sequence[Any]) -> list[Lane]:
    known = task is not None and bool(args)
    return [lane for lane in (*registered(), CANARY) if known and lane.task == task.name]
