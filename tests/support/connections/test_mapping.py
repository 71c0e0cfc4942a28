"""Plans and mapping: shown by name, tried on who holds the plan, changed with a reason."""

import html
import json
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from integrations.connectors.names import fetch_names
from integrations.models import Connection, PlanMapping
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.models import AuditEntry
from tests.factories import EntitlementFactory, SyncFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox
from tests.support.admin.conftest import VIEW, signed_in
from tests.support.admin.counting import queries_of
from tests.support.connections.test_connection_page import confirmed

__all__ = ["catalog", "sandbox"]

pytestmark = pytest.mark.django_db
LIST = reverse("admin:integrations_planmapping_changelist")
PRO = {"access_groups": [101], "member_tags": [11]}


@pytest.fixture
def mapper() -> Client:
    return confirmed(signed_in(*VIEW, "view_planmapping", "change_planmapping"))


def pro(connection: Connection) -> PlanMapping:
    return PlanMapping.objects.get(plan__slug="pro", connection=connection)


def page_of(mapping: PlanMapping) -> str:
    return reverse("admin:integrations_planmapping_edit", args=[mapping.plan_id, mapping.connection_id])


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def confirms(client: Client, mapping: PlanMapping, wanted: dict[str, Any], **form: Any) -> str:
    sent = {"options": json.dumps(wanted), "seen": json.dumps(mapping.options)}
    answer = client.post(page_of(mapping), sent | {"reason": "a new lounge"} | form)
    return " ".join(str(each) for each in get_messages(answer.wsgi_request)) or text(answer)


@pytest.fixture
def buyers(sandbox: Sandbox, catalog: Catalog) -> list[Buyer]:
    """Three who hold Pro and are in."""
    people = [Buyer(f"person{each}@example.com") for each in range(3)]
    for each in people:
        each.buys("pro")
    drain()
    return people


def test_what_a_plan_gives_is_shown_by_name(mapper: Client, sandbox: Sandbox, catalog: Catalog) -> None:
    fetch_names(catalog.circle)

    assert "Pro member (11)" in text(mapper.get(LIST))


def test_what_is_gone_there_is_warned_of(mapper: Client, sandbox: Sandbox, catalog: Catalog) -> None:
    fetch_names(catalog.circle)
    sandbox.circle.archive_group(101)
    fetch_names(catalog.circle)

    assert "no longer exists there" in text(mapper.get(LIST))
    assert "no longer exists there" in text(mapper.get(page_of(pro(catalog.circle))))


def test_names_that_were_never_fetched_are_no_warning(mapper: Client, catalog: Catalog) -> None:
    assert "no longer exists there" not in text(mapper.get(LIST))
    assert "name not known" in text(mapper.get(LIST))


def test_a_preview_says_whom_a_change_touches(
    mapper: Client, sandbox: Sandbox, catalog: Catalog, buyers: list[Buyer]
) -> None:
    sandbox.circle.add_group(201, "Lounge")
    fetch_names(catalog.circle)
    form = {"access_groups": ["101", "201"], "member_tags": ["11"]}

    said = text(mapper.post(page_of(pro(catalog.circle)), form))

    assert "3 people hold Pro. Mails: 0." in said
    assert "add to access group Lounge (201): <b>3</b>" in said
    assert "access there" not in said
    assert "access_groups = [101, 201]" in said
    assert pro(catalog.circle).options == PRO


def test_a_preview_says_who_loses_access(mapper: Client, catalog: Catalog, buyers: list[Buyer]) -> None:
    said = text(mapper.post(page_of(pro(catalog.circle)), {"member_tags": ["11"]}))

    assert "3 people lose access there." in said
    assert "the rest waits" not in said


def test_who_gets_another_group_does_not_lose_access(
    mapper: Client, catalog: Catalog, buyers: list[Buyer]
) -> None:
    said = text(mapper.post(page_of(pro(catalog.circle)), {"access_groups": ["102"], "member_tags": ["11"]}))

    assert "3 people lose a group or space there, and have another." in said


def test_who_holds_another_plan_keeps_what_it_gives(
    mapper: Client, catalog: Catalog, buyers: list[Buyer]
) -> None:
    buyers[0].buys("starter")
    drain()

    said = text(mapper.post(page_of(pro(catalog.circle)), {"member_tags": ["11"]}))

    assert "3 people lose a group or space there, 2 of them all access." in said


def test_a_new_welcome_is_counted_as_mails_to_the_weeks_buyers(mapper: Client, catalog: Catalog) -> None:
    mapping = PlanMapping.objects.get(plan__slug="starter", connection=catalog.kit)
    Buyer("new@example.com").buys("starter")
    EntitlementFactory.create(plan=mapping.plan)  # long ago

    said = text(mapper.post(page_of(mapping), {"tags": ["plan: starter"], "welcome_sequence": "505"}))

    assert "Mails: 1." in said


