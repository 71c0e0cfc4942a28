"""Names of groups, tags, spaces and sequences: fetched from the providers, kept, and said when gone."""

import pytest
from django.db.models.functions import Now

from integrations.connectors import names
from integrations.connectors.names import due, fetch_names, names_of
from integrations.models import Connection, Mode, RemoteName
from integrations.sandbox import Sandbox
from integrations.timer import Timer
from tests.refusal import refused
from tests.sandbox_world import Catalog


def test_what_circle_lists_is_known_by_name(sandbox: Sandbox, catalog: Catalog) -> None:
    sandbox.circle.add_space(7, "Lounge")

    fetched = fetch_names(catalog.circle)

    assert fetched.ok
    assert fetched.words == "7 names fetched."
    names = names_of(catalog.circle)
    assert names["group", "101"] == "Pro"
    assert names["tag", "11"] == "Pro member"
    assert names["space", "7"] == "Lounge"


def test_what_kit_lists_is_known_by_name(sandbox: Sandbox, catalog: Catalog) -> None:
    assert fetch_names(catalog.kit).ok
    assert names_of(catalog.kit)["sequence", "501"] == "Welcome to Pro"


def test_long_lists_are_read_to_their_end(sandbox: Sandbox, catalog: Catalog) -> None:
    for number in range(1_000, 1_250):
        sandbox.circle.add_group(number, f"Cohort {number}")

    fetch_names(catalog.circle)

    assert names_of(catalog.circle)["group", "1249"] == "Cohort 1249"


def test_what_is_gone_there_keeps_its_name_and_says_so(sandbox: Sandbox, catalog: Catalog) -> None:
    fetch_names(catalog.circle)
    sandbox.circle.archive_group(101)

    fetch_names(catalog.circle)

    gone = RemoteName.objects.filter(gone_at__isnull=False).values_list("kind", "remote_id", "name")
    assert list(gone) == [("group", "101", "Pro")]


def test_a_failed_call_changes_no_name_and_is_said_in_words(sandbox: Sandbox, catalog: Catalog) -> None:
    fetch_names(catalog.circle)
    sandbox.circle.fail(500)

    fetched = fetch_names(catalog.circle)

    assert not fetched.ok
    assert fetched.words == "The provider had a failure of its own (500)."
    assert not RemoteName.objects.filter(gone_at__isnull=False).exists()


def test_a_paused_connection_is_not_asked(sandbox: Sandbox, catalog: Catalog) -> None:
    Connection.objects.filter(pk=catalog.circle.pk).update(paused_at=Now(), pause_reason="staff")

    assert fetch_names(catalog.circle).words == "The connection is paused or off."
    assert not sandbox.journal.calls()


def test_names_are_due_once_a_day_and_not_again_right_after_a_failure(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    assert set(due(9)) == {catalog.circle.pk, catalog.kit.pk}
    sandbox.kit.fail(500)

    fetch_names(catalog.circle)
    fetch_names(catalog.kit)

    assert due(9) == []


def test_a_connection_that_is_off_is_never_due(catalog: Catalog) -> None:
    Connection.objects.update(mode=Mode.OFF)

    assert due(9) == []


def test_a_thing_is_named_once(catalog: Catalog) -> None:
    row = {"connection": catalog.circle, "kind": "group", "remote_id": "1", "name": "x", "fetched_at": Now()}
    RemoteName.objects.create(**row)

    with refused("remote_name_once"):
        RemoteName.objects.create(**row)


@pytest.mark.parametrize(
    ("column", "constraint"), [("kind", "remote_name_kind_known"), ("remote_id", "remote_name_id_given")]
)
def test_a_name_belongs_to_something_known(catalog: Catalog, column: str, constraint: str) -> None:
    row = {"connection": catalog.circle, "kind": "group", "remote_id": "1", "name": "x", "fetched_at": Now()}

    with refused(constraint):
        RemoteName.objects.create(**row | {column: ""})


def test_the_workers_lane_fetches_them(sandbox: Sandbox, catalog: Catalog) -> None:
    assert names.claim(9) == []  # no worker here

    names.run(catalog.kit.pk)

    assert names_of(catalog.kit)["sequence", "501"] == "Welcome to Pro"


def test_a_timer_is_due_in_a_worker_once_in_its_time() -> None:
    timer = Timer("of a test", seconds=60, first_after=0)
    assert not timer.is_due()

    timer.begin()

    assert [timer.is_due(), timer.is_due()] == [True, False]
