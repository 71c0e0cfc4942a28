"""Find the person that somebody means by an e-mail, a Stripe id or our id."""

from customers import normalise
from customers.models import Customer
from support.ids import number_in


class NobodyError(LookupError):
    """No person is meant; the message says what was looked for."""


def find(who: str) -> list[Customer]:
    """The people meant by an e-mail, cus_, sub_, evt_, pi_, ch_, in_, cs_ or our own id, in our order.

    Raises: NobodyError with a sentence that can be shown.
    """
    conditions, kind = _meant(who.strip())
    # One query each: an OR over several tables would read all customers.
    ids = {pk for each in conditions for pk in Customer.objects.filter(**each).values_list("pk", flat=True)}
    if not ids:
        raise NobodyError(f"Nobody found: {kind}.")
    return list(Customer.objects.filter(pk__in=ids).order_by("pk"))


def _meant(asked: str) -> tuple[list[dict[str, str]], str]:
    """Where to look, and what to say when nothing is there."""
    if number_in(asked) is not None:
        return [{"pk": asked}], f"no customer has the id {asked}"
    for prefixes, kind, places in STRIPE_IDS:
        if asked.startswith(prefixes):
            found = [{place: asked} for place in places]
            return found, f"no {kind} {asked} that belongs to a person is known"
    email = normalise.email(asked)
    if email:
        return [{"email": email}], "no customer has this e-mail"
    return [], "give an e-mail, a Stripe id (cus_, sub_, evt_, pi_, cs_) or our id"


STRIPE_IDS = (
    (("cus_",), "Stripe customer", ("stripe_customers__stripe_id", "stripe_key")),
    (("sub_",), "subscription", ("stripe_customers__subscriptions__stripe_id", "entitlements__subject")),
    (("evt_",), "event", ("stripe_events__event_id",)),
    (
        ("cs_",),
        "checkout session",
        ("checkout_sessions__stripe_id", "stripe_customers__checkout_sessions__stripe_id"),
    ),
    (
        ("pi_", "ch_", "py_", "pr_", "in_"),
        "payment",
        (
            "payments__stripe_id",
            "payments__charge",
            "payments__invoice",
            "stripe_customers__payments__stripe_id",
        ),
    ),
)
