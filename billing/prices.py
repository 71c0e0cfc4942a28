"""Which plans do these prices sell? Unknown ones are noted and asked about, never guessed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.models import Price
from billing.shapes import expanded, text, whole
from customers import normalise, review
from customers.models import Customer
from customers.vocabulary import ReviewKind

Raw = Mapping[str, Any]

UNKNOWN_PRICE = "unknown_price"  # the doubt of a subscription that sells something we cannot map


@dataclass(frozen=True)
class Understood:
    """The prices to go by, and those that no plan knows."""

    prices: list[str]
    unknown: list[str]


def understand(seen: Iterable[str], *, before: Sequence[str]) -> Understood:
    """Doubt never demotes and never grants: beside an unknown price, what was understood before stays.

    A price that staff decided to ignore is no doubt, but who changed to nothing else keeps what they had.
    """
    ids = sorted(set(seen))
    mapped = set(
        Price.objects.filter(stripe_id__in=ids, plan__isnull=False).values_list("stripe_id", flat=True)
    )
    return laid(ids, mapped=mapped, ignored=ignored(set(ids) - mapped), before=before)


def laid(
    seen: Iterable[str], *, mapped: Collection[str], ignored: Collection[str], before: Iterable[str]
) -> Understood:
    """The same where it is known which of them are mapped, and which ignored. Pure."""
    sold = set(seen)
    known = {each for each in sold if each in mapped}
    unknown = sorted(each for each in sold - known if each not in ignored)
    stays = unknown or (sold and not known)
    return Understood(sorted(known | set(before)) if stays else sorted(known), unknown)


def ignored(ids: Collection[str]) -> set[str]:
    """Those that sell nothing of ours, as staff decided; who maps one to a plan thinks better of it."""
    return review.ignored(ReviewKind.UNKNOWN_PRICE, ids)


def sell_nothing(ids: Collection[str]) -> bool:
    """Whether these are prices, and all of them sell nothing of ours."""
    return bool(ids) and ignored(ids) == set(ids)


def note(raw: Raw) -> str:
    """Remember a price object (amount, interval, name at Stripe) and return its id; "" when it has none."""
    id_ = text(raw.get("id"))
    if not id_:
        return ""
    recurring = expanded(raw.get("recurring")) or raw
    unit = text(recurring.get("interval"))
    facts = {
        "interval": normalise.interval(unit, whole(recurring.get("interval_count")) or 1)
        if unit
        else "one_time",
        "amount": whole(raw.get("unit_amount")) or whole(raw.get("amount")),
        "currency": text(raw.get("currency"), 3),
        "label": text(raw.get("nickname")) or text((expanded(raw.get("product")) or {}).get("name")),
    }
    price, created = Price.objects.get_or_create(stripe_id=id_, defaults=facts)
    if not created and any(getattr(price, name) != value for name, value in facts.items()):
        Price.objects.filter(pk=price.pk).update(**facts)
    return id_


def ask_about(unknown: Iterable[str], *, customer: Customer | None, subject: str) -> None:
    """One review item per unmapped price, however many people hold it. What its name says is only a hint."""
    ids = list(unknown)
    labels = dict(Price.objects.filter(stripe_id__in=ids).values_list("stripe_id", "label")) if ids else {}
    for price in ids:
        evidence: dict[str, object] = {"held_by": subject}
        if plan := normalise.plan_for(labels.get(price)):
            evidence["sounds_like"] = plan.slug
        review.ask(ReviewKind.UNKNOWN_PRICE, price, customer=customer, evidence=evidence)
