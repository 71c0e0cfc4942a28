"""What the pages of the desks cost: as many queries for forty rows as for one."""

from django.test import Client
from django.urls import reverse

from integrations.models import Sync
from support.desks import runs
from tests.factories import SyncFactory
from tests.support.admin.conftest import signed_in
from tests.support.admin.counting import queries_of


def page_of_a_run(many: int) -> str:
    syncs = [SyncFactory.create(dead=True, observed={"member": True}).pk for _ in range(many)]
    run = runs.start(runs.Asked(None, "asked", "circle: refused"), syncs=Sync.objects.filter(pk__in=syncs))
    assert run is not None
    return reverse("desks:run", args=[run.pk])


def test_a_replay_of_forty_costs_as_many_queries_to_look_at_as_one_of_one(db: None) -> None:
    client: Client = signed_in(superuser=True)
    counts = [queries_of(client, page_of_a_run(many)) for many in (1, 40)]

    assert counts[0] == counts[1] <= 15
