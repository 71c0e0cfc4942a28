"""POST /api/support/tickets: a contact form or another system opens a ticket."""

import hashlib
import hmac
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, NotFound, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import normalise
from support.models.message import LONGEST_BODY
from support.tickets.opening import Question, open_by_api
from support.tickets.throttle import PerSender

MOST_BYTES = 131_072
KEY = r"\A[\w!-~]{1,128}\Z"  # Message-IDs of mails too, which have "$" and the like


class TooLarge(APIException):
    status_code = 413
    default_detail = f"Too large: at most {MOST_BYTES} bytes."


@dataclass(frozen=True)
class Sender:
    """Who holds the token; `digest` tells senders apart and gives no token away."""

    digest: str
    is_authenticated: bool = True


class Token(BaseAuthentication):
    """`Authorization: Bearer <one of SUPPORT_API_TOKENS>`; without any token there is no such address."""

    def authenticate(self, request: Request) -> tuple[Any, None]:
        if not settings.SUPPORT_API_TOKENS:
            raise NotFound
        scheme, _, given = str(request.headers.get("Authorization", "")).partition(" ")
        digests = [_digest(each) for each in settings.SUPPORT_API_TOKENS]
        known = [each for each in digests if hmac.compare_digest(each, _digest(given.strip()))]
        if scheme.lower() != "bearer" or not known:
            raise AuthenticationFailed("Send one of the tokens as Authorization: Bearer <token>.")
        return Sender(known[0][:16]), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SmallJson(JSONParser):
    """JSON, read only as far as it is allowed to be long."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError("Too deeply nested.") from None


class TicketBody(serializers.Serializer[Any]):
    """What may be sent; anything else in the body is left aside.

    `external_id` is the sender's key of the ticket, `message_id` of this text in it; `in_reply_to` the
    Message-ID of an answer of ours.
    """

    email = serializers.CharField(max_length=normalise.EMAIL_MAX)
    subject = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=LONGEST_BODY)
    external_id = serializers.RegexField(KEY, required=False, default="")
    message_id = serializers.RegexField(KEY, required=False, default="")
    in_reply_to = serializers.CharField(max_length=400, required=False, default="", allow_blank=True)

    def validate_email(self, given: str) -> str:
        address = normalise.email(given)
        if not address:
            raise serializers.ValidationError("This is no e-mail address.")
        return address


class Tickets(APIView):
    """201 a new ticket or a new text in it, 200 known already, 400 bad body, 401, 404 off, 413, 415, 429,
    503 not stored.
    """

    authentication_classes = (Token,)
    throttle_classes = (PerSender,)
    parser_classes = (SmallJson,)
    http_method_names = ["post"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        except (DatabaseError, InterfaceError):
            raise _not_stored() from None

    def post(self, request: Request) -> Response:
        body = TicketBody(data=request.data)
        if not body.is_valid():
            return Response({"detail": "The ticket was not opened.", "errors": body.errors}, status=400)
        sent = body.validated_data
        question = Question(sent["subject"], sent["body"], sent["email"], key=sent["message_id"])
        keys = {name: sent[name] for name in ("external_id", "in_reply_to")}
        try:
            ticket, new = open_by_api(question, **keys)
        except (DatabaseError, InterfaceError):
            raise _not_stored() from None
        return Response({"id": ticket.pk, "status": ticket.status}, status=201 if new else 200)


def _not_stored() -> APIException:
    connection.close()
    error = APIException("Not stored: please send it again.")
    error.status_code = 503
    return error


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
