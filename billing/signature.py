"""Is this delivery really from Stripe, and fresh?"""

import re
from collections.abc import Iterable

import stripe

TOLERANCE = 300  # seconds, to both sides: the library checks only the past

# A few signatures while secrets are rolled; more is an attempt to keep us busy.
_HEADER = re.compile(r"t=(\d{1,12})((?:,v\d=[0-9a-f]{1,128}){1,16})", re.ASCII)


class BadSignature(Exception):
    """The delivery is not from Stripe, or too old or too new; `args[0]` is a code for the counters."""


def verify(body: str, header: str, *, secrets: Iterable[str], now: float) -> None:
    """Accept `body` if one of `secrets` signed it within 300 s of `now` (Unix seconds).

    The scheme is docs.stripe.com/webhooks#verify-manually. Raises BadSignature.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        raise BadSignature("malformed")
    age = now - int(found[1])
    if abs(age) > TOLERANCE:
        raise BadSignature("too_old" if age > 0 else "from_the_future")
    if not any(_signed_by(secret, body, header) for secret in secrets):
        raise BadSignature("mismatch")


def _signed_by(secret: str, body: str, header: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except stripe.SignatureVerificationError:
        # It carries the whole body: never let it travel further.
        return False
