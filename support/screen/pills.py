"""The one component for status words: a word in a colour, never a colour alone."""

from enum import StrEnum
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import EventStatus
from customers.vocabulary import Status
from integrations.models import Mode, Outcome, SyncStatus


class Tone(StrEnum):
    """How a word should be felt; each is one CSS class of the theme."""

    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"
    QUIET = "quiet"


NOTHING: Final = "\N{EN DASH}"  # an empty cell
CUSTOMER: Final = {
    Status.ACTIVE: Tone.GOOD,
    Status.TRIALING: Tone.BUSY,
    Status.PAID_IN_FULL: Tone.GOOD,
    Status.PAST_DUE: Tone.WARN,
    Status.PAUSED: Tone.WARN,
    Status.UNPAID: Tone.BAD,
    Status.DISPUTE_LOST: Tone.BAD,
}
SYNC: Final = {
    SyncStatus.PENDING: Tone.BUSY,
    SyncStatus.RUNNING: Tone.BUSY,
    SyncStatus.IN_SYNC: Tone.GOOD,
    SyncStatus.RETRYING: Tone.WARN,
    SyncStatus.DEAD_LETTER: Tone.BAD,
    SyncStatus.ON_HOLD: Tone.WARN,
}
EVENT: Final = {
    EventStatus.RECEIVED: Tone.BUSY,
    EventStatus.PROCESSED: Tone.GOOD,
    EventStatus.FAILED: Tone.WARN,
    EventStatus.DEAD_LETTER: Tone.BAD,
    EventStatus.UNMATCHED: Tone.WARN,
}
OUTCOME: Final = {
    Outcome.APPLIED: Tone.GOOD,
    Outcome.RETRY: Tone.WARN,
    Outcome.IN_DOUBT: Tone.WARN,
    Outcome.REJECTED: Tone.BAD,
    Outcome.CREDENTIALS: Tone.BAD,
    Outcome.TOMORROW: Tone.WARN,
}
MODE: Final = {Mode.LIVE: Tone.GOOD, Mode.SHADOW: Tone.BUSY}


def pill(word: str, tone: Tone = Tone.QUIET) -> SafeString:
    """The word as a pill; the word is escaped."""
    return format_html('<span class="pill pill-{}">{}</span>', tone.value, word)


def status_pill(status: str) -> SafeString:
    """Of a customer or an entitlement."""
    return pill(Status(status).label, CUSTOMER.get(Status(status), Tone.QUIET))


def access_pill(*, has_access: bool) -> SafeString:
    return pill("Has access", Tone.GOOD) if has_access else pill("No access")


def sync_pill(status: str) -> SafeString:
    return pill(SyncStatus(status).label, SYNC[SyncStatus(status)])


def event_word(status: str, reason: str) -> str:
    """How far an event got; of one that Stripe cannot show, that it is Stripe who lacks the object."""
    gone = (status, reason) == (EventStatus.UNMATCHED, "not_found")
    return "Stripe does not have this object" if gone else EventStatus(status).label


def event_pill(status: str, reason: str) -> SafeString:
    return pill(event_word(status, reason), EVENT.get(EventStatus(status), Tone.QUIET))


def outcome_pill(outcome: str) -> SafeString:
    return pill(Outcome(outcome).label, OUTCOME.get(Outcome(outcome), Tone.QUIET))


def mode_pill(mode: str) -> SafeString:
    return pill(Mode(mode).label, MODE.get(Mode(mode), Tone.QUIET))
