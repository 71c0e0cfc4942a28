"""The web server's shapes beside each other: `python -m tests.bench.servers` (GRANIAN names its program).

Every shape runs the same application on the same database; they take turns, and each turn is compared with
the Procfile's own in the same round, because machines drift.
"""

import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from config.launch.postgres import EmbeddedPostgres
from config.launch.procfile import commands
from tests.bench.load import Load, send
from tests.bringup import environment
from tests.processes import ROOT, Product, until

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = 3.0
CONNECTIONS = (1, 16)
OURS = "--worker-class config.web_worker.GatheringWorker"


@dataclass
class Shape:
    """One command line; `loads` by number of connections."""

    name: str
    line: str
    workers: int
    threads: int
    loads: dict[int, list[Load]] = field(default_factory=lambda: {each: [] for each in CONNECTIONS})

    @property
    def extra(self) -> dict[str, str]:
        return {"WEB_WORKERS": str(self.workers), "WEB_THREADS": str(self.threads)}


def shapes() -> list[Shape]:
    """The first one is the measure of the others."""
    web = commands(ROOT / "Procfile")["web"]
    stock = web.replace(OURS, "--worker-class gthread")
    found = [
        Shape("gathering 2 x 8 (Procfile)", web, 2, 8),
        Shape("gathering 2 x 4", web, 2, 4),
        Shape("gthread 2 x 8", stock, 2, 8),
        Shape("gthread 2 x 4", stock, 2, 4),
        Shape("gthread 4 x 4", stock, 4, 4),
        Shape("sync 4", web.replace(OURS, "--worker-class sync"), 4, 1),
    ]
    if granian := os.environ.get("GRANIAN"):
        line = f"{granian} --interface wsgi config.wsgi:application --host 127.0.0.1 --port $PORT"
        line += " --workers $WEB_WORKERS --blocking-threads $WEB_THREADS --log-level warning"
        found.append(Shape("granian WSGI 2 x 8", line, 2, 8))
    return found


def main() -> None:
    """Print rate, latency and ratio of each; nothing is judged."""
    environment.prepare(os.environ)
    secret = os.environ["STRIPE_WEBHOOK_SECRETS"].split(",")[0]
    postgres = EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="launch-ready-bench-")))
    compared = shapes()
    with ExitStack() as stack:
        stack.callback(postgres.destroy)
        url = postgres.start()
        products = [stack.enter_context(Product(url, extra=shape.extra)) for shape in compared]
        products[0].manage("migrate", "--noinput", "--verbosity", "0")
        for shape, product in zip(compared, products, strict=True):
            product.start("web", command=shape.line)
            until(lambda at=product: at.get("/healthz") == 200, seconds=60, what=f"{shape.name} answers")  # type: ignore[misc]
        for number in range(ROUNDS + 1):
            for shape, product in zip(compared, products, strict=True):
                for connections in CONNECTIONS:
                    load = _load(product, secret=secret, connections=connections)
                    if number:  # the first round warms up
                        shape.loads[connections].append(load)
    for connections in CONNECTIONS:
        _tell(compared, connections)


def _load(product: Product, *, secret: str, connections: int) -> Load:
    address = f"{product.address}/api/webhooks/stripe"
    load = send(address, secret=secret, connections=connections, seconds=SECONDS)
    if set(load.answers) != {200}:
        raise SystemExit(f"Not every event was stored: {dict(load.answers)}")
    return load


def _tell(compared: list[Shape], connections: int) -> None:
    print(f"\n{connections} connections, {ROUNDS} rounds: medians; ratio to the first, and its range")
    first = compared[0].loads[connections]
    for shape in compared:
        loads = shape.loads[connections]
        ratios = sorted(load.rate / mine.rate for load, mine in zip(loads, first, strict=True))
        p50, p95 = (median(load.percentile(share) for load in loads) for share in (0.5, 0.95))
        rate = median(load.rate for load in loads)
        figures = f"{rate:>6.0f}/s  p50 {p50:>6.1f} ms  p95 {p95:>6.1f} ms"
        print(f"{shape.name:<28} {figures}  {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
