"""The sentence that says why, word for word."""

from datetime import UTC, datetime

import pytest

from customers.models import Entitlement
from customers.vocabulary import EndReason, Flag, Status
from customers.why import why
from tests.customers.lifecycle.holding import CLOSED_TRIAL, DAY, NOW, STARTER, VIP, holding, override

GRACE = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # seven days before 27 Nov 10:00

SENTENCES = {
    "No access: nothing was ever bought.": [],
    "Has access: Pro (yearly) is active.": [holding(Status.ACTIVE)],
    "Has access: Pro (yearly) is past due since 3 days; grace ends 27 Nov 10:00 UTC.": [
        holding(Status.PAST_DUE, past_due_since=GRACE)
    ],
    "Has access: Pro (yearly) is past due since today; grace ends 30 Nov 12:00 UTC.": [
        holding(Status.PAST_DUE, past_due_since=NOW)
    ],
    "No access: Pro (yearly) is past due since 8 days; grace ended 22 Nov 12:00 UTC.": [
        holding(Status.PAST_DUE, past_due_since=NOW - 8 * DAY)
    ],
    "Has access: Pro (yearly) is in its trial.": [holding(Status.TRIALING)],
    "No access: Closed (yearly) is in its trial, which gives no access.": [
        holding(Status.TRIALING, CLOSED_TRIAL)
    ],
    "Has access: Pro (yearly) is active; it ends 25 Nov 12:00 UTC.": [
        holding(Status.ACTIVE, ends_at=NOW + 2 * DAY)
    ],
    "Has access: Pro (yearly) is active; it ends 28 Nov 2027 12:00 UTC.": [
        holding(Status.ACTIVE, ends_at=NOW + 370 * DAY)
    ],
    "No access: Pro (yearly) was canceled on request 28 Dec 2025 12:00 UTC.": [
        holding(Status.CANCELED, ended_at=NOW - 330 * DAY)
    ],
    "No access: Pro (yearly) is past due since 400 days; grace ended 26 Oct 2025 12:00 UTC.": [
        holding(Status.PAST_DUE, past_due_since=NOW - 400 * DAY)
    ],
    "Has access: Pro (yearly) is active; its collection is paused.": [
        holding(Status.ACTIVE, flags=[Flag.COLLECTION_PAUSED])
    ],
    "No access: Pro (yearly) is paused.": [holding(Status.PAUSED)],
    "No access: Pro (yearly) is unpaid: Stripe gave up collecting.": [holding(Status.UNPAID)],
    "No access: Pro (yearly) was canceled on request 22 Nov 12:00 UTC.": [holding(Status.CANCELED)],
    "No access: Pro (yearly) was canceled because payment failed 22 Nov 12:00 UTC.": [
        holding(Status.CANCELED, end_reason=EndReason.PAYMENT_FAILED)
    ],
    "No access: Pro (yearly) was refunded 22 Nov 12:00 UTC.": [
        holding(Status.REFUNDED, end_reason=EndReason.REFUNDED)
    ],
    "No access: Pro (yearly) was lost in a dispute 22 Nov 12:00 UTC.": [
        holding(Status.DISPUTE_LOST, end_reason=EndReason.DISPUTED)
    ],
    "Has access: Pro was granted by staff until 28 Nov 12:00 UTC; nothing was ever bought.": [override()],
    "No access: nothing was ever bought. ": [override(days=-1)],
    "No access: a purchase whose price is not mapped to a plan (yearly) is active.": [
        holding(Status.ACTIVE, None)
    ],
    "Has access: VIP (yearly) is paused; but Starter is paid in full.": [
        holding(Status.PAUSED, VIP),
        holding(Status.PAID_IN_FULL, STARTER, subject="pi_1"),
    ],
}


@pytest.mark.parametrize(("sentence", "held"), SENTENCES.items(), ids=SENTENCES.keys())
def test_the_sentence(sentence: str, held: list[Entitlement]) -> None:
    assert why(held, now=NOW) == sentence.strip()
