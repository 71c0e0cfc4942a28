"""Wrong clocks: ours decide nothing but whether a signature is fresh, and then the counters say so."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.launch.procfile import commands
from tests.chaos import checker, ground
from tests.chaos.steady import Steady, purchases
from tests.processes import ROOT, Product, until

pytestmark = pytest.mark.chaos


def start(product: Product, name: str, *, minutes: float) -> None:
    """Start the Procfile's process with its clock that wrong."""
    skewed = f"python -m tests.chaos.skewed {minutes * 60}"
    product.start(name, command=f"{skewed} {commands(ROOT / 'Procfile')[name]}")


@pytest.fixture
def product(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Product]:
    with Product(database_url, redis_url=redis_url) as made:
        ground.prepare(made, tmp_path)
        yield made


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_worker_with_a_wrong_clock_works_as_any_other(
    minutes: int, product: Product, database_url: str
) -> None:
    start(product, "worker", minutes=minutes)
    product.start("web", "beat")
    product.wait_ready()
    steady = Steady(product)
    events = purchases(product, atleast=40, name="buyer")
    steady.send(events)

    until(lambda: checker.waiting(database_url) == 0, seconds=60, what="nothing is under way")

    assert checker.lost(database_url, steady.acked) == []
    assert checker.differences(product.sandbox) == []
    assert product.manage("verify_invariants") == "Every rule holds.\n"


@pytest.mark.parametrize(("minutes", "code"), [(6, "too_old"), (-10, "from_the_future")])
def test_a_web_server_with_a_wrong_clock_refuses_all_and_the_counters_name_the_reason(
    minutes: int, code: str, product: Product, database_url: str
) -> None:
    start(product, "web", minutes=minutes)
    until(lambda: product.get("/healthz") == 200, seconds=90, what="/healthz answers 200")
    refused = Steady(product, again=False)
    events = purchases(product, atleast=10, name="buyer")
    refused.send(events)

    assert refused.first == {400: len(events)}
    told = until(lambda: counted(database_url, code) == len(events), seconds=15, what="the counters say it")

    product.stop("web")
    product.start("web")
    until(lambda: product.get("/healthz") == 200, seconds=90, what="/healthz answers 200")
    taken = Steady(product)
    taken.send(events)
    print(f"clock {minutes:+d} min: all refused, counted after {told:.1f} s; put right: {taken.report()}")
    assert taken.first == {200: len(events)}


def counted(database_url: str, code: str) -> int:
    """Refusals for this reason in the minutes that the database's own clock calls the last two."""
    query = (
        "SELECT coalesce(sum(count), 0) FROM billing_deliveryminute"
        " WHERE status = 400 AND code = %s AND minute > statement_timestamp() - interval '2 minutes'"
    )
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query, [code]).fetchone()
    assert row is not None
    return int(row[0])
