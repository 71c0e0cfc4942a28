"""One purchase is what one checkout or one-off invoice sold, in however many payments it was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import Payment
from billing.models.payment import PaymentStatus
from customers.models import Customer, Entitlement
from customers.vocabulary import Source


@dataclass(frozen=True)
class Purchase:
    """The payments that came in for one thing. `subject` is its key; `aliases` are keys it could have had."""

    subject: str
    parts: Sequence[Payment]
    aliases: frozenset[str] = frozenset()

    @property
    def customer(self) -> Customer | None:
        return next((each.customer for each in self.parts if each.customer), None)

    @property
    def prices(self) -> list[str]:
        return sorted({price for each in self.parts for price in each.prices})

    @property
    def raw_prices(self) -> list[str]:
        return sorted({price for each in self.parts for price in each.raw_prices})

    @property
    def sold_anything(self) -> bool:
        return bool(self.prices or self.raw_prices)

    @property
    def received(self) -> int:
        return sum(each.amount_received for each in self.parts)

    @property
    def refunded(self) -> int:
        return sum(each.amount_refunded for each in self.parts)

    @property
    def lost(self) -> int:
        return sum(each.amount_lost for each in self.parts)

    @property
    def paid_at(self) -> datetime | None:
        return min((each.paid_at for each in self.parts if each.paid_at), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """When the last of the money went; None while any of it is left, or none was asked for."""
        ends = [each.ended_at for each in self.parts]
        return max((end for end in ends if end), default=None) if all(ends) else None


def of(row: Payment) -> Purchase:
    """The purchase that this payment belongs to; without parts while no money came in for it."""
    if not row.invoice or row.subscription:
        return Purchase(row.stripe_id, [row] if row.status == PaymentStatus.SUCCEEDED else [])
    succeeded = Payment.objects.filter(invoice=row.invoice, subscription="", status=PaymentStatus.SUCCEEDED)
    parts = list(succeeded.select_related("customer").order_by("paid_at", "pk"))
    # What only the paper told of is in the payments themselves, once they are known.
    parts = [each for each in parts if each.stripe_id != row.invoice] or parts
    keys = {row.invoice, row.stripe_id, *(each.stripe_id for each in parts)}
    subject = _known_as(keys) or (row.stripe_id if row.checkout_session else row.invoice)
    return Purchase(subject, parts, frozenset(keys - {subject}))


def _known_as(keys: set[str]) -> str:
    """A purchase keeps the key that it was first given: messages and history were written under it."""
    held = Entitlement.objects.filter(source=Source.PURCHASE, subject__in=keys).order_by("pk")
    return held.values_list("subject", flat=True).first() or ""
