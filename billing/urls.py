"""Where Stripe delivers; with and without the slash, because a redirect counts as a failure."""

from django.urls import re_path

from billing.webhooks import StripeWebhook

urlpatterns = [re_path(r"^api/webhooks/stripe/?$", StripeWebhook.as_view(), name="stripe-webhook")]
