"""The sandbox: one Stripe account, one Circle community, one Kit account, a journal and faults."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from integrations.sandbox import catalogue
from integrations.sandbox.circle.community import Circle
from integrations.sandbox.journal import Journal
from integrations.sandbox.kit.account import Kit
from integrations.sandbox.provider import Provider, Shared
from integrations.sandbox.routing import Json
from integrations.sandbox.stripe.account import Stripe


class Sandbox:
    """Everything in memory behind one lock; `state_file` keeps it over a restart."""

    def __init__(self, *, state_file: Path | None = None) -> None:
        shared = Shared()
        self._shared = shared
        self._saving = threading.Lock()
        self.lock = shared.lock
        self.faults = shared.faults
        self.journal = Journal()
        self.stripe = Stripe(shared)
        self.circle = Circle(shared)
        self.kit = Kit(shared)
        self.providers: tuple[Provider, ...] = (self.stripe, self.circle, self.kit)
        self.office_url = ""
        self.state_file = state_file

    @classmethod
    def stocked(cls, *, state_file: Path | None = None) -> Self:
        """A sandbox with the sample catalogue's prices, groups, tags and sequences."""
        sandbox = cls(state_file=state_file)
        sandbox.load()
        catalogue.stock(sandbox.stripe, circle=sandbox.circle, kit=sandbox.kit)
        return sandbox

    @property
    def now(self) -> Callable[[], float]:
        """The clock of all three, Unix seconds; set it to travel."""
        return self._shared.clock

    @now.setter
    def now(self, clock: Callable[[], float]) -> None:
        self._shared.clock = clock

    def save(self, path: Path) -> None:
        """Write the state at once or not at all."""
        with self._saving:
            with self.lock:
                text = json.dumps({each.name: each.dump() for each in self.providers})
            fresh = path.with_suffix(".new")
            fresh.write_text(text)
            os.replace(fresh, path)

    def load(self, path: Path | None = None) -> None:
        """Take the state of the file, if there is one."""
        source = path or self.state_file
        if source is None or not source.exists():
            return
        state: Json = json.loads(source.read_text())
        with self.lock:
            for each in self.providers:
                each.restore(state[each.name])

    def autosave(self) -> None:
        if self.state_file is not None:
            self.save(self.state_file)
