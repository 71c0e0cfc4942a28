"""Proof that a process really works, not only exists."""

from django.db import models
from django.db.models.functions import Now


class Heartbeat(models.Model):
    """One row per sweeper and worker; newer than 60 s means alive (`/readyz`)."""

    name = models.CharField(max_length=120, primary_key=True)
    beat_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
