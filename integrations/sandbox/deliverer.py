"""Delivering webhooks over HTTP, with retries, as the providers do."""

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from integrations.sandbox.routing import Json
from integrations.sandbox.world import Sandbox

BACKOFF = (1, 2, 5, 10, 20, 40, 60)  # seconds; the last one repeats
TIMEOUT = 20.0


@dataclass(frozen=True)
class Target:
    """Where to post, and how the provider signs: the header's name and its value for these bytes."""

    url: str
    header: str
    sign: Callable[[bytes], str]


class Deliverer:
    """One thread, in order of due time; `waiting` says of each id how its delivery stands."""

    def __init__(self, target: Target, *, waiting: dict[str, str], saved: Callable[[], None]) -> None:
        self.target = target
        self.waiting = waiting
        self._saved = saved
        self._queue: queue.PriorityQueue[tuple[float, str, int]] = queue.PriorityQueue()
        self._bodies: dict[str, bytes] = {}

    def start(self) -> None:
        threading.Thread(target=self._work, name="webhooks", daemon=True).start()

    def take(self, event: Json) -> None:
        """Deliver this event now, and again until it is taken."""
        key = str(event.get("id") or event["delivery_id"])
        self._bodies[key] = json.dumps(event).encode()
        self.waiting[key] = "waiting"
        self._queue.put((time.monotonic(), key, 1))

    def _work(self) -> None:
        while True:
            due, key, attempt = self._queue.get()
            if due > time.monotonic():
                self._queue.put((due, key, attempt))
                time.sleep(min(0.2, due - time.monotonic() + 0.01))
                continue
            outcome = self._post(self._bodies[key])
            if outcome.startswith("2"):
                self.waiting.pop(key, None)
                self._bodies.pop(key, None)
            else:
                self.waiting[key] = f"try {attempt}: {outcome}"
                pause = BACKOFF[min(attempt, len(BACKOFF)) - 1]
                self._queue.put((time.monotonic() + pause, key, attempt + 1))
            self._saved()

    def _post(self, body: bytes) -> str:
        """The status of the answer as text, or why there was none."""
        url = urlsplit(self.target.url)
        connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port or 80, timeout=TIMEOUT)
        headers = {"Content-Type": "application/json", self.target.header: self.target.sign(body)}
        try:
            connection.request("POST", url.path, body=body, headers=headers)
            return str(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()


def deliver(sandbox: Sandbox, *, stripe_url: str, kit_url: str) -> None:
    """Post each provider's events to its address ("" is nowhere), first those left from before."""
    stripe, kit = sandbox.stripe, sandbox.kit
    if stripe_url:
        target = Target(stripe_url, header="Stripe-Signature", sign=stripe.sign)
        to_us = Deliverer(target, waiting=stripe.undelivered, saved=sandbox.autosave)
        left = [event for event in stripe.events if event["id"] in stripe.undelivered]
        stripe.on_event = to_us.take
        to_us.start()
        for event in left:
            to_us.take(event)
    if kit_url:
        target = Target(kit_url, header="X-Kit-Signature", sign=kit.sign)
        mail = Deliverer(target, waiting={}, saved=sandbox.autosave)
        kit.on_event = mail.take
        mail.start()
