"""What ingest is compared with: a bare DRF view that verifies, inserts and answers, on the same server."""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import stripe
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

INSERT = "INSERT INTO bare_event (id, type, body) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


class BareWebhook(APIView):
    """No checks, no answers to bad input, no time-outs: only the signature and one INSERT."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        body = request.body.decode()
        stripe.WebhookSignature.verify_header(
            body, request.META["HTTP_STRIPE_SIGNATURE"], settings.STRIPE_WEBHOOK_SECRETS[0], 300
        )
        event = json.loads(body)
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [event["id"], event["type"], body])
        return Response({"received": True})


urlpatterns = [path("api/webhooks/stripe", BareWebhook.as_view())]


def _application() -> WSGIHandler:
    handler = get_wsgi_application()
    settings.ROOT_URLCONF = "tests.bench.bare"
    return handler


if os.environ.get("BARE_WEBHOOK"):
    application = _application()
