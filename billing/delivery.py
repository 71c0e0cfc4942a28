"""One delivery as it comes in: from raw bytes to the row that will be stored."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from billing.event_types import EVENT_TYPES
from billing.models import EventPriority
from billing.shapes import moment, reference

_NAME = re.compile(r"[A-Za-z0-9_.:\-]{1,255}", re.ASCII)
_ZEROS = re.compile(r"[a-z_]+_0+", re.ASCII)


class NotAnEvent(ValueError):
    """Signed, but no event that we could store; `args[0]` says what is missing, without values."""


@dataclass(frozen=True)
class Delivery:
    """What one stored event says about itself. `ignored` is empty when it waits to be processed."""

    event_id: str
    account: str
    type: str
    livemode: bool
    api_version: str
    object_id: str
    root: str
    created: datetime
    body: str
    priority: EventPriority
    ignored: str


def parse(body: str, *, now: datetime) -> Delivery:
    """Read a verified body. Raises NotAnEvent unless it is a JSON object with an id and a type."""
    event = _object(body)
    obj = _subject(event)
    type_ = _name(event, "type", 120)
    known = EVENT_TYPES.get(type_)
    found = known.root(obj) if known else ""
    root = found if _NAME.fullmatch(found.partition(":")[2]) else ""
    return Delivery(
        event_id=_name(event, "id", 255),
        account=_optional(event, "account"),
        type=type_,
        livemode=event.get("livemode") is True,
        api_version=_optional(event, "api_version")[:64],
        object_id=_optional(obj, "id"),
        root=root,
        created=moment(event.get("created")) or now,
        body=body,
        priority=EventPriority.END if known and known.ends else EventPriority.CHANGE,
        ignored=_ignored(event, known is not None, root),
    )


def _object(body: str) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAnEvent("The body is not JSON.") from None
    if not isinstance(event, dict):
        raise NotAnEvent("The body is not a JSON object.")
    return event


def _subject(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    obj = data.get("object") if isinstance(data, dict) else None
    return obj if isinstance(obj, dict) else {}


def _name(event: dict[str, Any], field: str, limit: int) -> str:
    value = event.get(field)
    if not isinstance(value, str) or len(value) > limit or not _NAME.fullmatch(value):
        raise NotAnEvent(f"The event has no usable {field}.")
    return value


def _optional(obj: dict[str, Any], field: str) -> str:
    value = reference(obj.get(field))
    return value if _NAME.fullmatch(value) else ""


def _ignored(event: dict[str, Any], known: bool, root: str) -> str:
    """Why this event will not be processed; "" when it will."""
    if (event.get("livemode") is True) != settings.STRIPE_LIVEMODE:
        return "mode"
    if (event.get("account") or "") != settings.STRIPE_ACCOUNT:
        return "account"
    if not known:
        return "unknown_type"
    if not root:
        return "names_no_object"
    return "dashboard_test" if _ZEROS.fullmatch(root.partition(":")[2]) else ""


def utc_now() -> datetime:
    """The web process's clock; only for the event's own date where Stripe gives none."""
    return datetime.now(tz=UTC)
