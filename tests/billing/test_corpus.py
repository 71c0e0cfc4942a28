"""Every recorded event, whatever its API version, ends somewhere: processed, ignored or parked."""

import json
from pathlib import Path
from typing import Any

import pytest

from billing.models import StripeEvent
from customers.models import Customer
from tests.billing.corpus import content_of, deliverable, events_of, files, make_true
from tests.billing.world import World
from tests.bringup.capabilities import shared_path

SOURCES = (
    "dj-stripe",
    "openapi-fixtures3",
    "pay-rails",
    "stripe-cli-triggers",
    "stripe-ruby-mock",
    "teamtnt",
    "zulip-webhook-events",
)
SETTLED = {"processed", "ignored", "unmatched"}


@pytest.fixture
def corpus() -> Path:
    return shared_path("STRIPE_CORPUS_DIR")


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_recorded_events_are_stored_and_settled_without_an_exception(
    corpus: Path, world: World, source: str
) -> None:
    recorded = files(corpus, source)
    assert recorded
    delivered = 0
    for file in recorded:
        content = content_of(file)
        for event in map(deliverable, events_of(content)):
            make_true(world.stripe, event)
            assert world.deliver(event) == [200], file.name
            world.process()
            delivered += 1
        if not _is_event(content):
            assert world.deliver(content) == [400], file.name

    world.wait()
    world.process()

    assert StripeEvent.objects.count() == delivered
    left = StripeEvent.objects.exclude(status__in=SETTLED)
    assert list(left.values_list("type", "status", "reason")) == []


def test_a_dashboards_test_events_of_every_type_touch_nobody(corpus: Path, world: World) -> None:
    for file in files(corpus, "teamtnt"):
        for event in events_of(json.loads(file.read_text())):
            assert world.deliver(deliverable(event)) == [200]
    world.process()

    assert StripeEvent.objects.filter(status="ignored", reason="dashboard_test").exists()
    assert not Customer.objects.exists()


def test_recorded_live_events_do_nothing_in_a_test_deployment(corpus: Path, world: World) -> None:
    recorded = files(corpus, "zulip-webhook-events")
    for file in recorded:
        for event in events_of(json.loads(file.read_text())):
            assert world.deliver({**deliverable(event), "livemode": True}) == [200]
    world.process()

    assert set(StripeEvent.objects.values_list("status", "reason")) == {("ignored", "mode")}


def _is_event(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("type"), str) and "id" in content
