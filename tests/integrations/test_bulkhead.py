"""How many may wait for a silent database, and what the others are told."""

import threading
import time

import pytest
from django.db import OperationalError

from integrations.bulkhead import Bulkhead, Busy


class Noted(threading.Condition):
    """Says who waited for how long at most: how soon a thread gets on is the machine's affair."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(-1 if timeout is None else timeout)
        return super().wait(timeout)


class Visitor(threading.Thread):
    """Goes in and stays until told to leave; `outcome` is what came of it."""

    def __init__(self, bulkhead: Bulkhead, *, fails: bool = False) -> None:
        super().__init__(daemon=True)
        self.inside, self.leave, self.outcome = threading.Event(), threading.Event(), ""
        self._bulkhead, self._fails = bulkhead, fails
        self.start()

    def run(self) -> None:
        try:
            with self._bulkhead.place():
                self.inside.set()
                self.leave.wait(60)
                if self._fails:
                    raise OperationalError
            self.outcome = "answered"
        except Busy:
            self.outcome = "refused"
        except OperationalError:
            self.outcome = "failed"

    def ends(self, *, within: float = 30.0) -> str:
        self.leave.set()
        self.join(within)
        return self.outcome


def test_while_places_are_taken_and_left_everybody_gets_one() -> None:
    bulkhead = Bulkhead(places=2, patience=60)
    crowd = [Visitor(bulkhead) for _ in range(20)]
    for each in crowd:
        each.leave.set()

    assert {each.ends() for each in crowd} == {"answered"}


def test_who_would_wait_behind_the_silent_is_refused_soon_and_the_next_at_once() -> None:
    changed = Noted()
    bulkhead = Bulkhead(places=1, patience=1.0, _changed=changed)
    started = time.monotonic()
    first = Visitor(bulkhead)
    assert first.inside.wait(30)

    assert Visitor(bulkhead).ends() == "refused"
    assert time.monotonic() - started >= 1.0
    assert all(0 < each <= 1.0 for each in changed.waits)
    assert len(changed.waits) <= 2  # a wait may end a moment early
    changed.waits.clear()
    assert Visitor(bulkhead).ends() == "refused"
    assert changed.waits == []
    assert first.ends() == "answered"


def test_after_a_failure_one_at_a_time_tries_until_one_is_answered() -> None:
    bulkhead = Bulkhead(places=3, patience=0.2)
    assert Visitor(bulkhead, fails=True).ends() == "failed"

    probe = Visitor(bulkhead)
    assert probe.inside.wait(30)
    second = Visitor(bulkhead)
    assert second.ends() == "refused"
    assert probe.ends() == "answered"

    crowd = [Visitor(bulkhead) for _ in range(3)]
    assert all(each.inside.wait(30) for each in crowd)
    assert {each.ends() for each in crowd} == {"answered"}


def test_a_bug_inside_gives_the_place_back() -> None:
    bulkhead = Bulkhead(places=1)
    with pytest.raises(ValueError, match="ours"), bulkhead.place():
        raise ValueError("ours")

    with bulkhead.place():
        pass
