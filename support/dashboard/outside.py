"""The front page's figure of those who paid and are outside: the desk's own count, its oldest, its money."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from integrations.models import ConnectionKind, Sync
from support.desks import money
from support.desks import outside as desk
from support.desks.unchecked import unchecked


@dataclass(frozen=True)
class Outside:
    """How many (capped, as `words` says), since when, and what they pay us."""

    count: int = 0
    words: str = "0"
    oldest: datetime | None = None
    money: str = ""
    unchecked: str = ""  # e.g. "Circle is in shadow mode: 12 people are not checked"
    unmapped: str = ""  # e.g. "1 price is not mapped yet"; who pays it is entitled to nothing until it is


def outside() -> Outside:
    """Three queries when nobody is outside, else seven."""
    found, unmapped = desk.everybody(), _unmapped()
    not_checked = " ".join(each.sentence for each in unchecked()).removesuffix(".")
    if not found.count:
        return Outside(unchecked=not_checked, unmapped=unmapped)
    ids = found.customer_ids[: desk.COUNTED]
    at_circle = Sync.objects.filter(customer_id=ids[0], connection__kind=ConnectionKind.CIRCLE)
    return Outside(
        count=found.count,
        words=f"{found.count:,}{' or more' if found.more else ''}",
        oldest=at_circle.aggregate(since=Min("due_since"))["since"],
        money=money.total(money.at_stake(ids)).words(),
        unchecked=not_checked,
        unmapped=unmapped,
    )


def _unmapped() -> str:
    asked = ReviewItem.objects.filter(kind=ReviewKind.UNKNOWN_PRICE, settled_at__isnull=True)
    count = asked.order_by()[: desk.COUNTED].count()
    return f"{count:,} price{' is' if count == 1 else 's are'} not mapped yet" if count else ""
