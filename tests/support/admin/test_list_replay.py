"""What a list says before it replays is what comes of it: row by row, by name, and counted."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.factories import StripeEventFactory, SyncFactory
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
