"""Circle and Kit are called so on every page, and by our name of them too where there are several."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations import heartbeat, pausing
from integrations.models import Connection, Sync
from support.alerts import wording
from support.models import Alert, Occasion
from tests.factories import PlanMappingFactory, ReviewItemFactory, SyncAttemptFactory, SyncFactory
from tests.support.admin.conftest import founder
from tests.support.alerts.world import failed_sync, open_now, waiting_sync
from tests.support.connections.test_connection_page import confirmed
from tests.support.desks.test_dead_letters import text

__all__ = ["founder"]
pytestmark = pytest.mark.django_db
SYNCS, ATTEMPTS = (reverse(f"admin:integrations_{each}_changelist") for each in ("sync", "syncattempt"))


@pytest.fixture
def kit(db: None) -> Connection:
    """Kit, and a second one, each with somebody."""
    sync = SyncFactory.create(connection__slug="kit", dead=True)
    SyncAttemptFactory.create(sync=sync)
    SyncFactory.create(connection__slug="kit-eu", dead=True)
    found: Connection = sync.connection
    return found


def test_lists_and_their_filters_name_places(founder: Client, kit: Connection) -> None:
    syncs, attempts = (text(founder.get(each).content) for each in (SYNCS, ATTEMPTS))
    of_kit = text(founder.get(SYNCS, {"connection__id__exact": kit.pk}).content)

    assert "Connection: All" in syncs
    assert "Kit (kit-eu)" in syncs
    assert "Connection: Kit" in of_kit
    assert "1 sync" in of_kit
    assert " kit " not in syncs + attempts + of_kit
    assert "Kit" in attempts


def test_pages_of_a_place_name_it(founder: Client, kit: Connection) -> None:
    client = confirmed(founder)
    mapping = PlanMappingFactory.create(connection=kit, plan__name="Lifetime")
    switch = f"{reverse('admin:integrations_connection_mode', args=[kit.pk])}?to=off"
    edit = reverse("admin:integrations_planmapping_edit", args=[mapping.plan_id, kit.pk])

    assert "Switch Kit to off?" in text(client.get(switch).content)
    assert "Kit is live; it would be off." in text(client.get(switch).content)
    assert "Lifetime at Kit" in text(client.get(edit).content)
    assert "any Kit Kit (kit-eu)" in text(client.get(reverse("desks:dead-letters")).content)


def test_what_was_done_there_is_said_of_it_by_name(founder: Client, kit: Connection) -> None:
    pause = reverse("admin:integrations_connection_pause", args=[kit.pk])

    done = text(confirmed(founder).post(pause, {"reason": "a new key"}, follow=True).content)

    assert "Kit is paused: nothing is sent there." in done


def test_alerts_say_where_by_name_and_keep_the_key_that_machines_know(kit: Connection) -> None:
    for role in ("sweeper", "worker", "beat"):
        heartbeat.beat(role)  # else that nobody works explains whatever waits
    pausing.pause(Connection.objects.get(slug="kit-eu").pk, reason="token_refused")
    waiting_sync("circle-eu", seconds=70)
    for _ in range(4):
        failed_sync("kit")

    keys = open_now()

    said = {each.key: (each.what, wording.subject(each, Occasion.OPENED)) for each in Alert.objects.all()}
    assert {"connection_paused:kit-eu", "access_deadline:circle-eu", "syncs_failed:kit"} <= set(keys)
    assert said["connection_paused:kit-eu"][0].startswith("Kit (kit-eu) is paused: token refused.")
    assert said["connection_paused:kit-eu"][1].endswith(": Kit (kit-eu)")
    assert said["access_deadline:circle-eu"][0].startswith("Circle (circle-eu): 1 person paid and not in")
    assert said["syncs_failed:kit"][0] == "4 syncs failed within 10 minutes, at Kit."


def test_today_a_run_and_a_held_removal_say_where_by_name(founder: Client, kit: Connection) -> None:
    waiting = waiting_sync("kit-eu", seconds=70)
    item = ReviewItemFactory.create(kind="held_removal", evidence={"connection": "kit-eu"})

    assert "work for Kit (kit-eu)" in text(founder.get(reverse("admin:index")).content)
    page = text(founder.get(reverse("desks:replay"), {"kind": "syncs", "connection": "kit-eu"}).content)
    assert "All dead letters at Kit (kit-eu)" in page
    doubt = text(founder.get(reverse("admin:customers_reviewitem_change", args=[item.pk])).content)
    assert "Connection Kit (kit-eu)" in doubt

    Sync.objects.filter(pk=waiting.pk).update(connection=kit)
    assert "work for Kit" in text(founder.get(reverse("admin:index")).content)
