"""A group or a space that was taken away in Circle: nobody is kept busy by it once no plan gives it."""

import pytest

from integrations.models import Sync, SyncStatus
from integrations.models.plan_mapping import PlanMapping
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from integrations.wanting import want_all
from tests.sandbox_world import Buyer, Catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def retired(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> Buyer:
    """Somebody who has the group 101 and the space 201, which are not there any more."""
    sandbox.circle.add_space(201, "One")
    sandbox.circle.add_space(202, "Two")
    gives(catalog, access_groups=[101], spaces=[201])
    buyer.buys("pro")
    drain()
    sandbox.circle.archive_group(101)
    sandbox.circle.spaces.pop(201)
    return buyer


def gives(catalog: Catalog, **options: list[int]) -> None:
    """The catalogue says anew what the plan gives in Circle, and everybody follows."""
    PlanMapping.objects.filter(plan__slug="pro", connection=catalog.circle).update(options=options)
    want_all([catalog.circle.pk])


def test_a_corrected_catalogue_leaves_no_dead_letter_behind(
    sandbox: Sandbox, retired: Buyer, catalog: Catalog
) -> None:
    gives(catalog, access_groups=[103], spaces=[202])
    drain()

    assert retired.sync("circle").status == SyncStatus.IN_SYNC
    assert sandbox.circle.members_of(103) == {retired.email}
    assert 202 in sandbox.circle.spaces_of(retired.email)
    assert retired.sync("circle").observed["groups"] == {"101": "out", "103": "in"}
    sandbox.journal.clear()

    retired.cancels("pro")
    drain()

    assert sandbox.circle.members_of(103) == set()
    assert not [call for call in sandbox.journal.calls("circle") if "101" in call.path]


def test_while_a_plan_still_gives_it_an_end_is_no_success(
    sandbox: Sandbox, retired: Buyer, catalog: Catalog
) -> None:
    """The key may be one of another community: then they are in still, and nobody may think otherwise."""
    retired.cancels("pro")
    drain()
    assert (retired.sync("circle").status, retired.sync("circle").reason) == (
        SyncStatus.DEAD_LETTER,
        "no_access_group",
    )

    gives(catalog, access_groups=[103])
    drain()

    assert retired.sync("circle").status == SyncStatus.IN_SYNC
    assert Sync.objects.get(pk=retired.sync("circle").pk).observed["groups"]["101"] == "out"
