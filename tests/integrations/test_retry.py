"""What an error means for the next try."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import retry
from integrations.errors import (
    BadCredentials,
    InDoubt,
    NotNow,
    ProviderError,
    Rejected,
    Tomorrow,
    TryAgain,
)
from integrations.models import Outcome, SyncStatus
from integrations.retry import Tries, decide

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
jitters = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(tries=st.integers(min_value=1, max_value=10_000), jitter=jitters)
def test_waits_grow_with_jitter_and_never_pass_a_quarter_of_an_hour(tries: int, jitter: float) -> None:
    wait = retry.backoff(tries, jitter=jitter)

    whole = min(900.0, 4.0 * 3.0 ** min(tries - 1, 30))
    assert whole / 2 <= wait <= whole


@given(count=st.integers(min_value=0, max_value=50), jitter=jitters, wait=st.none() | st.floats(0, 1e9))
def test_a_failure_is_retried_at_most_seven_times_and_within_bounds(
    count: int, jitter: float, wait: float | None
) -> None:
    decision = decide(TryAgain("http_500", wait=wait), Tries(count, NOW), now=NOW, jitter=jitter)

    if count >= 7:
        assert decision.status == SyncStatus.DEAD_LETTER
        assert decision.due_in is None
    else:
        assert decision.status == SyncStatus.RETRYING
        assert decision.due_in is not None
        assert 0 <= decision.due_in <= 900


@given(count=st.integers(min_value=0, max_value=10_000), jitter=jitters)
def test_what_is_nobodys_fault_spends_no_try_and_never_ends_as_a_dead_letter(
    count: int, jitter: float
) -> None:
    free: list[ProviderError] = [
        BadCredentials(),
        Tomorrow(),
        NotNow(wait=3),
        TryAgain("rate_limited", http_status=429),
    ]
    tries = Tries(count, NOW - timedelta(days=9))
    for error in free:
        decision = decide(error, tries, now=NOW, jitter=jitter)
        assert (decision.status, decision.spend) == (SyncStatus.RETRYING, False)
    probe = decide(TryAgain("http_503"), tries, now=NOW, jitter=jitter, free=True)
    assert (probe.status, probe.spend) == (SyncStatus.RETRYING, False)


def test_a_day_of_failing_is_enough() -> None:
    decision = decide(InDoubt(), Tries(1, NOW - timedelta(hours=24)), now=NOW, jitter=0)

    assert (decision.status, decision.outcome) == (SyncStatus.DEAD_LETTER, Outcome.IN_DOUBT)


def test_a_refusal_is_a_dead_letter_at_once() -> None:
    decision = decide(Rejected("invalid_email", "Not accepted."), Tries(), now=NOW, jitter=0)

    assert (decision.status, decision.code, decision.words) == (
        SyncStatus.DEAD_LETTER,
        "invalid_email",
        "Not accepted.",
    )


def test_wrong_encryption_is_tried_three_times_only() -> None:
    assert decide(TryAgain("tls"), Tries(1), now=NOW, jitter=0).status == SyncStatus.RETRYING
    assert decide(TryAgain("tls"), Tries(2), now=NOW, jitter=0).status == SyncStatus.DEAD_LETTER


def test_who_only_reads_is_not_to_blame_for_an_outage_of_trust_and_gets_the_usual_tries() -> None:
    def outcome(count: int) -> SyncStatus:
        return decide(TryAgain("tls"), Tries(count, blameless=True), now=NOW, jitter=0).status

    assert outcome(retry.MOST_TRIES - 2) == SyncStatus.RETRYING
    assert outcome(retry.MOST_TRIES - 1) == SyncStatus.DEAD_LETTER


@pytest.mark.parametrize(("tries", "asked", "waited"), [(0, 1, 2), (0, 7, 7), (3, 7, 54), (0, 99_999, 300)])
def test_a_failing_providers_wait_is_kept_where_ours_is_not_longer(
    tries: int, asked: float, waited: float
) -> None:
    decision = decide(TryAgain("http_503", wait=asked, http_status=503), Tries(tries, NOW), now=NOW, jitter=0)

    assert decision.due_in == waited


@pytest.mark.parametrize(("asked", "waited"), [(7, 7), (99_999, 300)])
def test_the_providers_own_wait_is_kept_up_to_five_minutes(asked: float, waited: float) -> None:
    assert decide(TryAgain(wait=asked), Tries(), now=NOW, jitter=0).due_in == waited
