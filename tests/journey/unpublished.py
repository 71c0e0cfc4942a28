"""The product's settings with Celery's messages switched off: only the sweeper is left to do the work."""

from config.settings import *  # noqa: F403

CELERY_PUBLISHING = False
