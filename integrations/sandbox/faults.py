"""Fault switches: which call goes wrong, how, and how often."""

import threading
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from integrations.sandbox.routing import Json, Request

KINDS = {"down": 503, "unauthorised": 401, "rate_limited": 429}
SLOW_SECONDS = 8.0


class FaultOptions(TypedDict, total=False):
    method: str | None
    route: str | None
    email: str | None
    status: int | None
    body: Json | str | None
    headers: dict[str, str] | None
    delay: float | None
    times: int | None
    after_effect: bool
    reset: bool
    drip: bool
    kind: str | None


@dataclass
class Fault:
    """A fault for the calls that fit all of method, route template and e-mail that are given.

    status, body, headers: the answer instead (no body: the provider's own words for that status).
    delay: seconds to wait first. times: how often, None is until cleared. after_effect: do the work,
    then fail. reset: break the connection. drip: send the answer a byte every 5 seconds.
    kind: a ready-made fault: down, unauthorised, rate_limited, slow.
    """

    provider: str
    method: str | None = None
    route: str | None = None
    email: str | None = None
    status: int | None = None
    body: Json | str | None = None
    headers: dict[str, str] | None = None
    delay: float | None = None
    times: int | None = None
    after_effect: bool = False
    reset: bool = False
    drip: bool = False
    kind: str | None = None
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind == "slow":
            self.delay = SLOW_SECONDS if self.delay is None else self.delay
        elif self.kind is not None:
            self.status = self.status or KINDS[self.kind]

    @property
    def answers(self) -> bool:
        """Whether the call gets the fault's own answer (or none) and not the provider's."""
        return self.status is not None or self.body is not None or self.reset

    def fits(self, request: Request, *, route: str, email: str) -> bool:
        if self.provider != request.provider or (self.times is not None and self.hits >= self.times):
            return False
        if self.method and self.method.upper() != request.method:
            return False
        if self.route and self.route not in (route, route.partition(" ")[2]):
            return False
        return not self.email or self.email.casefold() == email.casefold()


class Faults:
    """The switches that are on; the one added last is tried first. Thread-safe."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, provider: str, **options: Unpack[FaultOptions]) -> Fault:
        fault = Fault(provider=provider, **options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self, provider: str | None = None) -> None:
        with self._lock:
            self._faults = [each for each in self._faults if provider not in (None, each.provider)]

    def of(self, provider: str) -> list[Fault]:
        with self._lock:
            return [each for each in self._faults if each.provider == provider]

    def take(self, request: Request, *, route: str, email: str) -> Fault | None:
        """The fault for this call, counted as used."""
        with self._lock:
            for fault in reversed(self._faults):
                if fault.fits(request, route=route, email=email):
                    fault.hits += 1
                    return fault
        return None
