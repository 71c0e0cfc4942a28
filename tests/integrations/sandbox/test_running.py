"""Running the sandbox: restarts, delivery with retries, the sample catalogue, and never in production."""

import os
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from integrations.sandbox import Sandbox
from integrations.sandbox.catalogue import CATALOG
from integrations.sandbox.deliverer import deliver

ADA = "ada@example.com"


class Shop(ThreadingHTTPServer):
    """Takes webhooks; the first one is refused."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ShopHandler)
        self.taken: list[tuple[bytes, str]] = []
        self.refused = 0


class ShopHandler(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refused == 0:
            self.server.refused = 1
            self.send_error(503)
            return
        self.server.taken.append((body, self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    server = Shop()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def wait_for_quiet(sandbox: Sandbox) -> None:
    until = time.monotonic() + 60
    while sandbox.stripe.undelivered:
        assert time.monotonic() < until, sandbox.stripe.undelivered
        time.sleep(0.02)


def test_every_event_is_delivered_signed_and_a_refused_one_again(sandbox: Sandbox, shop: Shop) -> None:
    deliver(sandbox, stripe_url=f"http://127.0.0.1:{shop.server_port}/hook", kit_url="")
    sandbox.stripe.checkout(ADA, price="price_lifetime")
    wait_for_quiet(sandbox)

    assert len(shop.taken) == len(sandbox.stripe.events)
    body, header = shop.taken[0]
    assert header == sandbox.stripe.sign(body, at=int(header.partition(",")[0].removeprefix("t=")))


def test_a_restart_keeps_the_truth_and_the_undelivered_events(tmp_path: Path, shop: Shop) -> None:
    file = tmp_path / "state.json"
    before = Sandbox.stocked(state_file=file)
    before.stripe.checkout(ADA, price="price_pro_month")
    before.stripe.undelivered[before.stripe.events[0]["id"]] = "waiting"
    before.autosave()

    after = Sandbox.stocked(state_file=file)
    assert [each.dump() for each in after.providers] == [each.dump() for each in before.providers]
    deliver(after, stripe_url=f"http://127.0.0.1:{shop.server_port}/hook", kit_url="")
    wait_for_quiet(after)
    assert len(shop.taken) == 1


def test_the_sandbox_holds_everything_that_the_sample_catalogue_names(sandbox: Sandbox) -> None:
    catalog = tomllib.loads(CATALOG.read_text())
    for plan in catalog["plan"]:
        circle, kit = plan["circle"]["circle"], plan["kit"]["kit"]
        assert set(plan["prices"]) <= set(sandbox.stripe.objects)
        assert set(circle["access_groups"]) <= set(sandbox.circle.groups)
        assert set(circle["member_tags"]) <= set(sandbox.circle.tags)
        named = {number for key, number in kit.items() if key.endswith("_sequence")}
        assert named <= set(sandbox.kit.sequences)


def test_the_sandbox_never_loads_in_production() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import integrations.sandbox"],
        env={**os.environ, "ENVIRONMENT": "production"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert "never loads when ENVIRONMENT=production" in run.stderr