def test_a_change_reaches_everybody_who_holds_the_plan(
    mapper: Client, sandbox: Sandbox, catalog: Catalog, buyers: list[Buyer]
) -> None:
    sandbox.circle.add_group(201, "Lounge")

    said = confirms(mapper, pro(catalog.circle), PRO | {"access_groups": [101, 201]})
    drain()

    assert "a worker makes everybody equal" in said
    assert sandbox.circle.members_of(201) == {each.email for each in buyers}
    entry = AuditEntry.objects.get(act="change_plan_mapping")
    assert (entry.before, entry.after["access_groups"]) == (PRO, [101, 201])
    assert entry.reason == "a new lounge"


def test_more_removals_than_the_guard_lets_through_are_said(mapper: Client, catalog: Catalog) -> None:
    mapping = pro(catalog.circle)
    for _ in range(22):
        SyncFactory.create(
            customer__paying=True,
            customer__plan=mapping.plan,
            connection=catalog.circle,
            observed={"member": True, "groups": {"101": "in"}, "tags": {"11": "in"}},
        )

    said = text(mapper.post(page_of(mapping), {"access_groups": ["102"], "member_tags": ["11"]}))

    assert "22 people lose a group or space there, and have another." in said
    assert "the rest waits for you" in said


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"access_groups": ["many"]}, 'Access groups: "many" is no id'),
        ({"access_groups_other": "7, x"}, 'Access groups: "x" is no id'),
        ({"spaces": ["-1"]}, 'Spaces: "-1" is no id'),
        ({"member_tags": [str(each) for each in range(1, 120)]}, "Tags: choose at most 100."),
    ],
)
def test_a_choice_that_makes_no_sense_is_explained(
    mapper: Client, catalog: Catalog, form: dict[str, Any], problem: str
) -> None:
    answer = mapper.post(page_of(pro(catalog.circle)), form)

    assert answer.status_code == 400
    assert problem in text(answer)


@pytest.mark.parametrize("options", ["", "[]", "null", '{"access_groups": "x"}', '{"unknown": 1}'])
def test_a_forged_confirmation_changes_nothing(mapper: Client, catalog: Catalog, options: str) -> None:
    assert "not whole" in confirms(mapper, pro(catalog.circle), {}, options=options)
    assert pro(catalog.circle).options == PRO


def test_nothing_is_changed_without_a_reason(mapper: Client, catalog: Catalog) -> None:
    assert "Say why" in confirms(mapper, pro(catalog.circle), {"access_groups": [5]}, reason=" ")
    assert pro(catalog.circle).options == PRO


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(mapper: Client, catalog: Catalog) -> None:
    said = confirms(mapper, pro(catalog.circle), {"access_groups": [5]}, seen="{}")

    assert "Somebody changed this mapping meanwhile" in said
    assert pro(catalog.circle).options == PRO


def test_a_plan_can_be_mapped_where_it_was_not(mapper: Client, catalog: Catalog) -> None:
    mapping = pro(catalog.circle)
    mapping.delete()
    mapping.options = {}

    assert "is changed" in confirms(mapper, mapping, {"access_groups": [101]})
    assert pro(catalog.circle).options == {"access_groups": [101]}


def test_only_who_may_change_mappings_sees_them_and_changes_them(catalog: Catalog) -> None:
    reader, viewer = signed_in(*VIEW), confirmed(signed_in(*VIEW, "view_planmapping"))
    address = page_of(pro(catalog.circle))

    assert reader.get(LIST).status_code == 403
    assert viewer.get(LIST).status_code == 200
    assert "Change …" not in text(viewer.get(LIST))
    assert [viewer.get(address).status_code, viewer.post(address).status_code] == [403, 403]


def test_a_change_asks_for_the_password_first(catalog: Catalog) -> None:
    client = signed_in(*VIEW, "view_planmapping", "change_planmapping")
    session = client.session
    session["confirmed_at"] = 0
    session.save()

    assert "/admin/confirm/" in client.get(page_of(pro(catalog.circle)))["Location"]
    assert "confirm that it is you" in confirms(client, pro(catalog.circle), {"access_groups": [5]})
    assert pro(catalog.circle).options == PRO


def test_a_forged_form_changes_nothing(mapper: Client, catalog: Catalog) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = mapper.cookies

    assert client.post(page_of(pro(catalog.circle)), {"confirmed": "yes"}).status_code == 403


def test_stripe_has_no_mapping(mapper: Client, catalog: Catalog) -> None:
    plan = pro(catalog.circle).plan_id
    for numbers in ((plan, catalog.stripe.pk), (plan, 2**63), (0, catalog.circle.pk)):
        assert mapper.get(f"/admin/integrations/planmapping/{numbers[0]}/at/{numbers[1]}/").status_code == 404


def test_the_pages_cost_the_same_with_many_people(
    mapper: Client, sandbox: Sandbox, catalog: Catalog, buyers: list[Buyer]
) -> None:
    assert len(buyers) == 3
    assert queries_of(mapper, LIST) <= 12
    assert queries_of(mapper, page_of(pro(catalog.circle))) <= 12
