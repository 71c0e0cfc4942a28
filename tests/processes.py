"""The product as in production: the Procfile's processes against a database, a broker and the sandbox."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from config.launch.procfile import commands
from integrations.sandbox import Sandbox, SandboxServer
from integrations.sandbox.deliverer import deliver
from tests.bringup.redis import free_port

ROOT = Path(__file__).resolve().parents[1]


class Product:
    """Web, worker and beat as child processes, and the sandbox as Stripe, Circle and Kit.

    `with Product(database_url, redis_url=...) as product:` surely ends them all. What they write is kept in
    `folder` until then; without a Redis their messages go through it as well.
    """

    def __init__(
        self, database_url: str, *, redis_url: str = "", extra: Mapping[str, str] | None = None
    ) -> None:
        self.sandbox = Sandbox.stocked()
        self.folder = Path(tempfile.mkdtemp(prefix="launch-ready-product-"))
        self._server = SandboxServer(self.sandbox)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.sandbox_address = self._server.url
        self.environ = dict(os.environ) | {
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "BASE_URL": self.address,
            "ALLOWED_HOSTS": "127.0.0.1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "BROKER_FOLDER": str(self.folder / "broker"),
            "STRIPE_API_BASE": f"{self.sandbox_address}/stripe",
            "CIRCLE_API_BASE": f"{self.sandbox_address}/circle/api/admin/v2",
            "KIT_API_BASE": f"{self.sandbox_address}/kit/v4",
        }
        self.environ.pop("PYTEST_CURRENT_TEST", None)
        if redis_url:
            self.environ["REDIS_URL"] = redis_url
        self.environ |= dict(extra or {})

    def __enter__(self) -> Self:
        self._server.start()
        self.sandbox.stripe.webhook_secret = self.environ["STRIPE_WEBHOOK_SECRETS"].split(",")[0]
        self.sandbox.kit.webhook_secret = self.environ["KIT_WEBHOOK_SECRETS"].split(",")[0]
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        for name in list(self._children):
            self.stop(name, how=signal.SIGKILL)
        self._server.stop()
        if failed:
            for name, said in self.said().items():
                print(f"--- {name}: its last words\n{said[-4000:]}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def manage(self, *arguments: str) -> str:
        """Run one management command to its end and return what it printed."""
        done = self.ask("manage.py", *arguments)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run Python in the product's environment, whatever comes of it."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environ,
            check=False,
            capture_output=True,
            text=True,
        )

    def prepare(self) -> None:
        """Tables, the sample catalogue and the login, as `make run` prepares them."""
        done = self.ask("-m", "config.launch.prepare")
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, *names: str, command: str = "") -> None:
        """Start processes of the Procfile by name (or `command` under the one name given)."""
        lines = commands(ROOT / "Procfile")
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as sink:
                self._children[name] = subprocess.Popen(
                    ["/bin/sh", "-c", f"exec {command or lines[name]}"],
                    cwd=ROOT,
                    env=self.environ,
                    stdout=sink,
                    stderr=sink,
                    start_new_session=True,
                )

    def said(self) -> dict[str, str]:
        """Everything that each process wrote so far."""
        return {file.stem: file.read_text(errors="replace") for file in self.folder.glob("*.log")}

    def deliver_by_itself(self) -> None:
        """From now on the sandbox posts its events as the providers do, and again until they are taken."""
        hooks = f"{self.address}/api/webhooks"
        deliver(self.sandbox, stripe_url=f"{hooks}/stripe", kit_url=f"{hooks}/convertkit")

    def stop(self, name: str, *, how: signal.Signals = signal.SIGTERM) -> None:
        """End one process and all its children."""
        child = self._children.pop(name)
        for ending in dict.fromkeys((how, signal.SIGKILL)):
            try:
                os.killpg(child.pid, ending)
                child.wait(timeout=15)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def runs(self, name: str) -> bool:
        """Whether the process has not ended."""
        return self._children[name].poll() is None

    def pids(self, name: str) -> list[int]:
        """The process, then its children. (Not by number: those start again from the bottom some day.)"""
        leader = self._children[name].pid
        found = subprocess.run(
            ["ps", "-o", "pid=", "-g", str(leader)], capture_output=True, text=True, check=False
        )
        return [leader, *(int(pid) for pid in found.stdout.split() if int(pid) != leader)]

    def wait_ready(self, *, seconds: float = 120) -> None:
        """Return when `/readyz` answers 200: database, sweeper and worker alive."""
        until(lambda: self.get("/readyz") == 200, seconds=seconds, what="/readyz answers 200")

    def get(self, path: str) -> int:
        """The status of a GET; 0 while nobody answers."""
        try:
            with urlopen(self.address + path, timeout=5) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, HTTPException, OSError):
            return 0

    def deliver(self, event: dict[str, Any]) -> int:
        """Post one event, signed; the status code, 0 while nobody answers."""
        body = json.dumps(event).encode()
        request = Request(self.address + "/api/webhooks/stripe", data=body, method="POST")
        request.add_header("Content-Type", "application/json")
        request.add_header("Stripe-Signature", self.sandbox.stripe.sign(body))
        try:
            with urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, HTTPException, OSError):
            return 0

    def deliver_new(self, since: int = 0) -> int:
        """Deliver the sandbox's events from number `since` on; the number to go on from."""
        events = self.sandbox.stripe.events[since:]
        for event in events:
            assert self.deliver(event) == 200, event["type"]
        return since + len(events)


def until(true: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Wait for something to become true; how many seconds that took. Fails naming `what` it waited for."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - started
