"""A worker judges itself: deaf or standing still is noticed in time, quiet for a good reason is not."""

from integrations.watchdog import Watchdog


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def watched() -> tuple[Watchdog, Clock]:
    clock = Clock()
    return Watchdog(clock), clock


def after(seconds: float, watchdog: Watchdog, clock: Clock) -> str:
    """The complaint after so long, while the sweeper goes round and publishes."""
    for _ in range(int(seconds)):
        clock.now += 1
        watchdog.swept()
        watchdog.published()
    return watchdog.complaint()


def test_a_worker_that_hears_nothing_of_what_is_sent_starts_anew_within_90_seconds() -> None:
    watchdog, clock = watched()
    watchdog.heard()

    assert after(50, watchdog, clock) == ""
    assert watchdog.in_question
    assert after(30, watchdog, clock) == "it hears no messages"


def test_one_that_hears_now_and_then_does_not() -> None:
    watchdog, clock = watched()
    for _ in range(20):
        assert after(45, watchdog, clock) == ""
        watchdog.heard()


def test_without_a_broker_nobody_is_deaf_and_the_count_begins_when_it_is_back() -> None:
    watchdog, clock = watched()
    watchdog.heard()
    for _ in range(600):
        clock.now += 1
        watchdog.swept()
        watchdog.unpublished()
    assert watchdog.complaint() == ""

    assert after(50, watchdog, clock) == ""
    assert after(30, watchdog, clock) == "it hears no messages"


def test_a_sweeper_that_hangs_or_died_is_noticed_though_messages_come() -> None:
    watchdog, clock = watched()
    for _ in range(80):
        clock.now += 1
        watchdog.heard()
        watchdog.finished()

    assert watchdog.complaint() == "its sweeper stands still"


def test_a_worker_that_shuts_down_for_long_is_left_alone() -> None:
    watchdog, clock = watched()
    watchdog.dismiss()
    clock.now += 600

    assert watchdog.complaint() == ""
