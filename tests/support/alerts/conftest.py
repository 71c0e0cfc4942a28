"""A shop in which all is well, and somebody who listens to its alerts."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from integrations import heartbeat
from tests.support.alerts.listener import Listener


@pytest.fixture(autouse=True)
def all_is_well(db: None) -> None:
    """Every process shows signs of life."""
    for role in ("sweeper", "worker", "beat"):
        heartbeat.beat(role)


@pytest.fixture
def listener(settings: Settings) -> Iterator[Listener]:
    """Mail goes to Django's outbox, the webhook to a real server on this machine."""
    listener = Listener()
    settings.ALERT_EMAILS = ["founder@example.com"]
    settings.ALERT_WEBHOOK_URL = listener.start()
    yield listener
    listener.stop()
