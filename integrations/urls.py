"""Addresses that integrations answers; with and without a slash, as a redirect loses a delivery."""

from django.urls import path

from integrations.connectors.kit.webhooks import KitWebhook

urlpatterns = [
    path("api/webhooks/convertkit", KitWebhook.as_view(), name="kit_webhook"),
    path("api/webhooks/convertkit/", KitWebhook.as_view()),
]
