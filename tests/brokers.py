"""Another broker for Celery in this process, for one test: nothing of it is left for the next one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app

REFUSES = ("redis://127.0.0.1:9/0", "config.broker:RedisTransport")
NOBODY_LISTENS = ("memory://", "memory")


@contextmanager
def broker(url: str, transport: str) -> Iterator[None]:
    """What is published goes to `url`; connections that Celery holds to the usual one are kept for later."""
    options = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(current_app.conf, "broker_url", url)
        patch.setitem(current_app.conf, "broker_transport", transport)
        patch.setitem(current_app.conf, "broker_transport_options", options)
        patch.setattr(current_app, "_pool", None)
        patch.setattr(current_app.amqp, "_producer_pool", None)
        yield
