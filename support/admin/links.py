"""Links between rows, and out to the providers."""

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customers.models import Customer
from support.screen.pills import NOTHING


def to(row: Model | None, text: str = "") -> SafeString | str:
    """A link to the row's page in the admin; a dash for nothing."""
    if row is None:
        return NOTHING
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), text or str(row))


def to_customer(customer: Customer | None) -> SafeString | str:
    return to(customer, customer.label()) if customer else NOTHING


def stripe(kind: str, stripe_id: str) -> str:
    """The address of an object in Stripe's dashboard, e.g. kind "customers"."""
    return f"https://dashboard.stripe.com/{'' if settings.STRIPE_LIVEMODE else 'test/'}{kind}/{stripe_id}"
