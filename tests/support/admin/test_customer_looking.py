"""Beside the screen: the trace to copy, and the mark by which an open screen sees that it is old."""

from django.test import Client
from django.urls import reverse

from customers.models import Customer
from integrations.models import Sync
from tests.support.admin.ann import address, ann
from tests.support.admin.conftest import signed_in

__all__ = ["ann"]


def address_of(what: str, customer: Customer) -> str:
    return reverse(f"admin:customers_customer_{what}", args=[customer.pk])


def test_the_trace_to_copy_names_nobody(viewer: Client, ann: Customer) -> None:
    assert "Destinations" in viewer.get(address_of("trace", ann)).content.decode()
    answer = viewer.get(f"{address_of('trace', ann)}?as=text")
    text = answer.content.decode()

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f"Customer {ann.pk}\n" in text
    assert ann.email not in text
    assert "Keller" not in text
    assert signed_in().get(address_of("trace", ann)).status_code == 403


def test_the_mark_changes_with_what_the_screen_shows_and_only_then(viewer: Client, ann: Customer) -> None:
    def mark() -> str:
        found: str = viewer.get(address_of("mark", ann)).json()["mark"]
        return found

    before = mark()
    assert before == mark()
    assert before in viewer.get(address(ann)).content.decode()

    Sync.objects.filter(connection__slug="kit").update(fencing_token=7)
    assert mark() != before
    assert viewer.get("/admin/customers/customer/999999/mark/").status_code == 404
    assert signed_in().get(address_of("mark", ann)).status_code == 403
