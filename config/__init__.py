"""Settings and entry points; importing it makes the Celery app known to every process."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
