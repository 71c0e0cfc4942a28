"""A Stripe body as staff may see it: structure, ids and amounts, without secrets and personal data."""

import json
from typing import Any, Final

REMOVED: Final = "[removed]"
# Keys of Stripe objects that hold a person, a card or a link that opens something without a login.
PRIVATE: Final = {
    *("name", "email", "phone", "address", "recipient", "individual_name", "business_name"),
    *("customer_address", "customer_shipping", "customer_details", "shipping", "shipping_details"),
    *(
        "billing_details",
        "tax_ids",
        "customer_tax_ids",
        "card",
        "payment_method_details",
        "fingerprint",
        "last4",
    ),
    *("ip", "ip_address", "url", "invoice_pdf", "description", "statement_descriptor", "evidence"),
    *("metadata", "custom_fields"),
}
PRIVATE_ENDS: Final = ("_secret", "_token", "_email", "_name", "_phone", "_url", "password")
UNSHOWN: Final = "The body was erased, or is no JSON."


def redacted(body: str) -> str:
    """Indented JSON with private values removed; never raises.

    What is not known to be harmless text under such a key is removed whole: a name in `metadata` too.
    """
    try:
        return json.dumps(_clean(json.loads(body)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return UNSHOWN


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: REMOVED if _private(key, inner) else _clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    if isinstance(value, str) and "@" in value:
        return REMOVED
    return value


def _private(key: str, value: Any) -> bool:
    if value in (None, "", [], {}):
        return False
    return key in PRIVATE or key.endswith(PRIVATE_ENDS)
