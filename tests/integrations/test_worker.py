"""A real Celery worker process, with each broker: rows become due, the worker does them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection as database

from integrations.models import Heartbeat, SyncStatus
from integrations.sandbox import Sandbox
from tests.sandbox_world import Buyer
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
COMMAND = (
    "-m celery --quiet --app config worker --pool threads --concurrency 8 --without-gossip --without-mingle"
)
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a worker on this test's database; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def launch(**environ: str) -> subprocess.Popen[bytes]:
        url = urlsplit(os.environ["DATABASE_URL"])
        name = database.settings_dict["NAME"]
        environ |= {
            "DATABASE_URL": urlunsplit(url._replace(path=f"/{name}")),
            "BROKER_FOLDER": str(tmp_path / "broker"),
            "CIRCLE_API_BASE": settings.CIRCLE_API_BASE,
            "KIT_API_BASE": settings.KIT_API_BASE,
        }
        process = subprocess.Popen(
            [sys.executable, *COMMAND.split()],
            env=os.environ | environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        return process

    yield launch
    for process in running:
        process.kill()
        process.wait()


def served(buyer: Buyer, sandbox: Sandbox) -> bool:
    done = buyer.sync("circle").status == buyer.sync("kit").status == SyncStatus.IN_SYNC
    return done and sandbox.circle.members_of(101) == {buyer.email}


def test_a_worker_does_what_is_due_and_stops_when_told(sandbox: Sandbox, buyer: Buyer, start: Start) -> None:
    buyer.buys("pro")

    worker = start()

    assert eventually(lambda: served(buyer, sandbox), seconds=120)
    assert eventually(lambda: Heartbeat.objects.filter(name__startswith="worker:").exists(), seconds=120)
    buyer.cancels("pro")
    assert eventually(lambda: sandbox.circle.members_of(101) == set(), seconds=20)
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=60)


def test_a_worker_does_what_is_due_with_redis(
    sandbox: Sandbox, buyer: Buyer, start: Start, redis_url: str
) -> None:
    buyer.buys("pro")

    start(REDIS_URL=redis_url)

    assert eventually(lambda: served(buyer, sandbox), seconds=120)


def test_a_worker_whose_redis_never_came_does_the_work_itself(
    sandbox: Sandbox, buyer: Buyer, start: Start
) -> None:
    buyer.buys("pro")

    start(REDIS_URL="redis://127.0.0.1:9/0")

    assert eventually(lambda: served(buyer, sandbox), seconds=120)
