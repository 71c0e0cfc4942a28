"""Which holds somebody may end by a replay: what founders hold, a replay for support must not let go."""

from collections.abc import Callable
from typing import Final

from django.db.models import Q

from integrations.models import HoldReason, SyncStatus

HOLD: Final = "integrations.hold_sync"
SETTLE: Final = "customers.settle_reviewitem"
_DECIDED = (HoldReason.MASS_REMOVAL, HoldReason.CONFLICT)


def not_theirs(may: Callable[[str], bool]) -> Q | None:
    """The syncs on hold that are not theirs to release; None where all are."""
    if not may(HOLD):
        return Q(status=SyncStatus.ON_HOLD)
    return None if may(SETTLE) else Q(status=SyncStatus.ON_HOLD, reason__in=_DECIDED)


def left_out_in_words(count: int, may: Callable[[str], bool]) -> str:
    """Says of a page what it leaves out and who may; "" for nothing."""
    if not count:
        return ""
    who = "a founder decides held removals and conflicts, in the review list"
    if not may(HOLD):
        who = f"only who may hold syncs ends a hold, and {who}"
    return f"{count:,} on hold {'is' if count == 1 else 'are'} left out: {who}."
