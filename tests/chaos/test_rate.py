"""Two processes that always have something to ask: never above the limit, and it is used."""

import os
import subprocess
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.chaos import ground
from tests.processes import ROOT, Product

pytestmark = pytest.mark.chaos

SECONDS = float(os.environ.get("CHAOS_RATE_SECONDS", "66"))  # 310 fill a window of Circle's too
BURST = 10.0  # seconds in which what may start at once is used up; what is measured is the rate after it
CALLER = f"""
import threading, time, django
django.setup()
from integrations.connectors import health
from integrations.models import Connection
asked = Connection.objects.filter(kind__in=("stripe", "kit", "circle"))
until = time.monotonic() + {SECONDS}
def ask(connection):
    while time.monotonic() < until:
        health(connection)
callers = [threading.Thread(target=ask, args=(each,)) for each in asked for _ in range(8)]
for each in callers: each.start()
for each in callers: each.join()
"""


@dataclass(frozen=True)
class Allowed:
    """`calls` in any window of `seconds`, of which at least the share `used` is asked for."""

    calls: int
    seconds: float
    used: float


# The real windows. Kit ten times as large, so that its 90 % are more than a handful.
ALLOWED = {
    "stripe": Allowed(25, 1.0, 0.9),
    "kit": Allowed(1_200, 60.0, 0.9),
    "circle": Allowed(2_000, 300.0, 0.9),
}


@pytest.fixture
def product(database_url: str, tmp_path: Path) -> Iterator[Product]:
    """No process yet, and the limits as documented."""
    with Product(database_url) as made:
        ground.prepare(made, tmp_path)
        made.sandbox.kit.limit.limit = ALLOWED["kit"].calls
        with psycopg.connect(database_url) as connection:
            for kind, allowed in ALLOWED.items():
                connection.execute(
                    "UPDATE integrations_connection"
                    " SET options = jsonb_build_object('calls_per_window', %s::int) WHERE kind = %s",
                    [allowed.calls, kind],
                )
        yield made


def test_two_processes_stay_below_the_limit_in_every_window_and_use_it(product: Product) -> None:
    """Counted where the provider counts: as the calls arrive."""
    callers = [
        subprocess.Popen([sys.executable, "-c", CALLER], cwd=ROOT, env=product.environ) for _ in range(2)
    ]
    try:
        assert [each.wait(timeout=SECONDS + 60) for each in callers] == [0, 0]
    finally:
        for each in callers:
            each.kill()

    assert {call.status for call in product.sandbox.journal.calls()} == {200}
    for kind, allowed in ALLOWED.items():
        starts = [call.at for call in product.sandbox.journal.calls(kind)]
        most = max(bisect_right(starts, at + allowed.seconds) - index for index, at in enumerate(starts))
        steady = starts[bisect_left(starts, starts[0] + BURST) :]
        used = (len(steady) - 1) / (steady[-1] - steady[0]) * allowed.seconds / allowed.calls
        print(f"{kind}: at most {most} of {allowed.calls} in {allowed.seconds:g} s, {used:.1%} used")
        assert most <= allowed.calls
        assert used >= allowed.used
