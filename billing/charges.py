"""Which invoice a charge paid that no payment intent stands behind: Stripe cannot be asked that."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from billing.models import Payment
from billing.shapes import invoice_parts, reference, whole
from billing.stripe_api import Params, StripeApi

Raw = Mapping[str, Any]

LAST_INVOICES = 9  # three pages: an invoice is charged soon after it is written


def invoice_of(charge: Raw, api: StripeApi) -> str:
    """The id of the invoice that we know, else of one of the customer's last ones until then; "" for none."""
    id_, customer = reference(charge), reference(charge.get("customer"))
    known = Payment.objects.filter(stripe_id=id_).exclude(invoice="").values_list("invoice", flat=True)
    if found := known.first():
        return found
    if not customer:
        return ""
    until = whole(charge.get("created"))
    query: Params = {"customer": customer, "created[lte]": until, "expand[]": ["data.payments"]}
    for each in islice(api.each("invoices", query), LAST_INVOICES):
        if any(part.id == id_ for part in invoice_parts(each)):
            return reference(each)
    return ""
