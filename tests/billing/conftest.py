"""Fixtures of the billing tests."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from integrations.sandbox import Sandbox, SandboxServer
from tests.billing.world import World, stock_plans, unhurried_stripe


@pytest.fixture
def world(transactional_db: None, settings: Settings) -> Iterator[World]:
    """A fresh Stripe over HTTP, the sample plans, and the door to deliver to."""
    sandbox = Sandbox.stocked()
    sandbox.stripe.webhook_secret = settings.STRIPE_WEBHOOK_SECRETS[0]
    server = SandboxServer(sandbox)
    settings.STRIPE_API_BASE = f"{server.start()}/stripe"
    stock_plans()
    unhurried_stripe()
    yield World(sandbox)
    server.stop()
