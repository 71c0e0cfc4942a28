"""What goes wrong meanwhile: killed processes, a frozen or emptied Redis, failing providers."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import redis

from tests.processes import Product

PROVIDERS = ("stripe", "circle", "kit")


class Trouble:
    """One misfortune at a time, chosen by the seed; each repairs itself before the next."""

    def __init__(self, product: Product, *, redis_url: str, seed: int) -> None:
        self.seen: Counter[str] = Counter()
        self._product = product
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=2)
        self._redis_pid = int(self._redis.info()["process_id"])
        self._random = random.Random(seed)

    def strike(self) -> None:
        """Do one of them."""
        kinds: list[Callable[[], None]] = [
            self.worker_killed, self.web_killed, self.redis_frozen, self.redis_flushed,
            self.provider_down, self.answers_lost, self.told_to_wait, self.slow,
        ]  # fmt: skip
        chosen = self._random.choice(kinds)
        self.seen[chosen.__name__] += 1
        chosen()

    def worker_killed(self) -> None:
        self._product.stop("worker", how=signal.SIGKILL)
        self._product.start("worker")

    def web_killed(self) -> None:
        """One of the web server's processes; its master makes another."""
        pids = self._product.pids("web")
        for pid in self._random.sample(pids[1:], k=min(1, len(pids) - 1)):
            os.kill(pid, signal.SIGKILL)

    def redis_frozen(self) -> None:
        os.kill(self._redis_pid, signal.SIGSTOP)
        time.sleep(self._random.uniform(1, 4))
        os.kill(self._redis_pid, signal.SIGCONT)

    def redis_flushed(self) -> None:
        self._redis.flushall()

    def provider_down(self) -> None:
        self._for_a_while(status=self._random.choice((500, 502, 503)))

    def answers_lost(self) -> None:
        """The effect happens, the answer does not arrive."""
        self._for_a_while(reset=True, after_effect=True)

    def told_to_wait(self) -> None:
        self._for_a_while(status=429, headers={"Retry-After": "1"})

    def slow(self) -> None:
        self._for_a_while(delay=2.0)

    def _for_a_while(self, **fault: Any) -> None:
        provider = self._random.choice(PROVIDERS)
        faults = self._product.sandbox.faults
        faults.add(provider, **fault)
        time.sleep(self._random.uniform(1, 4))
        faults.clear(provider)
