"""Signs of life: a sweeper that sweeps and a worker that really ran something."""

import os
import socket
from datetime import timedelta

from django.db.models.functions import Now

from integrations.models import Heartbeat

KEPT = timedelta(days=1)


def beat(role: str) -> None:
    """Note that this process's sweeper or worker works now, by the database clock."""
    name = f"{role}:{socket.gethostname()}:{os.getpid()}"[:120]
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, beat_at=Now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["beat_at"],
    )


def forget_the_dead() -> None:
    """Drop the rows of processes that are long gone."""
    Heartbeat.objects.filter(beat_at__lt=Now() - KEPT).delete()
