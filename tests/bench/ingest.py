"""Webhook throughput, latency and CPU per event, beside the bare view in the same run."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.load import Load, send
from tests.processes import Product, until

CONNECTIONS = (1, 8, 32)
SECONDS = 4.0
ROUNDS = 3
BARE = "gunicorn tests.bench.bare:application"


@dataclass(frozen=True)
class Figure:
    """One line of the table: rates per second, milliseconds, CPU milliseconds per event of the server."""

    connections: int
    rate: float
    p50: float
    p95: float
    p99: float
    cpu_ms: float
    ratio: float


def measure(product: Product, bare: Product, *, secret: str) -> list[Figure]:
    """For each number of connections: ours and the bare view in turn, several rounds, medians of them."""
    return [_figure(product, bare, secret=secret, connections=each) for each in CONNECTIONS]


def start_bare(bare: Product, web_line: str) -> None:
    """The same server line with the bare application in it."""
    bare.start("web", command=web_line.replace("gunicorn config.wsgi", BARE))
    until(lambda: bare.get("/") != 0, seconds=30, what="the bare view answers")


def _figure(product: Product, bare: Product, *, secret: str, connections: int) -> Figure:
    ours: list[tuple[Load, float]] = []
    theirs: list[Load] = []
    for _ in range(ROUNDS):
        ours.append(_load(product, secret=secret, connections=connections))
        theirs.append(_load(bare, secret=secret, connections=connections)[0])
    ratios = [mine[0].rate / other.rate for mine, other in zip(ours, theirs, strict=True)]
    return Figure(
        connections,
        rate=median(load.rate for load, _ in ours),
        p50=median(load.percentile(0.50) for load, _ in ours),
        p95=median(load.percentile(0.95) for load, _ in ours),
        p99=median(load.percentile(0.99) for load, _ in ours),
        cpu_ms=median(cpu * 1000 / max(1, load.answers[200]) for load, cpu in ours),
        ratio=median(ratios),
    )


def _load(product: Product, *, secret: str, connections: int) -> tuple[Load, float]:
    before = _cpu(product)
    load = send(
        product.address + "/api/webhooks/stripe", secret=secret, connections=connections, seconds=SECONDS
    )
    if set(load.answers) != {200}:
        raise SystemExit(f"Not every event was stored: {dict(load.answers)}")
    time.sleep(0.2)
    return load, _cpu(product) - before


def _cpu(product: Product) -> float:
    """CPU seconds that the web processes have used."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in product.pids("web"):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / ticks
