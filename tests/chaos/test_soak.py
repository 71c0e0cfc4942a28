"""Nothing lost, nothing doubled, everybody right in the end: minutes of business and misfortune."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.chaos import checker, ground
from tests.chaos.business import Business
from tests.chaos.postman import Postman
from tests.chaos.trouble import Trouble
from tests.processes import Product, until

pytestmark = pytest.mark.chaos

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
SEEDS = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "1,2,3").split(",")]
PEOPLE = 40
PATIENCE = 240.0  # seconds until everything is right after the last misfortune


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_is_right_in_the_end(seed: int, database_url: str, redis_url: str, tmp_path: Path) -> None:
    with Product(database_url, redis_url=redis_url) as product:
        ground.prepare(product, tmp_path)
        product.start("web", "worker", "beat")
        product.wait_ready()
        business = Business(product.sandbox, seed=seed, people=PEOPLE)
        trouble = Trouble(product, redis_url=redis_url, seed=seed)
        postman = Postman(product, seed=seed)
        postman.start()

        _soak(business, trouble, seed=seed)

        until(lambda: postman.done, seconds=60, what="every event is answered 2xx")
        postman.stop()
        until(lambda: checker.waiting(database_url) == 0, seconds=PATIENCE, what="nothing is under way")
        print(
            f"seed {seed}: {business.acts} acts, {sum(postman.answers.values())} deliveries, {trouble.seen}"
        )
        assert checker.differences(product.sandbox) == []
        assert checker.lost(database_url, postman.acked) == []
        assert product.manage("verify_invariants") == "Every rule holds.\n"


def _soak(business: Business, trouble: Trouble, *, seed: int) -> None:
    """Business all the time; between the misfortunes a few quiet seconds."""
    pace = random.Random(seed)
    end = time.monotonic() + SECONDS
    strikes_at = time.monotonic() + 3
    while time.monotonic() < end:
        business.act()
        time.sleep(pace.uniform(0.05, 0.3))
        if time.monotonic() >= strikes_at:
            trouble.strike()
            strikes_at = time.monotonic() + pace.uniform(2, 6)
