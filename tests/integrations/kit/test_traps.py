"""Capitals in tags, people who subscribe again, and answers that do not say what was done."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from customers.models import Entitlement, Plan
from customers.vocabulary import Source, Status
from integrations.connectors.kit.desired import desired
from integrations.models import Connection, PlanMapping, Sync, SyncStatus
from integrations.person import load
from integrations.sandbox import Sandbox
from integrations.sandbox.routing import Json
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db
TAG = "POST /tags/{tag_id}/subscribers/{id}"
START = "POST /sequences/{sequence_id}/subscribers/{id}"
SAYS_NOTHING: list[Json | str] = ["", {}, {"subscriber": None}, {"success": False}]


def buys_once_more(buyer: Buyer) -> None:
    """A second purchase of the same plan, which changes no field in Kit."""
    now = datetime.now(UTC)
    Entitlement.objects.create(
        customer=buyer.row, source=Source.SUBSCRIPTION, subject="sub_second",
        plan=Plan.objects.get(slug="pro"), state=Status.ACTIVE, since=now, starts_at=now, interval="monthly",
    )  # fmt: skip
    buyer.recompute()


@pytest.fixture
def two_spellings(catalog: Catalog) -> None:
    """Two plans name one tag of Kit, one of them in capitals; no plan asks for a status tag."""
    PlanMapping.objects.filter(plan__slug="lifetime", connection=catalog.kit).delete()
    for slug, name in (("starter", "VIP"), ("pro", "vip")):
        PlanMapping.objects.filter(plan__slug=slug, connection=catalog.kit).update(options={"tags": [name]})


@pytest.mark.parametrize(("first", "second"), [("starter", "pro"), ("pro", "starter")])
def test_a_tag_in_capitals_is_the_same_tag_and_stays_while_any_plan_gives_it(
    sandbox: Sandbox, buyer: Buyer, two_spellings: None, first: str, second: str
) -> None:
    buyer.buys(first)
    drain()
    buyer.buys(second)
    buyer.cancels(first)
    drain()
    assert {each.casefold() for each in sandbox.kit.tags_of(buyer.email)} == {"vip"}

    buyer.cancels(second)
    drain()
    assert sandbox.kit.tags_of(buyer.email) == set()


def test_two_spellings_are_one_tag_to_give(buyer: Buyer, two_spellings: None) -> None:
    buyer.buys("starter")
    buyer.buys("pro")
    person = load(buyer.row.pk, now=datetime.now(UTC))
    mappings = dict(PlanMapping.objects.filter(connection__kind="kit").values_list("plan__slug", "options"))

    assert desired(person, mappings)["tags"] == ["VIP"]


def test_a_tag_that_a_spelling_once_cost_somebody_comes_back(
    sandbox: Sandbox, buyer: Buyer, two_spellings: None
) -> None:
    """As it may be stored from before: noted as given under one spelling, and taken under the other."""
    buyer.buys("pro")
    drain()
    sandbox.kit.tagged.clear()
    sync = buyer.sync("kit")
    sync.observed["tags"] = {"vip": "in", "VIP": "out"}
    Sync.objects.filter(pk=sync.pk).update(observed=sync.observed, desired_digest="")

    buyer.touch()
    drain()

    assert sandbox.kit.tags_of(buyer.email) == {"vip"}
    assert buyer.sync("kit").observed["tags"] == {"vip": "in"}


@pytest.mark.parametrize("noted", ["by a run", "by a webhook"])
def test_who_subscribed_again_is_welcomed_to_the_next_purchase_although_no_field_changed(
    sandbox: Sandbox, buyer: Buyer, noted: str
) -> None:
    buyer.buys("pro")
    drain()
    if noted == "by a run":
        sandbox.kit.unsubscribe(buyer.email)
        buyer.touch()
        drain()
        assert buyer.sync("kit").observed["suppressed"] is True
    Sync.objects.filter(connection__kind="kit").update(suppressed_at=Now() - timedelta(days=3))
    subscriber = sandbox.kit.find(buyer.email)
    assert subscriber
    subscriber["state"] = "active"
    sandbox.kit.added.clear()

    buys_once_more(buyer)
    drain()

    assert sandbox.kit.enrolments == [(buyer.email, 501)] * 2
    assert buyer.sync("kit").suppressed_at is None


def test_who_still_wants_no_mail_is_asked_about_and_gets_none(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    sandbox.kit.unsubscribe(buyer.email)
    buyer.touch()
    drain()

    buys_once_more(buyer)
    drain()

    assert sandbox.kit.enrolments == [(buyer.email, 501)]
    assert buyer.sync("kit").status == SyncStatus.IN_SYNC


def test_a_welcome_finds_out_that_its_subscriber_was_deleted_although_no_field_changed(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    drain()
    sandbox.kit.subscribers.pop(int(buyer.sync("kit").remote_id))
    sandbox.kit.tagged.clear()

    buys_once_more(buyer)
    drain()
    later(seconds=5)

    assert sandbox.kit.enrolments == [(buyer.email, 501)] * 2
    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}
    assert buyer.sync("kit").status == SyncStatus.IN_SYNC


def test_a_sequence_that_was_deleted_is_named_although_no_field_changed(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    drain()
    sandbox.kit.sequences.pop(501)
    sandbox.journal.clear()

    buys_once_more(buyer)
    drain()
    later(seconds=5)

    sync = buyer.sync("kit")
    assert (sync.status, sync.reason) == (SyncStatus.DEAD_LETTER, "no_sequence")
    assert [call.route for call in sandbox.journal.calls("kit")] == [START, "POST /subscribers", START]


@pytest.mark.parametrize("route", [TAG, START])
@pytest.mark.parametrize("body", SAYS_NOTHING, ids=str)
def test_a_success_that_names_no_subscriber_is_asked_for_again(
    sandbox: Sandbox, buyer: Buyer, route: str, body: Json | str
) -> None:
    sandbox.kit.fail(200, route=route, body=body, times=1)
    buyer.buys("pro")
    drain()
    assert buyer.sync("kit").attempts.filter(code="unreadable").count() == 1
    later(seconds=5)

    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}
    assert sandbox.kit.enrolments == [(buyer.email, 501)]
    assert Connection.objects.get(slug="kit").paused_at is None
