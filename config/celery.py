"""The Celery app of the worker and of beat."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("launch_ready")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def refuse_unsafe_content(sender: Celery, **_: Any) -> None:
    """Pickle lets whoever can write to the broker run code here; no configuration may bring it back."""
    conf = sender.conf
    serializers = (conf.task_serializer, conf.result_serializer, conf.event_serializer)
    if {*conf.accept_content, *(conf.result_accept_content or ()), *serializers} != {"json"}:
        # Celery logs what a signal's receiver raises and goes on; only an exit stops the process.
        raise SystemExit("Refusing to start. Celery must accept and send json only.")


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Django's settings have set up logging; with a receiver here Celery adds none of its own."""


@task_prerun.connect
def bind_task(task_id: str = "", task: Any = None, **_: Any) -> None:
    """Every log line of a task names it."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=getattr(task, "name", ""), task_id=task_id)


@task_postrun.connect
def unbind_task(**_: Any) -> None:
    """Threads are used again: nothing of this task may reach the next one's lines."""
    structlog.contextvars.clear_contextvars()
