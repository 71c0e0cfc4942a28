"""Stripe's events: the envelope and the signature."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from integrations.sandbox.routing import Json, copied
from integrations.sandbox.stripe.objects import API_VERSION, new_id


class EventOptions(TypedDict, total=False):
    created: int | None
    previous: Json | None
    id: str | None
    api_version: str | None
    livemode: bool
    account: str | None


def build(kind: str, obj: Mapping[str, Any], **options: Unpack[EventOptions]) -> Json:
    """A snapshot event about this copy of the object; for updates also what it was before."""
    data: Json = {"object": dict(obj)}
    if options.get("previous") is not None:
        data["previous_attributes"] = copied(options["previous"])
    event: Json = {
        "id": options.get("id") or new_id("evt"),
        "object": "event",
        "api_version": options.get("api_version") or API_VERSION,
        "created": options.get("created"),
        "data": data,
        "livemode": options.get("livemode", False),
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    if options.get("account"):
        event["account"] = options["account"]
    return event


def signature(body: bytes, *, secret: str, at: float) -> str:
    """t=..,v1=..: HMAC-SHA256 of "<t>.<body>", keyed by the whole secret with its prefix."""
    stamp = int(at)
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"
