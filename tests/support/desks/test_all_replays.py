"""All replays: who had what run again, when, how many rows, what came of it; page by page, to the end."""

import re

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from integrations.models import Sync, SyncStatus
from support.desks import progress, runs
from support.models import ReplayRun
from tests.factories import SyncFactory, UserFactory
from tests.support.admin.conftest import signed_in
from tests.support.admin.counting import queries_of
from tests.support.desks.test_dead_letters import DESK, text

pytestmark = pytest.mark.django_db
ALL = reverse("desks:replays")


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


def replayed(what: str, *, by: str = "ann", rows: int = 1) -> ReplayRun:
    """A replay of so many dead letters."""
    dead = [SyncFactory.create(dead=True).pk for _ in range(rows)]
    staff = UserFactory._meta.model.objects.filter(username=by).first() or UserFactory.create(username=by)
    run = runs.start(runs.Asked(staff, "asked by mail", what), syncs=Sync.objects.filter(pk__in=dead))
    assert run is not None
    return run


def test_the_desk_leads_to_all_replays_with_who_what_how_many_and_what_came_of_it(founder: Client) -> None:
    first, second = replayed("Circle: refused.", rows=3), replayed("Kit: full.", by="ben")
    Sync.objects.filter(pk__in=first.items.values("sync")).update(
        status=SyncStatus.IN_SYNC, due_at=None, due_since=None, applied_version=F("desired_version")
    )
    assert f'<a href="{ALL}">All replays</a>' in founder.get(DESK).content.decode()

    page = founder.get(ALL)

    shown = text(page.content)
    assert "ben Kit: full. asked by mail 1 0 of 1 healed 1 on its way" in shown
    assert "ann Circle: refused. asked by mail 3 3 of 3 healed" in shown
    assert shown.index("Kit: full.") < shown.index("Circle: refused.")
    assert all(reverse("desks:run", args=[each.pk]) in page.content.decode() for each in (first, second))


def test_every_replay_is_found_once_by_going_back_page_by_page(founder: Client) -> None:
    for number in range(2 * progress.PAGE + 3):
        ReplayRun.objects.create(what=f"replay no. {number}", finished_at="2026-01-01T00:00:00Z")
    seen: list[str] = []
    address, pages = ALL, 0
    while address:
        page = founder.get(address).content.decode()
        seen += re.findall(r"replay no\. (\d+)", page)
        older = re.search(r'href="(\?before=\d+)"', page)
        address, pages = f"{ALL}{older[1]}" if older else "", pages + 1

    assert pages == 3
    assert seen == [str(number) for number in reversed(range(2 * progress.PAGE + 3))]


@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 40, "1' OR 1=1", ""])
def test_a_place_that_makes_no_sense_shows_the_newest(founder: Client, nonsense: str) -> None:
    replayed("Kit: full.")

    assert "Kit: full." in text(founder.get(ALL, {"before": nonsense}).content)


def test_before_the_first_replay_it_says_so_and_past_the_last_it_leads_back(founder: Client) -> None:
    assert "Nobody had to replay anything yet" in text(founder.get(ALL).content)
    run = replayed("Kit: full.")

    assert "This is the end of the list" in text(founder.get(ALL, {"before": run.pk}).content)


def test_it_costs_as_many_queries_for_many_as_for_few(founder: Client) -> None:
    replayed("Kit: full.")
    few = queries_of(founder, ALL)
    for number in range(progress.PAGE + 1):
        replayed(f"Kit: full {number}.", rows=2)

    assert queries_of(founder, ALL) == few <= 8


def test_who_sees_no_dead_letters_sees_no_replays() -> None:
    assert signed_in("view_customer").get(ALL).status_code == 403
    assert signed_in("view_sync").get(ALL).status_code == 200
    assert signed_in("view_sync").post(ALL).status_code == 405
