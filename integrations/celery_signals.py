"""A sweeper starts and stops with its Celery worker."""

from typing import Any

from celery.signals import worker_ready, worker_shutting_down

from integrations.sweeper import Sweeper

_running: list[Sweeper] = []


@worker_ready.connect
def start_sweeper(**_: Any) -> None:
    sweeper = Sweeper()
    _running.append(sweeper)
    sweeper.start()


@worker_shutting_down.connect
def stop_sweeper(**_: Any) -> None:
    while _running:
        _running.pop().stop()
