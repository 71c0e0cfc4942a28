"""The Stripe account: everything the sandbox's Stripe can do."""

from integrations.sandbox.stripe.api import Api
from integrations.sandbox.stripe.checkouts import Checkout, Checkouts
from integrations.sandbox.stripe.customers import Customers
from integrations.sandbox.stripe.payments import Payments
from integrations.sandbox.stripe.settling import Settling
from integrations.sandbox.stripe.subscriptions import Subscriptions

__all__ = ["Checkout", "Stripe"]


class Stripe(Checkouts, Subscriptions, Payments, Settling, Customers, Api):
    """Acts for tests and the page, reads for the product, events for its webhook."""
