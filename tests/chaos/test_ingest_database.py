"""The database is down, frozen, killed or full: Stripe is told so in time, and nothing accepted is lost."""

import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.bringup.capabilities import not_run
from tests.chaos import checker
from tests.chaos.postgres import Server, server
from tests.chaos.steady import Steady, pings
from tests.processes import Product, until

pytestmark = pytest.mark.chaos

RESTARTS = int(os.environ.get("CHAOS_TIMES", "2"))
FULL = 160  # MB


@pytest.fixture
def postgres() -> Iterator[Server]:
    with server() as made:
        yield made


def web(product: Product) -> None:
    """Only tables and the web process: nothing else takes part in accepting."""
    product.manage("migrate", "--noinput", "--verbosity", "0")
    product.start("web")
    until(lambda: product.get("/healthz") == 200, seconds=90, what="/healthz answers 200")
    Steady(product).send(itertools.islice(pings(product), 20))  # every process has been at work


def test_while_the_database_is_down_stripe_is_told_within_two_seconds(postgres: Server) -> None:
    with Product(postgres.url) as product:
        web(product)
        events = list(itertools.islice(pings(product), 20))
        postgres.stop()

        refused = Steady(product, again=False)
        refused.send(events)
        alive = product.get("/healthz")
        postgres.start()
        taken = Steady(product)
        taken.send(events)

        print(f"down: {refused.report()}; back: {taken.report()}")
        assert refused.first == {503: 20}
        assert max(refused.took) < 2
        assert alive == 200
        assert taken.acked == {each["id"] for each in events}
        assert checker.lost(postgres.url, taken.acked) == []


def test_while_the_database_is_frozen_stripe_is_told_within_five_seconds_and_we_stay_alive(
    postgres: Server,
) -> None:
    with Product(postgres.url) as product:
        web(product)
        events = list(itertools.islice(pings(product), 120))
        refused = Steady(product, again=False)

        with postgres.frozen():
            sending = refused.send_beside(events)  # three times as many as there are threads
            alive = []
            while sending.is_alive():
                started = time.monotonic()
                assert product.get("/healthz") == 200
                alive.append(time.monotonic() - started)
                time.sleep(0.05)
        taken = Steady(product, rate=100)
        taken.send(events)

        print(f"frozen: {refused.report()}; /healthz at most {max(alive):.2f} s; back: {taken.report()}")
        assert refused.first == {503: 120}
        assert max(refused.took) < 5
        assert max(alive) < 1
        assert taken.acked == {each["id"] for each in events}
        assert checker.lost(postgres.url, taken.acked) == []


def test_no_accepted_event_is_lost_when_the_database_is_killed_under_load(postgres: Server) -> None:
    with Product(postgres.url) as product:
        web(product)
        steady = Steady(product)
        sending = steady.send_beside(itertools.islice(pings(product), RESTARTS * 120))

        for _ in range(RESTARTS):
            time.sleep(3)
            postgres.stop(immediately=True)
            postgres.start()
        sending.join()

        print(f"{RESTARTS} immediate restarts: {steady.report()}")
        assert len(steady.acked) == RESTARTS * 120
        assert checker.lost(postgres.url, steady.acked) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of few megabytes; only root can mount one."""
    place = Path("/tmp") / f"launch-ready-disk-{os.getpid()}"  # not pytest's: another user must enter there
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={FULL}m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    try:
        if mounted.returncode:
            not_run("a full disk", why="only root may mount a small one")
        place.chmod(0o755)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)
        place.rmdir()


def test_a_full_disk_costs_refusals_only_and_ends_by_itself(small_disk: Path) -> None:
    with server(small_disk / "data") as postgres, Product(postgres.url) as product:
        web(product)
        events = list(itertools.islice(pings(product, padding=50_000), 40))
        ballast = small_disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(b"\0" * 8_192):
                pass

        refused = Steady(product, again=False)
        refused.send(events)
        alive = product.get("/healthz")
        ballast.unlink()
        taken = Steady(product)
        taken.send(events)

        print(f"full: {refused.report()}; room again: {taken.report()}")
        assert set(refused.first) <= {200, 503}
        assert refused.first[503] > 0
        assert alive == 200
        assert checker.lost(postgres.url, taken.acked | refused.acked) == []
