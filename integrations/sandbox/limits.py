"""A provider's rate limit: so many calls in a rolling window, for each key."""

from collections import defaultdict, deque


class RollingWindow:
    """Refused calls count too, as we assume of the real ones."""

    def __init__(self, limit: int, *, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def exceeded(self, key: str, *, now: float) -> bool:
        """Count a call; true when it is one too many."""
        calls = self._calls[key]
        while calls and calls[0] <= now - self.seconds:
            calls.popleft()
        calls.append(now)
        return len(calls) > self.limit
