"""Circle and Kit are called so on every page, and by our name of them too where there are several."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Connection
from tests.factories import PlanMappingFactory, SyncAttemptFactory, SyncFactory
from tests.support.admin.conftest import founder
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
