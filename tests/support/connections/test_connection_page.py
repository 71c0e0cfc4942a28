"""One connection's page: how it is, and what staff with the right may do to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from billing.models import CatalogueChange
from customers.models import Customer
from integrations.engine.claim import database_now
from integrations.models import Connection, Mode, RemoteName, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.models import AuditEntry
from tests.factories import CustomerFactory, SyncFactory
from tests.sandbox_world import Catalog, catalog, sandbox
from tests.support.admin.conftest import VIEW, signed_in
from tests.support.admin.counting import queries_of

__all__ = ["catalog", "sandbox"]

pytestmark = pytest.mark.django_db
ACTS = ("pause", "resume", "mode", "test", "names")


@pytest.fixture
def operator() -> Client:
    return confirmed(signed_in(*VIEW, "operate_connection"))


def confirmed(client: Client) -> Client:
    """Somebody who entered their password a moment ago."""
    session = client.session
    session["confirmed_at"] = database_now().timestamp()
    session.save()
    return client


def page_of(row: Connection) -> str:
    return reverse("admin:integrations_connection_change", args=[row.pk])


def does(client: Client, act: str, row: Connection, **form: Any) -> str:
    """The message after the act."""
    answer = client.post(reverse(f"admin:integrations_connection_{act}", args=[row.pk]), form)
    assert answer.status_code == 302
    return " ".join(str(each) for each in get_messages(answer.wsgi_request))


def test_a_pause_says_why_and_is_recorded(operator: Client, catalog: Catalog) -> None:
    assert "is paused" in does(operator, "pause", catalog.circle, reason="they move house")

    catalog.circle.refresh_from_db()
    assert catalog.circle.pause_reason == "staff"
    text = operator.get(page_of(catalog.circle)).content.decode()
    assert "by staff," in text
    assert "they move house" in text
    assert AuditEntry.objects.get().act == "pause_connection"


@pytest.mark.parametrize("act", ["pause", "resume", "mode"])
def test_nothing_is_done_without_a_reason(operator: Client, catalog: Catalog, act: str) -> None:
    assert "Say why" in does(operator, act, catalog.circle, reason="  ", to="shadow")

    catalog.circle.refresh_from_db()
    assert (catalog.circle.paused_at, catalog.circle.mode) == (None, Mode.LIVE)
    assert not AuditEntry.objects.exists()


def test_a_resume_makes_due_what_waited(operator: Client, catalog: Catalog) -> None:
    does(operator, "pause", catalog.kit, reason="x")
    waiting = SyncFactory.create(connection=catalog.kit, retrying=True)

    assert "goes on" in does(operator, "resume", catalog.kit, reason="mended")

    waiting.refresh_from_db()
    assert waiting.due_at is not None
    assert waiting.due_at <= database_now()


def test_before_a_switch_it_says_for_how_many(operator: Client, catalog: Catalog) -> None:
    Connection.objects.filter(pk=catalog.kit.pk).update(mode=Mode.SHADOW)
    SyncFactory.create_batch(
        3, connection=catalog.kit, status=SyncStatus.ON_HOLD, reason="shadow", desired={"tags": ["plan: pro"]}
    )

    address = reverse("admin:integrations_connection_mode", args=[catalog.kit.pk])
    text = operator.get(f"{address}?to=live").content.decode()

    assert "Everybody (3 so far) is made equal there" in text
    assert "Mails that people would get: 0." in text
    catalog.kit.refresh_from_db()
    assert catalog.kit.mode == Mode.SHADOW


def test_what_is_off_is_said_to_be_off_once(operator: Client, catalog: Catalog) -> None:
    Connection.objects.filter(pk=catalog.kit.pk).update(mode=Mode.OFF)

    page = operator.get(reverse("admin:integrations_connection_change", args=[catalog.kit.pk]))
    today = operator.get(reverse("admin:index")).content.decode()

    assert page.content.decode().count(">Off<") == 1
    assert (today.count(">Off<"), today.count(">off<"), today.count(">live<")) == (1, 0, 2)


def test_before_a_switch_it_names_those_who_came_while_it_was_off(operator: Client, catalog: Catalog) -> None:
    """Nothing was computed for them, so neither their number nor their mails would be foretold."""
    Connection.objects.filter(pk=catalog.circle.pk).update(mode=Mode.OFF)
    SyncFactory.create(
        customer__paying=True, connection=catalog.circle, status=SyncStatus.ON_HOLD, reason="shadow"
    )
    CustomerFactory.create(paying=True)
    CustomerFactory.create()

    address = reverse("admin:integrations_connection_mode", args=[catalog.circle.pk])
    text = operator.get(f"{address}?to=live").content.decode()

    assert "Everybody (2 so far) is made equal there" in text
    assert "1 more came while it was off: their mails are not in this figure." in text


def test_a_switch_makes_everybody_due_by_a_worker(operator: Client, catalog: Catalog) -> None:
    Connection.objects.filter(pk=catalog.kit.pk).update(mode=Mode.OFF)
    customer: Customer = CustomerFactory.create(paying=True)

    assert "is in mode shadow now" in does(operator, "mode", catalog.kit, to="shadow", reason="try it")

    assert CatalogueChange.objects.filter(due_at__lte=database_now()).count() == 1
    drain()
    assert customer.syncs.get(connection=catalog.kit).reason == "shadow"
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.before["mode"], entry.after["mode"]) == ("set_mode_shadow", "off", "shadow")


@pytest.mark.parametrize("to", ["", "nonsense", "live"])
def test_a_mode_that_makes_no_sense_is_refused(operator: Client, catalog: Catalog, to: str) -> None:
    assert "Choose a mode" in does(operator, "mode", catalog.circle, to=to, reason="x")


def test_stripe_is_always_live(operator: Client, catalog: Catalog) -> None:
    assert "Stripe is always live" in does(operator, "mode", catalog.stripe, to="off", reason="x")


def test_a_switch_asks_for_the_password_first(catalog: Catalog) -> None:
    client = signed_in(*VIEW, "operate_connection")
    session = client.session
    session["confirmed_at"] = 0
    session.save()
    address = reverse("admin:integrations_connection_mode", args=[catalog.kit.pk])

    assert "/admin/confirm/" in client.get(f"{address}?to=off")["Location"]
    assert "/admin/confirm/" in client.post(f"{address}?to=off", {"reason": "x"})["Location"]
    assert not AuditEntry.objects.exists()


def test_a_trial_says_what_came_of_it(operator: Client, sandbox: Sandbox, catalog: Catalog) -> None:
    assert "It answers, and accepts our key." in does(operator, "test", catalog.kit)

    sandbox.kit.fail(401)
    assert "Kit does not accept our key" in does(operator, "test", catalog.kit)
    assert list(AuditEntry.objects.values_list("after__ok", flat=True)) == [False, True]


def test_names_are_fetched_by_a_button(operator: Client, sandbox: Sandbox, catalog: Catalog) -> None:
    assert "Circle: 6 names fetched." in does(operator, "names", catalog.circle)
    sandbox.circle.fail(503)
    assert "Circle: the names could not be fetched" in does(operator, "names", catalog.circle)
    kept = AuditEntry.objects.filter(act="fetch_names", subject=f"connection:{catalog.circle.pk}")
    assert [(each.actor_id is None, each.after) for each in kept.order_by("pk")] == [
        (False, {"ok": True, "names": 6}),
        (False, {"ok": False, "names": 0}),
    ]
    assert "6 known" in operator.get(page_of(catalog.circle)).content.decode()
    assert not RemoteName.objects.filter(gone_at__isnull=False).exists()


@pytest.mark.parametrize("act", ACTS)
def test_only_who_has_the_right_may_do_it(catalog: Catalog, act: str) -> None:
    reader = confirmed(signed_in(*VIEW))
    address = reverse(f"admin:integrations_connection_{act}", args=[catalog.circle.pk])

    assert reader.post(address, {"reason": "x", "to": "off"}).status_code == 403
    assert "Do something about it" not in reader.get(page_of(catalog.circle)).content.decode()
    assert not AuditEntry.objects.exclude(act="denied").exists()


@pytest.mark.parametrize("act", ACTS)
def test_a_forged_form_does_nothing(catalog: Catalog, act: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = confirmed(signed_in(*VIEW, "operate_connection")).cookies
    address = reverse(f"admin:integrations_connection_{act}", args=[catalog.circle.pk])

    assert client.post(address, {"reason": "x", "to": "off"}).status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_done_by_get(operator: Client, catalog: Catalog, act: str) -> None:
    address = reverse(f"admin:integrations_connection_{act}", args=[catalog.circle.pk])

    assert operator.get(f"{address}?to=off&reason=x").status_code == (200 if act == "mode" else 405)
    assert not AuditEntry.objects.exists()


def test_where_its_key_is_kept_is_for_who_operates_it(operator: Client, catalog: Catalog) -> None:
    assert "CIRCLE_API_TOKEN" in operator.get(page_of(catalog.circle)).content.decode()
    reader = signed_in(*VIEW)
    listed = reader.get(reverse("admin:integrations_connection_changelist")).content.decode()
    assert "CIRCLE_API_TOKEN" not in reader.get(page_of(catalog.circle)).content.decode() + listed


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "x", "1%00"])
def test_an_unknown_connection_is_not_found(operator: Client, number: str) -> None:
    assert operator.get(f"/admin/integrations/connection/{number}/change/").status_code == 404


def test_its_page_costs_the_same_with_many_syncs(operator: Client, catalog: Catalog) -> None:
    SyncFactory.create(connection=catalog.circle)
    few = queries_of(operator, page_of(catalog.circle))
    SyncFactory.create_batch(20, connection=catalog.circle)

    assert queries_of(operator, page_of(catalog.circle)) == few <= 22


def test_the_page_of_stripe_tells_how_many_of_its_places_are_free(operator: Client, catalog: Catalog) -> None:
    over, soon, rested, under_way = (database_now() + timedelta(seconds=each) for each in (-1, 1, 8, 20))
    stripe = Connection.objects.filter(pk=catalog.stripe.pk)
    taken = "of 25 places for calls are free, each is taken until 1 s after its call ended; allowed there"

    stripe.update(options={}, places_taken=[over, under_way, under_way], next_start_at=soon)
    assert f"23 {taken} are 25 in 1 s" in operator.get(page_of(catalog.stripe)).content.decode()

    stripe.update(next_start_at=rested)
    assert f"0 {taken} are 25 in 1 s" in operator.get(page_of(catalog.stripe)).content.decode()
