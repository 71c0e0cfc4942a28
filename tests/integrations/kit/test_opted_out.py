"""Who unsubscribed, bounced or complained stays so, whatever becomes of their subscriber in Kit."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.models import KitEvent, PlanMapping, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["by a run", "by a webhook"])
def opted_out(request: pytest.FixtureRequest, sandbox: Sandbox, buyer: Buyer) -> Buyer:
    """Somebody who bought, was welcomed, and unsubscribed three days ago."""
    buyer.buys("pro")
    drain()
    sandbox.kit.unsubscribe(buyer.email)
    if request.param == "by a run":
        buyer.touch()
        drain()
    else:
        Sync.objects.filter(connection__kind="kit").update(suppressed_at=Now() - timedelta(days=3))
    sandbox.kit.enrolments.clear()
    sandbox.journal.clear()
    return buyer


def is_deleted(sandbox: Sandbox, buyer: Buyer) -> None:
    """By the founder: in Kit that is the only way to erase somebody."""
    sandbox.kit.subscribers.pop(int(buyer.sync("kit").remote_id))
    sandbox.kit.tagged.clear()


def moves_in_kit(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.kit.subscribers[int(buyer.sync("kit").remote_id)]["email_address"] = "moved@example.com"


def stands_in_kit(sandbox: Sandbox, email: str, *, state: str) -> None:
    """A subscriber who came there by themselves."""
    sandbox.kit.subscribers[7] = {
        "id": 7, "first_name": None, "email_address": email,
        "state": state, "created_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    sandbox.kit.created[7], sandbox.kit.values[7] = 0.0, {}


def state_of(sandbox: Sandbox, email: str) -> str:
    return str((sandbox.kit.subscriber(email) or {"state": "nobody"})["state"])


@pytest.mark.parametrize("leave", [is_deleted, moves_in_kit])
def test_who_opted_out_is_made_again_as_somebody_who_gets_no_mail(
    sandbox: Sandbox, opted_out: Buyer, leave: Callable[[Sandbox, Buyer], None]
) -> None:
    leave(sandbox, opted_out)

    opted_out.cancels("pro")
    drain()

    sync = opted_out.sync("kit")
    assert (state_of(sandbox, opted_out.email), sandbox.kit.enrolments) == ("cancelled", [])
    assert (sync.status, sync.gets_no_mail) == (SyncStatus.IN_SYNC, True)
    assert sandbox.kit.tags_of(opted_out.email) == {"status: canceled"}
    assert [call.route for call in sandbox.journal.calls("kit")].count("POST /subscribers") == 1

    opted_out.buys("pro", subject="sub_back")
    drain()
    assert (state_of(sandbox, opted_out.email), sandbox.kit.enrolments) == ("cancelled", [])


def test_a_new_address_subscribes_nobody_again(sandbox: Sandbox, opted_out: Buyer) -> None:
    is_deleted(sandbox, opted_out)

    opted_out.renames("lovelace@example.com")
    opted_out.cancels("pro")
    drain()

    assert (state_of(sandbox, "lovelace@example.com"), sandbox.kit.enrolments) == ("cancelled", [])
    assert opted_out.sync("kit").gets_no_mail


def test_who_is_missed_only_when_they_are_tagged_is_subscribed_no_more_than_before(
    sandbox: Sandbox, opted_out: Buyer, catalog: Catalog
) -> None:
    is_deleted(sandbox, opted_out)
    mapping = PlanMapping.objects.get(plan__slug="pro", connection=catalog.kit)
    mapping.options = {**mapping.options, "tags": ["plan: pro", "since 2026"]}
    mapping.save()
    Sync.objects.filter(connection=catalog.kit).update(due_at="2026-01-01T00:00Z", status=SyncStatus.PENDING)
    drain()
    sync = opted_out.sync("kit")
    assert (sync.reason, sync.remote_id, sync.gets_no_mail) == ("subscriber_gone", "", True)

    opted_out.cancels("pro")
    later(seconds=5)

    assert (state_of(sandbox, opted_out.email), sandbox.kit.enrolments) == ("cancelled", [])
    assert opted_out.sync("kit").gets_no_mail


def test_who_subscribed_again_by_themselves_as_somebody_new_is_written_to(
    sandbox: Sandbox, opted_out: Buyer
) -> None:
    is_deleted(sandbox, opted_out)
    stands_in_kit(sandbox, opted_out.email, state="active")

    opted_out.cancels("pro")
    drain()

    assert sandbox.kit.enrolments == [(opted_out.email, 502)]
    assert not opted_out.sync("kit").gets_no_mail


@pytest.mark.parametrize("kind", ["created", "activated"])
def test_a_webhook_lifts_no_opt_out(sandbox: Sandbox, opted_out: Buyer, kind: str) -> None:
    """It may be the echo of what we did; what Kit answers to the next message that is due decides."""
    KitEvent.objects.create(
        event_id="one", type=f"subscriber.{kind}", subscriber_id=opted_out.sync("kit").remote_id
    )

    drain()

    assert opted_out.sync("kit").gets_no_mail


def test_who_opted_out_before_they_bought_is_not_welcomed(sandbox: Sandbox, buyer: Buyer) -> None:
    stands_in_kit(sandbox, buyer.email, state="complained")

    buyer.buys("pro")
    drain()

    assert (state_of(sandbox, buyer.email), sandbox.kit.enrolments) == ("complained", [])
    assert buyer.sync("kit").gets_no_mail
