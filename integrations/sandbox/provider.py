"""What the three providers have in common: routes, credentials, limits, faults, one lock."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Unpack

from integrations.sandbox.faults import Fault, FaultOptions, Faults
from integrations.sandbox.limits import RollingWindow
from integrations.sandbox.routing import Answer, Json, Request, Route, Router


@dataclass
class Shared:
    """One lock, one clock and one set of faults for the whole sandbox."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    clock: Callable[[], float] = time.time
    faults: Faults = field(default_factory=Faults)


class Provider(ABC):
    """A provider answers requests; its subclass holds the state and says how its refusals look."""

    name: ClassVar[str]
    prefix: ClassVar[str]

    def __init__(self, shared: Shared, *, limit: RollingWindow) -> None:
        self.shared = shared
        self.lock = shared.lock
        self.router = Router()
        self.revoked: set[str] = set()
        self.enforce_limits = False
        self.limit = limit

    def now(self) -> float:
        return self.shared.clock()

    def timestamp(self, pattern: str = "%Y-%m-%dT%H:%M:%SZ") -> str:
        return datetime.fromtimestamp(self.now(), tz=UTC).strftime(pattern)

    def fail(self, status: int | None = None, /, **options: Unpack[FaultOptions]) -> Fault:
        """Make calls fail from now on, until heal(). Options as in faults.Fault."""
        if status is not None:
            options["status"] = status
        return self.shared.faults.add(self.name, **options)

    def heal(self) -> None:
        self.shared.faults.clear(self.name)

    def route_of(self, request: Request) -> Route | None:
        """The route for this request, with its placeholders filled in."""
        found = self.router.match(request.method, request.path)
        if found is None:
            return None
        request.params = found[1]
        return found[0]

    def answer(self, request: Request, *, route: Route | None) -> Answer:
        """Check credential and limit, then do the work, under the lock."""
        with self.lock:
            key = self.credential(request)
            if self.enforce_limits and self.limit.exceeded(self.limit_key(key), now=self.now()):
                return self.refusal(429)
            if not key or key in self.revoked:
                return self.unauthorised(key)
            return route.handler(request) if route else self.unknown_path(request)

    def limit_key(self, _credential: str) -> str:
        """What the rate limit is counted by."""
        return _credential

    def whose(self, request: Request) -> str:
        """The address that the call is about; subclasses also look ids up."""
        return request.email()

    @abstractmethod
    def credential(self, request: Request) -> str:
        """The key or token that came along, "" when none did."""

    @abstractmethod
    def unauthorised(self, _key: str) -> Answer:
        """The provider's 401 for this credential, "" when none came."""

    @abstractmethod
    def unknown_path(self, _request: Request) -> Answer:
        """The provider's answer where it has no route."""

    @abstractmethod
    def refusal(self, status: int) -> Answer:
        """The provider's own words for a failure with that status."""

    @abstractmethod
    def dump(self) -> Json:
        """The state as JSON values."""

    @abstractmethod
    def restore(self, state: Json) -> None:
        """Take a dumped state."""
