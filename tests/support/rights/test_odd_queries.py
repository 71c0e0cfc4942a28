"""Whatever stands in an address or a form: no page breaks, and no log quotes what was typed."""

import itertools
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client, RequestFactory
from django.urls import reverse

from customers.models import Customer, Plan
from integrations.models import Connection, PlanMapping, Sync
from support.admin import lookups
from tests.factories import UserFactory
from tests.support.rights.walking import make_world

TYPED = "keller9x7"  # in every value, so that a log that quotes any of them shows
ODD = {
    "": f"{TYPED}\0",
    "__exact": f"{TYPED}\0",
    "__a": TYPED,
    "__regex": f"({TYPED}",
    "__iregex": f"({TYPED}",
    "__x__regex": f"({TYPED}",
    "__contains": f"{{{TYPED}",
    "__range": TYPED,
    "__in": f"{TYPED},\0",
    "__year": "99999",
    "__gte": "9999-12-31T23:59:59-23:00",
    "__isnull": TYPED,
}
VALUES = (TYPED, f"{TYPED}\0", f"({TYPED}", f"{{{TYPED}", "9" * 40, "-1", "9999-12-31T23:59:59-23:00")
OTHERS = ("_to_field", "_popup", "o", "p", "q", "all", "e", "_facets", TYPED)


@pytest.fixture
def founder() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory.create(superuser=True), "django.contrib.auth.backends.ModelBackend")
    return client


def address_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def queries(model: Any) -> Iterator[dict[str, str]]:
    """Each odd way at two columns, and each parameter that the list knows with each odd value."""
    columns, ways = itertools.cycle(model._meta.concrete_fields), list(ODD.items())
    for column, (ending, value) in zip(columns, ways * 2, strict=False):
        yield {f"{column.name}{ending}": value}
    own = lookups.declared(admin.site.get_model_admin(model), RequestFactory().get("/"))
    for name in (*sorted(own), *OTHERS):
        yield from ({name: value} for value in VALUES)


def broken(founder: Client, model: Any) -> list[str]:
    asked = [f"{address_of(model)}?{urlencode(each)}" for each in queries(model)]
    return [each for each in asked if founder.get(each).status_code >= 500]


@pytest.mark.slow
@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_no_query_breaks_a_list_or_is_quoted_in_a_log(
    founder: Client, model: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_world()

    with caplog.at_level(logging.DEBUG):
        assert broken(founder, model) == []

    assert TYPED not in caplog.text


def test_the_lists_still_obey_the_links_that_our_pages_make(founder: Client) -> None:
    sync = make_world()

    for query, found in (
        (f"status__exact=dead_letter&connection__id__exact={sync.connection_id}", True),
        (f"status__exact=retrying&connection__id__exact={sync.connection_id}", False),
    ):
        page = founder.get(f"{address_of(Sync)}?{query}")
        assert page.status_code == 200
        assert (sync.customer.label() in page.content.decode()) is found
    assert founder.get(f"{address_of(Customer)}?has_access__exact=1&plan__id__exact=1").status_code == 200
    assert founder.get(reverse("admin:auth_user_changelist") + "?groups__id__exact=1").status_code == 200


@pytest.mark.parametrize("chosen", [TYPED, "\0", "9" * 40, "-1"])
def test_a_choice_of_rows_that_is_none_is_refused(
    founder: Client, chosen: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_world()

    answer = founder.post(address_of(Sync), {"action": "replay", ACTION_CHECKBOX_NAME: chosen})

    assert answer.status_code == 400
    assert TYPED not in caplog.text


def forms() -> Iterator[tuple[str, dict[str, str]]]:
    """Where staff say why; each with a reason that PostgreSQL cannot keep."""
    customer, connection = Customer.objects.earliest("pk"), Connection.objects.earliest("pk")
    sync = Sync.objects.earliest("pk")
    of_person = ("hold", "release", "replay", "grant", "extend")
    yield from ((reverse(f"admin:customers_customer_{act}", args=[customer.pk]), {}) for act in of_person)
    yield reverse("admin:customers_customer_export"), {}
    of_connection = ("pause", "resume")
    yield from (
        (reverse(f"admin:integrations_connection_{act}", args=[connection.pk]), {}) for act in of_connection
    )
    yield f"{reverse('desks:replay')}?sync={sync.pk}", {"seen": "1"}
    yield f"{reverse('desks:set-aside')}?sync={sync.pk}", {"until": "1d"}
    rows = {ACTION_CHECKBOX_NAME: str(sync.pk), "action": "replay", "confirmed": "yes"}
    yield address_of(Sync), rows


def test_a_reason_with_a_nul_is_kept_without_it(founder: Client, caplog: pytest.LogCaptureFixture) -> None:
    make_world()

    asked = {address: founder.post(address, {"reason": f"{TYPED}\0", **form}) for address, form in forms()}

    assert [address for address, answer in asked.items() if answer.status_code >= 500] == []
    assert TYPED not in caplog.text


@pytest.mark.parametrize("name", [f"{TYPED}\0", f"{TYPED}\ud800"])
def test_a_mapping_that_no_row_can_keep_is_no_whole_form(
    founder: Client, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_world()
    plan = Plan.objects.earliest("pk")
    kit = Connection.objects.filter(kind="kit").first() or Connection.objects.filter(kind="circle").get()
    options = {"tags": [name]} if kit.kind == "kit" else {"access_groups": [101], "member_tags": [name]}
    held = PlanMapping.objects.filter(plan=plan, connection=kit).first()
    sent = {"options": json.dumps(options), "seen": json.dumps(held.options if held else {})}

    answer = founder.post(
        reverse("admin:integrations_planmapping_edit", args=[plan.pk, kit.pk]),
        {**sent, "confirmed": "yes", "reason": "a lounge"},
    )

    assert answer.status_code == 302
    assert TYPED not in str(list(PlanMapping.objects.values_list("options", flat=True))) + caplog.text
