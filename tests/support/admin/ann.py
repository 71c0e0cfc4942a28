"""Ann, whom the tests of the customer screen look at."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from tests.factories import (
    CustomerFactory,
    EntitlementFactory,
    OneTimeEffectFactory,
    PaymentFactory,
    StripeCustomerFactory,
    SyncAttemptFactory,
    SyncFactory,
)

PAID = datetime(2026, 3, 12, 9, 14, 2, tzinfo=UTC)


def address(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[customer.pk])


def words(client: Client, customer: Customer, **query: str) -> str:
    """The screen's text without its markup."""
    answer = client.get(address(customer), query)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def ann(db: None) -> Customer:
    """Paid in March, in Circle and welcomed at once; her tags in Kit are refused since."""
    ann: Customer = CustomerFactory.create(name="Ann Keller", country="EE", paying=True)
    StripeCustomerFactory.create(customer=ann, stripe_id="cus_ann")
    EntitlementFactory.create(customer=ann, subject="sub_ann", starts_at=PAID)
    PaymentFactory.create(customer=ann, subscription="sub_ann", paid_at=PAID)
    circle = SyncFactory.create(
        customer=ann,
        connection__slug="circle",
        desired={"groups": [101], "tags": [], "spaces": []},
        observed={"member": True, "groups": {"101": "in"}},
    )
    SyncAttemptFactory.create(sync=circle, finished_at=PAID + timedelta(seconds=0.2), steps=[])
    let_in = [{"do": "add_groups", "ref": "101", "outcome": "done"}]
    SyncAttemptFactory.create(sync=circle, finished_at=PAID + timedelta(seconds=1.4), steps=let_in)
    kit = SyncFactory.create(
        customer=ann,
        connection__slug="kit",
        dead=True,
        desired={"write": True, "fields": {}, "tags": ["plan: pro"], "sequences": []},
        observed={"known": True, "fields": {}, "tags": {}},
    )
    OneTimeEffectFactory.create(
        customer=ann, connection=kit.connection, subject="sub_ann", done_at=PAID + timedelta(seconds=2.1)
    )
    return ann
