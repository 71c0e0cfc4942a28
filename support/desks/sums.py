"""What a replay of many would do, as sums that people understand, said before anybody presses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from integrations.limits import limit_of
from integrations.models import ConnectionKind, Sync
from support.screen.moments import lasting
from support.screen.preview import Invited, differences, invited_before

ACCESS = ("groups", "spaces")
WORDS = {
    "right": "already right, only recorded",
    "ended": "have no access any more, nothing is given",
    "invited": "will be invited",
    "added": "will be let in",
    "changed": "will be brought up to date",
    "unknown": "known only when they run",
}


@dataclass
class Sums:
    """How many people each thing happens to, and how many mails they get."""

    people: Counter[str] = field(default_factory=Counter)
    mails: int = 0
    seconds: float = 0.0

    @property
    def lines(self) -> list[str]:
        """E.g. ["7 will be invited", "3 already right, only recorded"]."""
        return [f"{self.people[kind]:,} {words}" for kind, words in WORDS.items() if self.people[kind]]

    @property
    def mails_in_words(self) -> str:
        return f"{self.mails:,} or more" if self.people["unknown"] else f"{self.mails:,}"

    @property
    def takes(self) -> str:
        return f"about {lasting(self.seconds)}" if self.seconds >= 2 else "a moment"


def sums(syncs: Sequence[Sync], *, invited: Invited | None = None) -> Sums:
    """Of rows with their customer and connection, by what was last computed and last found.

    One query; none when it is known already who of them was `invited`.
    """
    invited = invited_before(syncs) if invited is None else invited
    total = Sums()
    calls: Counter[int] = Counter()
    for sync in syncs:
        kind, mails, changes = _one(sync, invited=(sync.customer_id, sync.connection_id) in invited)
        total.people[kind] += 1
        total.mails += mails
        calls[sync.connection_id] += max(1, changes)
    limits = {each.connection_id: limit_of(each.connection) for each in syncs}
    waits = [max(0.0, count - limits[pk].burst) / limits[pk].rate for pk, count in calls.items()]
    total.seconds = max(waits, default=0.0)
    return total


def _one(sync: Sync, *, invited: bool) -> tuple[str, int, int]:
    """What happens to one person, the mails they get, and how many calls that is."""
    if not sync.desired:
        return "unknown", 0, 1
    changes = differences(sync)
    if not changes:
        return ("right" if sync.customer.has_access else "ended"), 0, 0
    if sync.connection.kind == ConnectionKind.CIRCLE:
        return *_at_circle(sync, invited=invited), len(changes)
    sent = sync.observed.get("sent", [])
    due = sum([each["kind"], each["subject"]] not in sent for each in sync.desired.get("sequences", []))
    return "changed", due, len(changes)


def _at_circle(sync: Sync, *, invited: bool) -> tuple[str, int]:
    gives = any(sync.desired.get(kind) for kind in ACCESS)
    if gives and not sync.observed.get("member"):
        mails = bool(sync.connection.options.get("invite", True)) and not invited
        return ("invited" if mails else "added"), int(mails)
    if gives and any(_lacks(sync, kind) for kind in ACCESS):
        return "added", 0
    return ("changed" if sync.customer.has_access else "ended"), 0


def _lacks(sync: Sync, kind: str) -> bool:
    held = sync.observed.get(kind, {})
    return any(held.get(str(each)) != "in" for each in sync.desired.get(kind, []))
