"""The journal: every HTTP call that reached the sandbox, in order."""

import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 200_000


@dataclass(frozen=True)
class Call:
    """`at` is monotonic seconds, `wall` Unix seconds, both at arrival; `duration` is in seconds.

    `status` 0 means that the socket was reset instead of an answer.
    """

    at: float
    wall: float
    provider: str
    method: str
    path: str
    route: str
    status: int
    effect: str = ""
    duration: float = 0.0
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


class Journal:
    """Thread-safe; holds the last 200,000 calls."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def record(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def calls(self, provider: str | None = None, route: str | None = None) -> list[Call]:
        """Calls in order of arrival. `route` is a template, with or without its method."""
        with self._lock:
            found = sorted(self._calls, key=lambda call: call.at)
        return [
            call
            for call in found
            if (provider is None or call.provider == provider)
            and (route is None or route in (call.route, call.route.partition(" ")[2]))
        ]

    def effects(self, provider: str | None = None) -> list[str]:
        """The names of what changed, in order: member_created, member_tagged ..."""
        return [call.effect for call in self.calls(provider) if call.effect]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def dump(self, last: int = 200) -> list[dict[str, Any]]:
        return [asdict(call) for call in self.calls()[-last:]]
