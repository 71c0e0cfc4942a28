"""Web processes and workers killed or replaced under load: whatever was accepted is kept and processed."""

import os
import random
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest

from config.launch.procfile import commands
from tests.bringup.redis import free_port
from tests.chaos import checker, ground
from tests.chaos.steady import Steady, purchases
from tests.processes import ROOT, Product, until

pytestmark = pytest.mark.chaos

TIMES = int(os.environ.get("CHAOS_TIMES", "2"))
BETWEEN = 5.0  # seconds
RATE = 20.0
STOPPED = 25.0  # seconds that a process may take to end, of the 30 that platforms allow
PROMISE = 60.0


@pytest.fixture
def product(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Product]:
    with Product(database_url, redis_url=redis_url) as made:
        ground.prepare(made, tmp_path)
        made.start("web", "worker", "beat")
        made.wait_ready()
        yield made


def test_a_web_process_killed_every_few_seconds_loses_nothing(product: Product, database_url: str) -> None:
    chance = random.Random(7)
    steady = Steady(product, rate=RATE)
    sending = steady.send_beside(purchases(product, atleast=int(TIMES * BETWEEN * RATE), name="buyer"))

    kills = 0
    while sending.is_alive():
        time.sleep(BETWEEN)
        os.kill(chance.choice(product.pids("web")[1:]), signal.SIGKILL)
        kills += 1

    settles(product, database_url, steady, f"{kills} web processes killed")


def test_a_rolling_deploy_under_load_fails_no_delivery(product: Product, database_url: str) -> None:
    """The platform's way: the new web server is up before the old one is told to end; so with the worker."""
    steady = Steady(product, rate=RATE)
    sending = steady.send_beside(purchases(product, atleast=int(TIMES * 2 * BETWEEN * RATE), name="buyer"))

    longest, old = 0.0, "web"
    for number in range(TIMES):
        new, port = f"web{number}", free_port()
        product.environ["PORT"] = str(port)
        product.start(new, command=commands(ROOT / "Procfile")["web"])
        address = f"http://127.0.0.1:{port}"
        until(partial(answers, address), seconds=90, what="the new one answers")
        product.address = address  # what a router does
        time.sleep(0.5)
        longest = max(longest, ended(product, old), replaced(product, "worker"))
        old = new
    sending.join()

    settles(
        product, database_url, steady, f"{TIMES} rolling deploys, each process ended within {longest:.1f} s"
    )
    assert steady.first == {200: len(steady.acked)}
    assert longest < STOPPED


def answers(address: str) -> bool:
    """Whether that server is up."""
    try:
        with urlopen(f"{address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_web_server_stopped_and_started_under_load_loses_nothing(
    product: Product, database_url: str
) -> None:
    """Where nothing else takes over meanwhile, Stripe has to come again."""
    steady = Steady(product, rate=RATE)
    sending = steady.send_beside(purchases(product, atleast=int(TIMES * BETWEEN * RATE), name="buyer"))

    longest = 0.0
    for _ in range(TIMES):
        time.sleep(2)
        longest = max(longest, replaced(product, "web"))
        until(lambda: product.get("/healthz") == 200, seconds=90, what="/healthz answers 200")
    sending.join()

    assert 500 not in steady.first
    settles(product, database_url, steady, f"{TIMES} restarts, the web server ended within {longest:.1f} s")
    assert longest < STOPPED


def replaced(product: Product, name: str) -> float:
    """Tell the process to end and start another; how long it took to end."""
    took = ended(product, name)
    product.start(name)
    return took


def ended(product: Product, name: str) -> float:
    """Tell the process to end, as platforms do; how many seconds it took."""
    old = product.pids(name)[0]
    started = time.monotonic()
    os.kill(old, signal.SIGTERM)
    until(lambda: not running(old), seconds=60, what=f"{name} ends")
    took = time.monotonic() - started
    product.stop(name)
    return took


def running(pid: int) -> bool:
    """Whether the process lives; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def settles(product: Product, database_url: str, steady: Steady, what: str) -> None:
    """All that was accepted is processed, and everybody is as they should be."""
    started = time.monotonic()
    until(lambda: checker.waiting(database_url) == 0, seconds=PROMISE, what="nothing is under way")
    print(f"{what}: {steady.report()}; processed {time.monotonic() - started:.1f} s after the last")
    assert checker.lost(database_url, steady.acked) == []
    assert checker.differences(product.sandbox) == []
    assert product.manage("verify_invariants") == "Every rule holds.\n"
