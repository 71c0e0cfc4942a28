"""Customers as a file: who may have it, what is in it, and that no cell is a formula."""

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from support.admin import export
from support.admin.kept import CONFIRMED_AT
from support.models import AuditEntry
from tests.factories import CustomerFactory
from tests.support.admin.conftest import founder, signed_in

__all__ = ["founder"]
pytestmark = pytest.mark.django_db
EXPORT = reverse("admin:customers_customer_export")


def file_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.post(EXPORT + query)
    assert answer.status_code == 200, answer.headers
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_holds_everybody_of_the_list_and_its_making_is_recorded(founder: Client) -> None:
    CustomerFactory.create(name="Ann Keller", paying=True)
    CustomerFactory.create(name="Bo Lind")

    rows = file_of(founder)

    assert [row["name"] for row in rows] == ["Bo Lind", "Ann Keller"]
    assert (rows[1]["status"], rows[1]["plan"], rows[1]["has_access"]) == ("Active", "Pro", "yes")
    assert AuditEntry.objects.get().act == "export_customers"


def test_filters_and_search_of_the_list_hold_for_the_file(founder: Client) -> None:
    CustomerFactory.create(name="Ann Keller", paying=True)
    CustomerFactory.create(name="Bo Keller")

    assert [row["name"] for row in file_of(founder, "?status__exact=active&q=keller")] == ["Ann Keller"]
    entry = AuditEntry.objects.get()
    assert entry.after == {"filters": {"status__exact": "active"}, "searched": True}
    assert "keller" not in str(vars(entry)).lower()


@pytest.mark.parametrize(
    "query", ["email=ann%40example.com", "name__startswith=ann", "_to_field=ann", "ann%40example.com=1"]
)
def test_what_the_list_cannot_be_filtered_by_gives_no_file_and_no_record(
    founder: Client, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    CustomerFactory.create(name="Ann Keller")
    founder.raise_request_exception = False

    assert founder.post(f"{EXPORT}?{query}").status_code == 400
    assert not AuditEntry.objects.exists()
    assert "ann" not in caplog.text


@pytest.mark.parametrize("name", [*export.CHOICES, "o", "all"])
def test_a_value_that_is_no_choice_of_the_list_is_not_kept(founder: Client, name: str) -> None:
    founder.raise_request_exception = False

    founder.post(f"{EXPORT}?{name}=ann%40example.com")

    for entry in AuditEntry.objects.all():
        assert entry.after == {"filters": {}, "searched": False, "others": [name]}


def test_a_long_list_is_read_page_by_page(founder: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    made = [each.pk for each in CustomerFactory.create_batch(5)]

    assert [int(row["id"]) for row in file_of(founder)] == made[::-1]


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff201"],
)
def test_no_cell_is_a_formula(founder: Client, name: str) -> None:
    CustomerFactory.create(name=name)

    (row,) = file_of(founder)

    assert row["name"] == f"'{name}"


def test_names_with_quotes_commas_and_lines_stay_in_their_cell(founder: Client) -> None:
    CustomerFactory.create(name='Ann "A", Keller\nof Ulm')

    assert file_of(founder)[0]["name"] == 'Ann "A", Keller\nof Ulm'


def test_it_is_named_for_its_day_and_kept_by_no_cache(founder: Client) -> None:
    answer = founder.post(EXPORT)

    assert answer.headers["Content-Disposition"].startswith('attachment; filename="customers-20')
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("rights", [(), ("view_customer",), ("export_customer",)])
def test_without_both_rights_nothing_is_given(rights: tuple[str, ...]) -> None:
    CustomerFactory.create()

    assert signed_in(*rights).post(EXPORT).status_code == 403
    assert not AuditEntry.objects.exclude(act="denied").exists()


def test_the_password_is_asked_for_first(founder: Client) -> None:
    session = founder.session
    session[CONFIRMED_AT] = 0
    session.save()

    answer = founder.post(EXPORT)

    assert answer.status_code == 302
    assert "/admin/confirm/" in answer.headers["Location"]
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("ask", [Client.get, Client.put])
def test_nothing_but_a_post_gives_a_file(founder: Client, ask: Callable[..., object]) -> None:
    assert ask(founder, EXPORT).status_code == 405  # type: ignore[attr-defined]


def test_the_list_offers_it_only_to_who_may(founder: Client) -> None:
    listing = reverse("admin:customers_customer_changelist")

    assert "Download as CSV" in founder.get(listing).content.decode()
    assert "Download as CSV" not in signed_in("view_customer").get(listing).content.decode()
