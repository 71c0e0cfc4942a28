"""`make bench-admin`: prints each page's queries and times; exits 1 when a goal is missed.

BENCH_CUSTOMERS: how many people (1,000,000). BENCH_FOLDER: a folder that keeps the filled databases for the
next run. BENCH_ROUNDS: how often each page is asked at each size (7). BENCH_PAGES: only pages with this in
their name.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from config.launch.postgres import EmbeddedPostgres
from tests.bringup import environment

FEW = 10_000


def main() -> int:
    """Fill two databases of a PostgreSQL of its own, and ask every page of both in turn."""
    import django

    environment.prepare(os.environ)
    customers, rounds = (_number(*each) for each in (("BENCH_CUSTOMERS", 1_000_000), ("BENCH_ROUNDS", 7)))
    kept = os.environ.get("BENCH_FOLDER")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="launch-ready-bench-"))
    postgres = EmbeddedPostgres(folder, throwaway=True)
    try:
        os.environ["DATABASE_URL"] = postgres.start()
        django.setup()
        from tests.bench.admin import asking, filling

        names = [filling.prepared(os.environ["DATABASE_URL"], customers=each) for each in (FEW, customers)]
        return asking.compare(*names, rounds=rounds, only=os.environ.get("BENCH_PAGES", ""))
    finally:
        postgres.stop()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def _number(name: str, usual: int) -> int:
    return int(os.environ.get(name, str(usual)))


if __name__ == "__main__":
    sys.exit(main())
