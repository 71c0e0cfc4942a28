"""The door: verify a Stripe delivery, store it, answer. Nothing else happens here."""

import time
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import UnreadablePostError
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing import counters
from billing.delivery import Delivery, NotAnEvent, parse, utc_now
from billing.models import EventStatus
from billing.signature import BadSignature, verify
from integrations import bulkhead
from integrations.failpoints import reach

MAX_BODY = 1_048_576  # bytes
_JSON = ("application/json", "")

log = structlog.get_logger(__name__)

# One round trip, one implicit transaction, one commit.
# A redelivery of an event that we gave up on puts it back in line; so does one of an event that we ignored
# while a setting was wrong or its type unknown. Its root is what we make of it now: no part of its identity.
_STORE = """
SET LOCAL statement_timeout = '2s';
INSERT INTO billing_stripeevent AS stored
    (event_id, account, type, livemode, api_version, object_id, root, created, body, priority,
     status, reason, due_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)
ON CONFLICT ON CONSTRAINT stripe_event_once DO UPDATE
    SET status = 'received', reason = '', due_at = now(), attempt_count = 0, crash_count = 0,
        root = excluded.root, priority = excluded.priority
    WHERE excluded.status = 'received' AND (stored.status IN ('dead_letter', 'unmatched')
        OR (stored.status = 'ignored' AND stored.reason IN ('mode', 'account', 'unknown_type')))
"""


class StripeWebhook(APIView):
    """`POST /api/webhooks/stripe`: 200 stored, 400 not from Stripe, 411, 413, 415, 503 not stored."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post",)

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Count every answer and how long it took; one that never came counts as a 500."""
        started, status, code = time.perf_counter(), 500, "error"
        try:
            response = super().dispatch(*args, **kwargs)
            status, code = response.status_code, getattr(response, "counted_as", "")
            return response
        finally:
            counters.count(status, code, time.perf_counter() - started)

    def post(self, request: Request) -> Response:
        """Answer one delivery. The raw bytes are what was signed, so they are read before any parser."""
        if refusal := _unacceptable(request):
            return refusal
        try:
            body = request.body.decode()
            header = request.META.get("HTTP_STRIPE_SIGNATURE", "")
            verify(body, header, secrets=settings.STRIPE_WEBHOOK_SECRETS, now=time.time())
            delivery = parse(body, now=utc_now())
        except UnicodeDecodeError:
            return _refuse(400, "The body is not UTF-8.", code="not_utf8")
        except UnreadablePostError:
            return _refuse(400, "The body broke off.", code="broke_off")
        except BadSignature as bad:
            log.warning("stripe_webhook.bad_signature", code=bad.args[0])
            words = "The signature does not match. Check the endpoint's signing secret."
            return _refuse(400, words, code=bad.args[0])
        except NotAnEvent as bad:
            return _refuse(400, bad.args[0], code="no_event")
        return _stored(delivery)


def _unacceptable(request: Request) -> Response | None:
    """What the headers alone say against a delivery."""
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return _refuse(411, "Say the body's length.", code="no_length")
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdecimal() or int(declared) > MAX_BODY:
        return _refuse(413, "The body is larger than 1 MB.", code="too_large")
    if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() not in _JSON:
        return _refuse(415, "Deliveries are JSON.", code="not_json")
    return None


def _stored(delivery: Delivery) -> Response:
    try:
        with bulkhead.database.place():
            reach("before_commit")
            store(delivery)
            reach("after_commit_before_response")
    except (bulkhead.Busy, DatabaseError, InterfaceError) as error:
        log.error("stripe_webhook.not_stored", error=type(error).__name__, stripe_event=delivery.event_id)  # noqa: TRY400
        if not isinstance(error, bulkhead.Busy):
            connection.close()
        return _refuse(503, "Not stored. Please deliver the event again.", code="not_stored")
    return _answer(Response({"received": True}), code=delivery.ignored)


def store(delivery: Delivery) -> None:
    """Commit the event as one row; a duplicate changes nothing. Raises DatabaseError within 2 s."""
    status = EventStatus.IGNORED if delivery.ignored else EventStatus.RECEIVED
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            [
                delivery.event_id,
                delivery.account,
                delivery.type,
                delivery.livemode,
                delivery.api_version,
                delivery.object_id,
                delivery.root,
                delivery.created,
                delivery.body,
                delivery.priority,
                status,
                delivery.ignored,
                not delivery.ignored,
            ],
        )


def _refuse(status: int, detail: str, *, code: str) -> Response:
    return _answer(Response({"detail": detail}, status=status), code=code)


def _answer(response: Response, *, code: str) -> Response:
    """Name the answer's reason for the counters; ours, never a word of the delivery."""
    response.counted_as = code  # type: ignore[attr-defined]
    return response
