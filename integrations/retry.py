"""What an error means for the next try, decided as a value. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.errors import BadCredentials, InDoubt, NotNow, ProviderError, Rejected, Tomorrow, TryAgain
from integrations.models import Outcome, SyncStatus

MOST_TRIES = 8
MOST_TRIES_OVER_TLS = 3
MOST_AGE = timedelta(hours=24)
FIRST_WAIT = 4.0
GROWTH = 3.0
LONGEST_WAIT = 15 * 60.0
LONGEST_WISH = 5 * 60.0
TOMORROW = 24 * 3600.0


@dataclass(frozen=True)
class Decision:
    """The row's next status, in how many seconds it is due, and what to write down about the attempt."""

    status: SyncStatus
    due_in: float | None
    outcome: Outcome
    code: str
    words: str
    spend: bool


@dataclass(frozen=True)
class Tries:
    """How often it failed before, and since when (None: never, or the clock was stopped by an outage).

    `blameless`: whoever waits asks only to read, so an outage of trust is the connection's trouble alone.
    """

    count: int = 0
    first_failed_at: datetime | None = None
    blameless: bool = False


def backoff(tries: int, *, jitter: float) -> float:
    """Seconds to wait after so many failures; `jitter` in [0, 1) spreads it over [half, whole]."""
    whole = LONGEST_WAIT
    if tries < 12:
        whole = min(LONGEST_WAIT, FIRST_WAIT * GROWTH ** max(0, tries - 1))
    return whole * (0.5 + 0.5 * jitter)


def decide(
    error: ProviderError, tries: Tries, *, now: datetime, jitter: float, free: bool = False
) -> Decision:
    """What to do after `error`. `free`: the connection itself is failing, so this try is not counted."""
    if isinstance(error, Rejected):
        return _dead(error, Outcome.REJECTED, code=error.code)
    if isinstance(error, BadCredentials):
        return _later(error, Outcome.CREDENTIALS, due_in=0.0, spend=False)
    if isinstance(error, Tomorrow):
        return _later(error, Outcome.TOMORROW, due_in=TOMORROW * (1 + 0.04 * jitter), spend=False)
    if isinstance(error, NotNow):
        return _later(error, Outcome.RETRY, due_in=error.wait, spend=False)
    outcome = Outcome.IN_DOUBT if isinstance(error, InDoubt) else Outcome.RETRY
    spend = not free and error.http_status != 429
    count = tries.count + 1 if spend else tries.count
    since = tries.first_failed_at
    if spend and (count >= _most(error, tries) or (since is not None and now - since >= MOST_AGE)):
        return _dead(error, outcome, code=error.code, spend=True)
    return _later(error, outcome, due_in=_wait(error, backoff(max(1, count), jitter=jitter)), spend=spend)


def _wait(error: ProviderError, ours: float) -> float:
    """The provider's wish, up to five minutes; after its own failure our growing wait where that is longer.

    Else eight short wishes of a provider that is down would give somebody up within minutes.
    """
    wish = error.wait if isinstance(error, TryAgain) else None
    if wish is None:
        return ours
    wish = min(wish, LONGEST_WISH)
    return max(wish, ours) if error.http_status >= 500 else wish


def _most(error: ProviderError, tries: Tries) -> int:
    """Personal data is not sent again and again to somebody who cannot prove who they are."""
    return MOST_TRIES_OVER_TLS if error.code == "tls" and not tries.blameless else MOST_TRIES


def _dead(error: ProviderError, outcome: Outcome, *, code: str, spend: bool = False) -> Decision:
    return Decision(SyncStatus.DEAD_LETTER, None, outcome, code=code, words=error.words, spend=spend)


def _later(error: ProviderError, outcome: Outcome, *, due_in: float, spend: bool) -> Decision:
    return Decision(SyncStatus.RETRYING, due_in, outcome, code=error.code, words=error.words, spend=spend)
