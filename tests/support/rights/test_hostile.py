"""What strangers write into names and addresses, and what staff type into the address bar, stays harmless."""

import itertools
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from customers.models import Customer, LifecycleEvent
from integrations.models import Sync
from tests.factories import (
    CustomerFactory,
    MessageFactory,
    PlanFactory,
    SyncAttemptFactory,
    SyncFactory,
    TicketFactory,
    UserFactory,
)
from tests.support.rights.walking import fill, make_world, office

pytestmark = pytest.mark.usefixtures("_quiet")
SCRIPT = "<script>alert(1)</script>"
PAYLOADS = [
    SCRIPT,
    "<ScRiPt src=//x>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1)>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><mtext><table><mglyph><style><img src=x>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)>",
    "<link rel=stylesheet href=//x>",
    "<meta http-equiv=refresh content=0>",
    "<base href=//x>",
    "<style>*{color:red}</style>",
    f"</title>{SCRIPT}",
    f"</textarea>{SCRIPT}",
    f"</script>{SCRIPT}",
    f"-->{SCRIPT}",
    f"]]>{SCRIPT}",
    f"<template>{SCRIPT}",
    f'">{SCRIPT}',
    f"'>{SCRIPT}",
    "<x onclick=alert(1)>",
    "<noscript><p title='</noscript><img src=x>'>",
]
HOSTILE_QUERIES = (
    "user__password__startswith=p",
    "actor__password__startswith=p",
    "granted_by__password__regex=.",
    "pk__in=",
    "customer__email__startswith=a",
    "id__exact=99999999999999999999999",
    "_connector=OR",
    "status__exact[]=1",
    "q=%22%27%3B--",
    "q=%00",
    "q=%F0%28%8C%28",
    "q=%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25",
    "p=-1",
    "p=999999999999999999999",
    "o=1.2.3.-9",
    "all=1",
    "e=1",
    "_to_field=password",
    "_popup=1&_to_field=user__password",
    "%7B%22a%22%3A1%7D=1",
    "is_staff__exact=%27",
    "a__b__c__d=1",
    "__=1",
    "id__range=1",
    "id__isnull=maybe",
    "at__year=nope",
    "status=%3Cscript%3E",
    "page=0",
    "before=x",
)


@pytest.fixture
def founder() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory.create(superuser=True), "django.contrib.auth.backends.ModelBackend")
    return client


def hostile_world() -> None:
    """The usual world, and each payload as the name of a person, a plan, a ticket, words and an error."""
    make_world()
    for number, payload in enumerate(PAYLOADS):
        plan = PlanFactory.create(name=payload)
        person = CustomerFactory.create(name=payload, external_id=payload[:60], paying=True, plan=plan)
        sync = SyncFactory.create(
            customer=person, connection=Sync.objects.earliest("pk").connection, dead=True
        )
        SyncAttemptFactory.create(sync=sync, outcome="rejected", code="refused", error=payload)
        ticket = TicketFactory.create(customer=person, subject=payload)
        MessageFactory.create(ticket=ticket, body=payload)
        assert number < 50, "one page of a list shows them all"


def shown_raw(page: str) -> list[str]:
    return [each for each in PAYLOADS if each in page]


def every_page() -> Iterator[str]:
    yield from (fill(each) for each in office())
    for person in Customer.objects.order_by("-pk")[:5]:
        yield reverse("admin:customers_customer_change", args=[person.pk])
    for ticket in TicketFactory._meta.model.objects.order_by("-pk")[:5]:
        yield reverse("admin:support_ticket_change", args=[ticket.pk])
    yield from (reverse("search:page") + f"?q={word}" for word in ("script", "alert", "onerror"))


def test_no_page_shows_raw_what_a_stranger_wrote(founder: Client) -> None:
    hostile_world()
    inert = 0
    for path in every_page():
        page = founder.get(path).content.decode(errors="replace")
        assert shown_raw(page) == [], path
        inert += "&lt;" in page
    assert inert > 10, "the payloads were on the pages at all"


@pytest.mark.slow
def test_no_query_of_a_list_reads_other_tables_or_breaks_it(founder: Client) -> None:
    make_world()
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    lists += [reverse("desks:dead-letters"), reverse("desks:paid-but-outside"), reverse("search:page")]
    asked = [f"{path}?{query}" for path, query in itertools.product(lists, HOSTILE_QUERIES)]
    assert [each for each in asked if founder.get(each).status_code not in (200, 302, 400, 404)] == []


def test_a_password_cannot_be_guessed_through_a_filter(founder: Client) -> None:
    """Were the filter obeyed, the right and the wrong beginning would answer differently."""
    make_world()
    path = reverse("admin:support_auditentry_changelist")
    right, wrong = (founder.get(f"{path}?actor__password__startswith={start}") for start in ("", "no"))
    assert right.status_code == wrong.status_code
    assert right.headers.get("Location") == wrong.headers.get("Location")
    assert LifecycleEvent.objects.exists()
