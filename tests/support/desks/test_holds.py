"""A replay lets go only the holds that its reader may end, and says what it left out and who may."""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from integrations.models import HoldReason, Sync, SyncStatus
from support.desks import progress, runs
from support.models import ReplayRun
from support.rights import GROUPS, permissions
from tests.factories import ConnectionFactory, OneTimeEffectFactory, StripeEventFactory, SyncFactory
from tests.factories.clock import now_utc
from tests.factories.staff import UserFactory
from tests.support.admin.conftest import signed_in
from tests.support.desks.test_dead_letters import GRANT, text

pytestmark = pytest.mark.django_db
LIST = reverse("admin:integrations_sync_changelist")
HELD = (HoldReason.SNOOZED, HoldReason.CONFLICT, HoldReason.MASS_REMOVAL)


def in_group(name: str, *more: str) -> Client:
    """Somebody with exactly the rights of a group, and perhaps one more."""
    group, _ = Group.objects.get_or_create(name=name)
    group.permissions.set(permissions(GROUPS[name]))
    user = UserFactory.create()
    user.groups.add(group)
    user.user_permissions.set(permissions(more) if more else [])
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def held(reason: HoldReason) -> Sync:
    sync: Sync = SyncFactory.create(
        status=SyncStatus.ON_HOLD, reason=reason, explanation=reason.label, applied_version=0,
        staff_hold=reason == HoldReason.HELD_BY_STAFF,
    )  # fmt: skip
    return sync


def at_the_desk(client: Client, sync: Sync) -> str:
    address = f"{reverse('desks:replay')}?sync={sync.pk}"
    shown = text(client.get(address).content)
    client.post(address, {"seen": "1", "reason": "now"})
    return shown


def in_the_list(client: Client, sync: Sync) -> str:
    form = {"action": "replay", ACTION_CHECKBOX_NAME: str(sync.pk), "reason": "now"}
    shown = text(client.post(LIST, form).content)
    client.post(LIST, form | {"confirmed": "yes"})
    return shown


@pytest.mark.parametrize("replays", [at_the_desk, in_the_list])
@pytest.mark.parametrize("reason", HELD)
def test_support_releases_no_hold_by_replaying_it(replays: Any, reason: HoldReason) -> None:
    sync = held(reason)

    shown = replays(in_group("Support"), sync)

    sync.refresh_from_db()
    assert (sync.status, sync.reason) == (SyncStatus.ON_HOLD, reason)
    assert "1 on hold is left out: only who may hold syncs ends a hold, and a founder decides" in shown


@pytest.mark.parametrize("replays", [at_the_desk, in_the_list])
@pytest.mark.parametrize("reason", HELD)
def test_who_may_hold_but_not_decide_ends_only_snoozes(replays: Any, reason: HoldReason) -> None:
    sync = held(reason)

    shown = replays(in_group("Support", "integrations.hold_sync"), sync)

    sync.refresh_from_db()
    ended = reason == HoldReason.SNOOZED
    assert (sync.status == SyncStatus.PENDING) is ended
    assert ("1 on hold is left out: a founder decides held removals" in shown) is not ended


@pytest.mark.parametrize("replays", [at_the_desk, in_the_list])
@pytest.mark.parametrize("reason", HELD)
def test_a_founder_ends_them_all(replays: Any, reason: HoldReason) -> None:
    sync = held(reason)

    shown = replays(in_group("Founder"), sync)

    sync.refresh_from_db()
    assert sync.status == SyncStatus.PENDING
    assert "left out" not in shown


@pytest.mark.parametrize("reason", HoldReason)
def test_the_page_of_a_sync_offers_what_the_list_would_do(reason: HoldReason) -> None:
    sync, page = held(reason), ">Replay</button>"
    address = reverse("admin:integrations_sync_change", args=[sync.pk])
    support, founder = (in_group(name).get(address).content.decode() for name in ("Support", "Founder"))

    assert page not in support
    assert (page in founder) is (reason in HELD)
    assert ("Nothing to replay: " in founder) is (reason not in HELD)


def test_the_page_of_a_sync_that_is_right_or_on_its_way_says_that_there_is_nothing_to_replay() -> None:
    support = in_group("Support")
    said = {
        SyncFactory.create().pk: "Nothing to replay: already in sync.",
        SyncFactory.create(retrying=True).pk: "Nothing to replay: already queued.",
    }

    for pk, words in said.items():
        page = support.get(reverse("admin:integrations_sync_change", args=[pk])).content.decode()
        assert words in page
        assert ">Replay</button>" not in page


@pytest.mark.parametrize("replays", [at_the_desk, in_the_list])
def test_support_still_replays_what_was_given_up(replays: Any) -> None:
    sync = SyncFactory.create(dead=True, connection=ConnectionFactory.create(mode="off"))

    assert "left out" not in replays(in_group("Support"), sync)

    sync.refresh_from_db()
    assert sync.status == SyncStatus.PENDING


@pytest.mark.parametrize("done", [True, False])
def test_who_was_invited_before_is_promised_no_second_mail(done: bool) -> None:
    """The engine mails an invitation once; the row, the sums and the list say the same of it."""
    sync = SyncFactory.create(customer__paying=True, dead=True, desired=GRANT)
    if done:
        OneTimeEffectFactory.create(
            customer=sync.customer, connection=sync.connection, kind="invitation", done_at=now_utc()
        )
    mails = 0 if done else 1
    founder = signed_in(superuser=True)

    desk = text(founder.get(f"{reverse('desks:replay')}?sync={sync.pk}").content)
    row = text(founder.get(reverse("admin:integrations_sync_change", args=[sync.pk])).content)
    person = text(founder.get(reverse("admin:customers_customer_change", args=[sync.customer_id])).content)
    chosen = {"action": "replay", ACTION_CHECKBOX_NAME: str(sync.pk)}

    assert f"mails: {mails} · takes" in desk
    assert ("mails: 1 Dead letter" in desk) is not done
    assert f"mails: {mails}" in row
    assert f"mails: {mails}" in person
    assert f"would get: {mails}." in text(founder.post(LIST, chosen).content)


def test_a_replay_whose_rows_are_held_again_is_over_and_says_so() -> None:
    syncs = [SyncFactory.create(dead=True, connection=ConnectionFactory.create(mode="off")) for _ in "ab"]
    event = StripeEventFactory.create(dead=True)
    asked = runs.Asked(None, "Circle is back", "circle: refused")
    run = runs.start(asked, syncs=Sync.objects.all(), events=type(event).objects.all())
    assert run is not None
    for sync, reason in zip(syncs, (HoldReason.SHADOW, HoldReason.MASS_REMOVAL), strict=True):
        Sync.objects.filter(pk=sync.pk).update(
            status=SyncStatus.ON_HOLD, reason=reason, explanation=reason.label, due_at=None
        )
    type(event).objects.update(status="unmatched", reason="no_customer", due_at=None)

    seen = progress.of([ReplayRun.objects.get()])[0]
    page = signed_in(superuser=True).get(reverse("desks:run", args=[run.pk])).content

    assert (seen.moving, seen.held, seen.unmatched, seen.done) == (0, 2, 1, 3)
    assert "2 held again: they wait for a person" in text(page)
    assert "1 read again without finding a customer: nobody has to act" in text(page)
    listed = text(signed_in(superuser=True).get(reverse("desks:replays")).content)
    assert "2 held again 1 of no customer" in listed
    assert b"data-in-flight" not in page
