"""Huge, endless, dripping and forged deliveries cost a refusal, and the good ones beside them nothing."""

import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.rude import Drippers, ask, request
from tests.chaos.steady import Steady, pings
from tests.processes import Product, until

pytestmark = pytest.mark.chaos

SECONDS = float(os.environ.get("CHAOS_FLOOD_SECONDS", "15"))
BAD_RATE = 200
QUICK = 0.5  # seconds, 95th percentile of good deliveries
MEGABYTE = 1_048_576
SLOW = request("Content-Length: 5000", "Stripe-Signature: t=1,v1=00", body=b"x" * 5000)
SLOW_HEAD, SLOW_BODY = ((SLOW[:end], SLOW[end:]) for end in (4, SLOW.index(b"\r\n\r\n") + 4))
HUNDRED_CHUNKS = (b"fffff\r\n" + b"x" * 0xFFFFF + b"\r\n") * 50


@pytest.fixture
def product(database_url: str) -> Iterator[Product]:
    """Only a warm web process."""
    with Product(database_url) as made:
        made.start("web")
        until(lambda: made.get("/healthz") == 200, seconds=90, what="/healthz answers 200")
        Steady(made).send(itertools.islice(pings(made), 20))
        yield made


def port(product: Product) -> int:
    return int(product.environ["PORT"])


def memory(product: Product) -> dict[int, float]:
    """Resident megabytes of each web process."""
    found = {}
    for pid in product.pids("web"):
        status = Path(f"/proc/{pid}/status").read_text()
        found[pid] = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return found


REFUSED = {
    "a byte over a megabyte": (request(f"Content-Length: {MEGABYTE + 1}", body=b"x" * (MEGABYTE + 1)), {413}),
    "50 MB": (request(f"Content-Length: {50 * MEGABYTE}", body=b"x" * 50 * MEGABYTE), {413}),
    "chunked, no length": (request("Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"), {411}),
    "50 MB in chunks": (request("Transfer-Encoding: chunked", body=HUNDRED_CHUNKS), {411}),
    "chunked and a length": (
        request("Transfer-Encoding: chunked", "Content-Length: 5", body=b"hello"),
        {400},
    ),
    "two lengths": (request("Content-Length: 2", "Content-Length: 3", body=b"{} "), {400}),
    "a length that is no number": (request("Content-Length: -5", body=b"hello"), {400}),
    "a header of a megabyte": (request(f"Stripe-Signature: t=1,v1={'a' * MEGABYTE}"), {400, 431}),
    "10,000 signatures": (request(f"Stripe-Signature: t=1{',v1=00' * 10_000}"), {400, 431}),
    "a thousand headers": (request(*(f"X-{number}: 1" for number in range(1_000))), {400, 431}),
}


def test_what_is_too_large_or_malformed_is_refused_and_not_kept_in_memory(product: Product) -> None:
    before = memory(product)
    for name, (message, statuses) in REFUSED.items():
        started = time.monotonic()
        assert ask(port(product), message) in statuses, name
        assert time.monotonic() - started < 2, name
    after = memory(product)

    rise = max(after[pid] - before[pid] for pid in before)
    print(f"memory rose by at most {rise:.1f} MB in a process")
    assert after.keys() == before.keys(), "no process died"
    assert rise < 50


def test_fifty_senders_of_a_byte_per_second_delay_nobody_and_are_sent_away(product: Product) -> None:
    before = memory(product)
    steady = Steady(product)
    with Drippers(port(product), [SLOW_HEAD, SLOW_BODY] * 25) as drippers:
        time.sleep(1)
        steady.send(itertools.islice(pings(product), 240))
        until(lambda: len(drippers.statuses) == 50, seconds=20, what="all are sent away")

    rise = max(megabytes - before[pid] for pid, megabytes in memory(product).items())
    print(f"beside 50 slow senders: {steady.report()}; memory +{rise:.1f} MB")
    assert steady.first == {200: 240}
    assert steady.p95 < QUICK
    assert Counter(drippers.statuses) == {408: 50}
    assert rise < 50


def test_a_flood_of_forgeries_neither_delays_the_good_nor_fills_the_disk(product: Product) -> None:
    forged = request(
        "Stripe-Signature: t=1,v1=" + "0" * 64, "Content-Length: 2", "Connection: close", body=b"{}"
    )
    over = threading.Event()
    answers: Counter[int] = Counter()

    def flood() -> None:
        at = time.monotonic()
        while not over.is_set():
            at += 4 / BAD_RATE
            time.sleep(max(0.0, at - time.monotonic()))
            answers[ask(port(product), forged)] += 1

    written = sum(map(len, product.said().values()))
    flooders = [threading.Thread(target=flood) for _ in range(4)]
    for each in flooders:
        each.start()
    good = Steady(product, rate=5)
    good.send(itertools.islice(pings(product), int(5 * SECONDS)))
    over.set()
    for each in flooders:
        each.join()
    written = sum(map(len, product.said().values())) - written

    bad = answers.total()
    print(
        f"{bad / SECONDS:.0f} forgeries/s beside it: {good.report()}; {written / bad:.0f} bytes of log each"
    )
    assert good.first == {200: int(5 * SECONDS)}
    assert good.p95 < QUICK
    assert set(answers) == {400}
    assert written / bad * BAD_RATE * 60 < 10_000_000
