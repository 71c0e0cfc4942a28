"""The figures of the retry policy, exactly: how long, how often, and what is written down."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.errors import BadCredentials, InDoubt, NotNow, Rejected, Tomorrow, TryAgain
from integrations.models import Outcome, SyncStatus
from integrations.retry import Tries, backoff, decide

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = 24 * 3600.0


@pytest.mark.parametrize(
    ("tries", "whole"), [(1, 4), (2, 12), (3, 36), (4, 108), (5, 324), (6, 900), (12, 900), (13, 900)]
)
def test_each_wait_is_three_times_the_one_before_and_jitter_halves_it_at_most(
    tries: int, whole: float
) -> None:
    assert backoff(tries, jitter=0.0) == whole / 2
    assert backoff(tries, jitter=0.5) == whole * 0.75


def test_the_first_failure_waits_two_seconds_at_least_and_the_second_six() -> None:
    assert decide(TryAgain("http_500"), Tries(), now=NOW, jitter=0).due_in == 2
    assert decide(TryAgain("http_500"), Tries(1), now=NOW, jitter=0).due_in == 6
    assert decide(TryAgain("http_503"), Tries(), now=NOW, jitter=0, free=True).due_in == 2
    assert decide(TryAgain("http_503"), Tries(2), now=NOW, jitter=0, free=True).due_in == 6


def test_an_answer_in_doubt_waits_like_any_other_and_is_written_down_as_such() -> None:
    doubt = decide(InDoubt(), Tries(), now=NOW, jitter=0)
    assert (doubt.outcome, doubt.due_in, doubt.spend) == (Outcome.IN_DOUBT, 2, True)
    assert decide(TryAgain(), Tries(), now=NOW, jitter=0).outcome == Outcome.RETRY


def test_the_eighth_try_is_the_last_and_counts() -> None:
    assert decide(TryAgain(), Tries(6), now=NOW, jitter=0).status == SyncStatus.RETRYING
    last = decide(TryAgain(), Tries(7), now=NOW, jitter=0)
    assert (last.status, last.spend, last.due_in) == (SyncStatus.DEAD_LETTER, True, None)


def test_a_second_less_than_a_day_is_not_a_day() -> None:
    since = NOW - timedelta(hours=24) + timedelta(seconds=1)
    assert decide(TryAgain(), Tries(1, since), now=NOW, jitter=0).status == SyncStatus.RETRYING


def test_a_try_that_is_not_counted_never_ends_it_however_old_it_is() -> None:
    old = Tries(7, NOW - timedelta(days=3))
    limited = decide(TryAgain(http_status=429), old, now=NOW, jitter=0)
    assert (limited.status, limited.spend) == (SyncStatus.RETRYING, False)


def test_a_key_that_is_refused_costs_no_wait_of_its_own_because_the_connection_pauses() -> None:
    decision = decide(BadCredentials(), Tries(), now=NOW, jitter=0.9)
    assert (decision.due_in, decision.outcome) == (0.0, Outcome.CREDENTIALS)


@pytest.mark.parametrize(("jitter", "due_in"), [(0.0, DAY), (0.5, DAY * 1.02)])
def test_a_daily_cap_waits_a_day_and_spreads_over_the_next_hour(jitter: float, due_in: float) -> None:
    decision = decide(Tomorrow(), Tries(), now=NOW, jitter=jitter)
    assert decision.due_in == pytest.approx(due_in)
    assert decision.outcome == Outcome.TOMORROW


def test_our_own_limit_says_how_long() -> None:
    decision = decide(NotNow(wait=3), Tries(), now=NOW, jitter=0)
    assert (decision.due_in, decision.outcome) == (3, Outcome.RETRY)


def test_a_refusal_spends_nothing_because_there_is_no_next_try() -> None:
    decision = decide(Rejected(), Tries(), now=NOW, jitter=0)
    assert (decision.outcome, decision.spend, decision.due_in) == (Outcome.REJECTED, False, None)


def test_nothing_failed_before_unless_somebody_says_so() -> None:
    assert Tries() == Tries(0, None)
