"""A person who asks, and staff who answer."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from customers.models import Customer
from tests.factories import CustomerFactory, EntitlementFactory, SubscriptionFactory
from tests.support.admin.conftest import VIEW, founder, signed_in  # noqa: F401

DESK = ("view_ticket", "add_ticket", "change_ticket")


@pytest.fixture
def ada(db: None) -> Customer:
    """Pays 49 dollars a month for Pro."""
    ada: Customer = CustomerFactory.create(name="Ada Example", email="ada@example.test", paying=True)
    subscription = SubscriptionFactory.create(stripe_customer__customer=ada, amount=4900, currency="usd")
    EntitlementFactory.create(customer=ada, plan=ada.plan, subject=subscription.stripe_id)
    return ada


@pytest.fixture
def desk(db: None) -> Client:
    """Somebody of support."""
    client = signed_in(*VIEW, *DESK, "replay_sync")
    users = get_user_model()._default_manager
    users.filter(pk=client.session["_auth_user_id"]).update(username="bob")
    return client
