"""Signed deliveries from Kit: verify, store each event once, answer. https://developers.kit.com/webhooks"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations import bulkhead
from integrations.models import KitEvent

MOST_BYTES = 1_048_576
TOLERANCE_SECONDS = 300
MOST_EVENTS = 100
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)


class KitWebhook(APIView):
    """200 stored (also when known), 400 bad signature or body, 405, 413, 503 could not store."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ["post"]

    def post(self, request: Request) -> Response:
        body = _body(request._request)
        if body is None:
            return Response({"detail": "too large"}, status=413)
        header = str(request.headers.get("X-Kit-Signature", ""))
        if not is_signed(body, header, secrets=settings.KIT_WEBHOOK_SECRETS, now=time.time()):
            return Response({"detail": "bad signature"}, status=400)
        events = _events(body)
        if events is None:
            return Response({"detail": "bad body"}, status=400)
        try:
            with bulkhead.database.place():
                KitEvent.objects.bulk_create(events, ignore_conflicts=True)
        except (bulkhead.Busy, DatabaseError, InterfaceError) as error:
            if not isinstance(error, bulkhead.Busy):
                connection.close()
            return Response({"detail": "not stored, please deliver it again"}, status=503)
        return Response({"detail": "stored"})


def is_signed(body: bytes, header: str, *, secrets: Iterable[str], now: float) -> bool:
    """Whether any `v1` of the header is the HMAC of "<t>.<body>" under any secret, at most 300 s from now."""
    parts = [part.strip().partition("=") for part in header[:4096].split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) <= 12):
        return False
    if abs(now - int(stamps[0])) > TOLERANCE_SECONDS:
        return False
    given = [value.encode() for name, _, value in parts if name == "v1"][:10]
    signed = stamps[0].encode() + b"." + body
    wanted = [
        hmac.new(each.encode(), signed, hashlib.sha256).hexdigest().encode() for each in secrets if each
    ]
    return any(hmac.compare_digest(one, other) for one in wanted for other in given)


def _body(request: HttpRequest) -> bytes | None:
    """The raw bytes, None when they are more than a megabyte."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return None
    body = request.read(MOST_BYTES + 1)
    return body if len(body) <= MOST_BYTES else None


def _events(body: bytes) -> list[KitEvent] | None:
    try:
        delivery = json.loads(body)
    except (ValueError, RecursionError):
        return None
    rows = delivery.get("events") if isinstance(delivery, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_EVENTS:
        return None
    events = [_event(row) for row in rows if isinstance(row, Mapping)]
    return [event for event in events if event is not None]


def _event(row: Mapping[str, Any]) -> KitEvent | None:
    name, kind = row.get("id"), row.get("type")
    if not (
        isinstance(name, str) and isinstance(kind, str) and _NAME.fullmatch(name) and _NAME.fullmatch(kind)
    ):
        return None
    data = row.get("data")
    subscriber = data.get("subscriber") if isinstance(data, Mapping) else None
    number = subscriber.get("id") if isinstance(subscriber, Mapping) else None
    known = str(number)[:32] if isinstance(number, int) and not isinstance(number, bool) else ""
    return KitEvent(event_id=name, type=kind, subscriber_id=known)
