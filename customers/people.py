"""Who is who: one normalised e-mail is one person."""

from django.db import transaction
from django.db.models.functions import Now

from customers import review
from customers.models import Customer
from customers.normalise import country as country_code
from customers.normalise import email as normal_email
from customers.vocabulary import ReviewKind


def person_for(email: str, *, stripe_key: str = "") -> Customer:
    """The person of this e-mail, made when new; without an e-mail, the person keyed by the Stripe customer.

    Safe to race: a unique constraint decides, the loser reads the winner's row.
    Raises ValueError when there is neither an e-mail nor a Stripe customer to go by.
    """
    address = normal_email(email)
    if address:
        return Customer.objects.get_or_create(email=address)[0]
    if not stripe_key:
        raise ValueError("a person needs an e-mail or a Stripe customer")
    person = Customer.objects.get_or_create(stripe_key=stripe_key)[0]
    review.ask(ReviewKind.NO_EMAIL, stripe_key, customer=person)
    return person


def describe(customer: Customer, *, name: str = "", country: str = "", external_id: str = "") -> None:
    """Take over what Stripe says about the person; empty values never erase what is known."""
    fields: dict[str, str] = {}
    if name.strip():
        fields["name"] = name.strip()[:255]
    if external_id:
        fields["external_id"] = external_id[:255]
    if country.strip():
        fields |= _country(customer, country.strip())
    if any(getattr(customer, field) != value for field, value in fields.items()):
        Customer.objects.filter(pk=customer.pk).update(**fields)


def _country(customer: Customer, said: str) -> dict[str, str]:
    """What follows from what Stripe says. What staff chose stays; where it differs, they are asked."""
    raw, code, doubt = said[:120], country_code(said), f"country:customer:{customer.pk}"
    # The list keeps codes only; what was typed stands on the person, as country_raw.
    evidence: dict[str, object] = {"field": "country"}
    chosen = customer.country if customer.country_by_staff else ""
    if code and chosen and code != chosen:
        evidence["stripe_says"] = code
    if (code or chosen) and len(evidence) == 1:
        review.settle(ReviewKind.UNMAPPED_VALUE, doubt, now=Now())
    else:
        review.ask(ReviewKind.UNMAPPED_VALUE, doubt, customer=customer, evidence=evidence)
    return {"country_raw": raw, "country": chosen or code}


def rename(customer: Customer, email: str) -> bool:
    """Give the person a new address; False when it belongs to somebody else (then it is a review item)."""
    address = normal_email(email)
    if not address or address == customer.email:
        return False
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        other = Customer.objects.filter(email=address).exclude(pk=customer.pk).first()
        if other is not None:
            review.ask(
                ReviewKind.EMAIL_COLLISION,
                f"customer:{customer.pk}",
                customer=customer,
                evidence={"other_customer": other.pk},
            )
            return False
        Customer.objects.filter(pk=customer.pk).update(email=address)
        review.settle(ReviewKind.EMAIL_COLLISION, f"customer:{customer.pk}", now=Now())
    return True
