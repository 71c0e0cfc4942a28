"""One connection from the command line: stopped and started without losing or repeating anything."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integrations.models import Connection, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.models import AuditEntry
from tests.factories import StripeEventFactory, SyncFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox

__all__ = ["catalog", "sandbox"]

pytestmark = pytest.mark.django_db


def connection(*arguments: str) -> str:
    out = StringIO()
    call_command("connection", *arguments, stdout=out)
    return out.getvalue()


def test_status_says_mode_health_and_how_many_wait(catalog: Catalog) -> None:
    SyncFactory.create_batch(2, connection=catalog.circle)
    SyncFactory.create(connection=catalog.circle, dead=True)

    assert connection("circle").splitlines() == [
        "circle (circle): live, working",
        "  dead_letter: 1",
        "  in_sync: 2",
    ]
    assert not AuditEntry.objects.exists()


def test_a_pause_stops_the_calls_and_resume_heals_without_a_replay(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    assert "paused since" in connection("circle", "pause", "--reason", "maintenance")
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").attempt_count == 0

    assert "live, working" in connection("circle", "resume")
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert list(AuditEntry.objects.order_by("pk").values_list("act", "reason")) == [
        ("pause_connection", "maintenance"),
        ("resume_connection", "from the command line"),
    ]


def test_resume_forgets_the_breaker_and_makes_retries_due_at_once(sandbox: Sandbox, catalog: Catalog) -> None:
    sandbox.circle.fail(503)
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert buyer.sync("circle").status == SyncStatus.RETRYING
    sandbox.circle.heal()

    connection("circle", "resume")
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}


def test_resuming_stripe_makes_events_that_wait_due_at_once(catalog: Catalog) -> None:
    event = StripeEventFactory.create(
        status="failed", reason="stripe_answers_500", processed_at=None, due_at="2030-01-01T00:00:00Z"
    )

    connection("stripe", "resume")

    event.refresh_from_db()
    assert event.due_at is not None
    assert event.due_at.year < 2030


def test_shadow_computes_and_live_sends_what_was_computed(sandbox: Sandbox, catalog: Catalog) -> None:
    assert "circle (circle): shadow" in connection("circle", "shadow")
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").status == SyncStatus.ON_HOLD

    connection("circle", "live")
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}


@pytest.mark.parametrize("act", ["pause", "shadow"])
def test_the_same_act_twice_is_one_record(catalog: Catalog, act: str) -> None:
    connection("circle", act)
    before = Connection.objects.values().get(slug="circle")

    connection("circle", act)

    assert Connection.objects.values().get(slug="circle") == before
    assert AuditEntry.objects.count() == 1


def test_stripe_has_no_shadow(catalog: Catalog) -> None:
    with pytest.raises(CommandError, match="Stripe is always live"):
        connection("stripe", "shadow")
    assert not AuditEntry.objects.exists()


def test_an_unknown_connection_is_said_with_those_that_exist(catalog: Catalog) -> None:
    with pytest.raises(CommandError, match=r"Known: circle, kit, stripe\."):
        connection("mail")
