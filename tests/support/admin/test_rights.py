"""Who may do what, tried by forged requests: nobody edits what the engine owns, only some may replay."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from billing.models import StripeEvent
from customers.models import Customer
from integrations.models import Sync, SyncStatus
from support.admin.site import HIDDEN
from support.models import AuditEntry
from tests.factories import CustomerFactory, ReviewItemFactory, StripeEventFactory, SyncFactory
from tests.support.admin.conftest import REPLAY, VIEW, signed_in

OURS = ("customers", "billing", "integrations", "support")
STAFF_WRITE = ("ticket", "message")  # the engine owns everything else
SYNCS = reverse("admin:integrations_sync_changelist")
EVENTS = reverse("admin:billing_stripeevent_changelist")


def our_models() -> Iterator[tuple[str, str]]:
    for model in admin.site._registry:
        if model._meta.app_label in OURS and model._meta.model_name not in STAFF_WRITE:
            yield model._meta.app_label, model._meta.model_name or ""


def replay_of(customer: Customer) -> str:
    return reverse("admin:customers_customer_replay", args=[customer.pk])


@pytest.fixture
def dead(db: None) -> Sync:
    sync: Sync = SyncFactory.create(dead=True)
    StripeEventFactory.create(customer=sync.customer, dead=True)
    return sync


def untouched() -> bool:
    statuses = {
        *Sync.objects.values_list("status", flat=True),
        *StripeEvent.objects.values_list("status", flat=True),
    }
    return statuses == {"dead_letter"} and not AuditEntry.objects.exclude(act="denied").exists()


def untouched_but(sync: Sync) -> bool:
    Sync.objects.filter(pk=sync.pk).update(status="dead_letter", reason="for the comparison")
    same = untouched()
    Sync.objects.filter(pk=sync.pk).update(status="in_sync", reason="")
    return same


def forged(client: Client, dead: Sync) -> list[int]:
    """Every way to ask for a replay; the statuses answered."""
    event = StripeEvent.objects.get()
    posts = [
        client.post(replay_of(dead.customer), {"reason": "forged"}),
        client.post(SYNCS, {"action": "replay", "_selected_action": [dead.pk], "confirmed": "yes"}),
        client.post(EVENTS, {"action": "replay", "_selected_action": [event.pk], "confirmed": "yes"}),
    ]
    return [each.status_code for each in posts]


def test_somebody_not_signed_in_is_sent_to_the_login(client: Client, dead: Sync) -> None:
    pages = [
        SYNCS,
        EVENTS,
        reverse("admin:index"),
        reverse("admin:customers_customer_change", args=[dead.customer_id]),
    ]

    for address in (*pages, replay_of(dead.customer)):
        assert client.get(address).headers["Location"].startswith("/admin/login/")
    assert forged(client, dead) == [302, 302, 302]
    assert untouched()


def test_staff_without_rights_see_and_change_nothing(dead: Sync) -> None:
    client = signed_in()

    assert forged(client, dead) == [403, 403, 403]
    assert client.get(reverse("admin:customers_customer_change", args=[dead.customer_id])).status_code == 403
    assert untouched()


def test_a_signed_in_buyer_account_is_no_staff(dead: Sync) -> None:
    client = signed_in(*REPLAY, is_staff=False)

    assert forged(client, dead) == [302, 302, 302]
    assert untouched()


def test_who_may_only_look_replays_nothing(dead: Sync) -> None:
    client = signed_in(*VIEW)

    assert forged(client, dead)[0] == 403
    assert untouched()


def test_the_right_to_replay_events_is_no_right_to_replay_syncs(dead: Sync) -> None:
    client = signed_in(*VIEW, "replay_stripeevent")

    client.post(replay_of(dead.customer))
    client.post(SYNCS, {"action": "replay", "_selected_action": [dead.pk], "confirmed": "yes"})

    dead.refresh_from_db()
    assert dead.status == SyncStatus.DEAD_LETTER
    assert StripeEvent.objects.get().status == "received"


def test_the_right_to_replay_without_the_right_to_see_is_not_enough(dead: Sync) -> None:
    assert signed_in("replay_sync", "replay_stripeevent").post(replay_of(dead.customer)).status_code == 403
    assert untouched()


def test_looking_at_the_replay_address_replays_nothing(support: Client, dead: Sync) -> None:
    assert support.get(replay_of(dead.customer)).status_code == 405
    assert support.get(f"{SYNCS}?action=replay&_selected_action={dead.pk}").status_code in (200, 302)
    assert untouched()


def test_a_post_from_another_site_is_refused(dead: Sync) -> None:
    client = signed_in(*REPLAY)
    client.handler.enforce_csrf_checks = True

    assert forged(client, dead) == [403, 403, 403]
    assert untouched()


def test_a_replay_queues_what_failed_says_so_and_is_written_down(support: Client, dead: Sync) -> None:
    answer = support.post(replay_of(dead.customer), {"reason": "asked by mail"}, follow=True)

    dead.refresh_from_db()
    assert dead.status == SyncStatus.PENDING
    assert "1 queued again." in answer.content.decode()
    acts = AuditEntry.objects.order_by("pk").values_list("act", "reason", "actor__username")
    user = answer.wsgi_request.user.get_username()
    assert list(acts) == [("replay_sync", "asked by mail", user), ("replay_event", "asked by mail", user)]


def test_a_second_replay_says_that_nothing_failed(support: Client, dead: Sync) -> None:
    support.post(replay_of(dead.customer))

    answer = support.post(replay_of(dead.customer), follow=True)

    assert "Nothing to replay" in answer.content.decode()
    assert AuditEntry.objects.count() == 2


def test_a_replay_from_the_list_reports_done_and_left_alone(dead: Sync) -> None:
    support = signed_in(*REPLAY, "bulk_replay_sync")
    fine = SyncFactory.create()

    chosen = {"action": "replay", "_selected_action": [dead.pk, fine.pk], "index": 0, "reason": "outage over"}
    preview = support.post(SYNCS, chosen).content.decode()
    assert "Mails that people would get: 0 or more." in preview
    assert "nothing, already right" in preview
    assert untouched_but(fine)

    page = support.post(SYNCS, chosen | {"confirmed": "yes"}, follow=True).content.decode()
    assert "1 queued again, 1 left alone" in page
    assert set(AuditEntry.objects.values_list("reason", flat=True)) == {"outage over"}


def test_a_replay_of_several_people_from_the_list_is_for_founders(support: Client, dead: Sync) -> None:
    chosen = [dead.pk, SyncFactory.create(dead=True).pk]

    answer = support.post(SYNCS, {"action": "replay", "_selected_action": chosen, "confirmed": "yes"})

    assert answer.status_code == 403
    assert Sync.objects.filter(status=SyncStatus.DEAD_LETTER).count() == 2


@pytest.mark.parametrize("listed", [SYNCS, EVENTS])
def test_who_chose_several_confirms_before_the_preview_so_that_no_typed_reason_is_lost(
    listed: str, dead: Sync
) -> None:
    client = signed_in(superuser=True)
    make = SyncFactory if listed == SYNCS else StripeEventFactory
    several = [make.create(dead=True).pk for _ in range(2)]
    session = client.session
    session["confirmed_at"] = 0
    session.save()

    for one_or_more in (several, several[:1]):
        answer = client.post(listed, {"action": "replay", "_selected_action": one_or_more, "index": 0})
        asked = answer.headers.get("Location", "").startswith("/admin/confirm/")
        assert asked == (one_or_more == several)

    assert Sync.objects.exclude(status=SyncStatus.DEAD_LETTER).count() == 0


def test_a_replay_without_chosen_rows_says_so(support: Client, dead: Sync) -> None:
    answer = support.post(SYNCS, {"action": "replay", "index": 0}, follow=True)

    assert "Choose rows first." in answer.content.decode()
    assert untouched()


def test_a_replay_for_nobody_is_not_found(support: Client) -> None:
    assert support.post("/admin/customers/customer/999999/replay/").status_code == 404
    assert support.post(f"/admin/customers/customer/{10**30}/replay/").status_code == 404


@pytest.mark.parametrize(("app", "model"), sorted(our_models()))
def test_not_even_the_founder_edits_what_the_engine_owns(founder: Client, app: str, model: str) -> None:
    rows: dict[str, Any] = {
        "customer": CustomerFactory,
        "sync": SyncFactory,
        "stripeevent": StripeEventFactory,
    }
    row = rows.get(model, ReviewItemFactory).create()
    for verb, arguments in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
        try:
            address = reverse(f"admin:{app}_{model}_{verb}", args=arguments)
        except NoReverseMatch:
            continue
        answer = founder.post(address, {"status": "active", "has_access": "on", "post": "yes", "_popup": "1"})
        assert answer.status_code in (403, 404, 405, 302), address
        # A change of a row that does not exist leads back to the front page; nothing was written.
        assert answer.status_code != 302 or answer.headers["Location"] == "/admin/"
    row.refresh_from_db()
    listed = founder.post(
        reverse(f"admin:{app}_{model}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "index": 0, "post": "yes"},
    )
    assert listed.status_code in (200, 302, 403)
    assert type(row)._default_manager.filter(pk=row.pk).exists()


def test_accounts_and_groups_are_for_superusers_only(founder: Client) -> None:
    theirs = [model._meta for model in admin.site._registry if model._meta.app_label not in OURS]
    client = signed_in(
        *(f"{verb}_{each.model_name}" for each in theirs for verb in ("view", "add", "change", "delete"))
    )

    assert {each.label for each in theirs} == {"auth.User", "auth.Group"}
    for each in theirs:
        address = reverse(f"admin:{each.app_label}_{each.model_name}_changelist")
        assert client.get(address).status_code == 403, address
        assert founder.get(address).status_code == 200, address


def test_keys_and_codes_of_the_sign_in_and_beats_schedules_are_on_no_page() -> None:
    assert not {model._meta.app_label for model in admin.site._registry} & set(HIDDEN)
