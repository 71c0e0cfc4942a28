"""What a list says before it replays is what comes of it: row by row, by name, and counted."""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from integrations.models import RemoteName, Sync
from support.admin import replaying
from tests.factories import PlanMappingFactory, StripeEventFactory, SyncFactory, TicketFactory
from tests.factories.clock import now_utc
from tests.support.admin.conftest import REPLAY, signed_in
from tests.support.desks.test_dead_letters import GRANT, text

pytestmark = pytest.mark.django_db
SYNCS = reverse("admin:integrations_sync_changelist")
EVENTS = reverse("admin:billing_stripeevent_changelist")


def replayed(client: Client, address: str, *rows: Model) -> tuple[str, str]:
    """What the list says before, and after it was confirmed."""
    form = {"action": "replay", ACTION_CHECKBOX_NAME: [str(each.pk) for each in rows], "reason": "now"}
    before = client.post(address, form)
    after = client.post(address, form | {"confirmed": "yes"}, follow=True)
    return text(before.content), text(after.content)


def test_an_event_of_nobody_is_read_again_and_the_preview_says_so(founder: Client) -> None:
    early = StripeEventFactory.create(status="unmatched", processed_at=None, reason="no_person")
    row = text(founder.get(reverse("admin:billing_stripeevent_change", args=[early.pk])).content)

    before, after = replayed(founder, EVENTS, early)

    assert "read again what it spoke of" in before
    assert "left alone" not in before
    assert "1 queued again." in after
    assert "would read again at Stripe what it spoke of" in row


def test_a_snoozed_sync_runs_again_and_the_preview_says_so(founder: Client) -> None:
    snoozed = SyncFactory.create(
        customer__paying=True, status="on_hold", reason="snoozed", applied_version=0, desired=GRANT
    )

    before, after = replayed(founder, SYNCS, snoozed)

    assert "add to access group 101" in before
    assert "would get: 1." in before
    assert "1 queued again." in after


@pytest.fixture
def refused(db: None) -> Sync:
    """Circle refused somebody a group and a tag, both of which it calls by a name of its own."""
    wanted = {"groups": [101], "tags": [11], "spaces": []}
    sync: Sync = SyncFactory.create(customer__paying=True, dead=True, desired=wanted)
    options = {"access_groups": [101], "member_tags": [11]}
    PlanMappingFactory.create(connection=sync.connection, plan__name="Lifetime", options=options)
    for kind, remote_id, name in (("group", "101", "Pro"), ("tag", "11", "Pro member")):
        RemoteName.objects.create(
            connection=sync.connection, kind=kind, remote_id=remote_id, name=name, fetched_at=now_utc()
        )
    return sync


def test_a_replay_names_what_it_would_add_wherever_it_is_offered(founder: Client, refused: Sync) -> None:
    ticket = TicketFactory.create(customer=refused.customer)
    said = "add to access group Pro (101), add to member tag Pro member (11)"

    assert said in replayed(founder, SYNCS, refused)[0]
    Sync.objects.filter(pk=refused.pk).update(status="dead_letter", reason="full", due_at=None)
    for page in (
        reverse("admin:integrations_sync_change", args=[refused.pk]),
        reverse("admin:support_ticket_change", args=[ticket.pk]),
        reverse("admin:customers_customer_change", args=[refused.customer_id]),
    ):
        assert said in text(founder.get(page).content), page


def test_only_what_a_replay_would_move_is_counted(founder: Client, refused: Sync) -> None:
    fine, running = SyncFactory.create(), StripeEventFactory.create()

    some = replayed(founder, SYNCS, refused, fine)[0]
    none = replayed(founder, EVENTS, running)[0]

    assert "Replay 1?" in some
    assert "2 chosen. 1 of them would be left alone." in some
    assert "Replay 1 Not now" in some
    assert "Nothing to replay" in none
    assert "Not now" not in none


def test_the_preview_leads_back_to_the_list_and_to_each_person(founder: Client, refused: Sync) -> None:
    chosen = {"action": "replay", ACTION_CHECKBOX_NAME: str(refused.pk)}
    screen = reverse("admin:customers_customer_change", args=[refused.customer_id])

    page = founder.post(f"{SYNCS}?status__exact=dead_letter", chosen).content.decode()
    unnamed = signed_in(*(right for right in REPLAY if right != "view_customer")).post(SYNCS, chosen)

    assert f'<p class="back"><a href="{SYNCS}?status__exact=dead_letter">' in page
    assert f'<a href="{screen}">' in page
    assert screen not in unnamed.content.decode()


@pytest.mark.parametrize(
    ("make", "address", "fine"),
    [
        (SyncFactory, SYNCS, {}),
        (StripeEventFactory, EVENTS, {"status": "processed", "processed_at": now_utc()}),
    ],
)
def test_all_that_match_are_replayed_as_far_as_they_can_be_before_any_room_is_given_to_the_others(
    founder: Client, make: Any, address: str, fine: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "AT_ONCE", 3)
    dead = [make.create(dead=True) for _ in range(5)]
    newer = [make.create(**fine) for _ in range(4)]
    every = {"action": "replay", ACTION_CHECKBOX_NAME: [newer[0].pk], "select_across": "1", "reason": "now"}

    before = text(founder.post(address, every).content)
    after = text(founder.post(address, every | {"confirmed": "yes"}, follow=True).content)

    assert "Replay 3?" in before
    assert "2 more can be replayed: 3 are replayed at once." in before
    assert "3 queued again." in after
    assert "2 more can be replayed: 3 are replayed at once. Choose again to replay them." in after

    rest = text(founder.post(address, every).content)
    again = text(founder.post(address, every | {"confirmed": "yes"}, follow=True).content)

    assert "Replay 2?" in rest
    assert "3 or more chosen. 1 of them would be left alone." in rest
    assert "2 queued again, 1 left alone" in again
    assert "more can be replayed" not in rest + again
    assert not type(dead[0]).objects.filter(status="dead_letter").exists()
