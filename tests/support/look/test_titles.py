"""The page of one row is called by what it is about, and by a name only for those who may read names."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    CustomerFactory,
    LifecycleEventFactory,
    OneTimeEffectFactory,
    PlanMappingFactory,
    ReviewItemFactory,
    SyncAttemptFactory,
    SyncFactory,
)
from tests.support.admin.conftest import VIEW, founder, signed_in

__all__ = ["founder"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("look", ["change", "history"])
def test_the_page_of_a_row_is_called_by_what_and_who_it_is_about(founder: Client, look: str) -> None:
    ada = CustomerFactory.create(name="Ada Quill")
    sync = SyncFactory.create(customer=ada, connection__slug="circle")
    called = {
        ada: "Ada Quill",
        sync: "Ada Quill at Circle",
        SyncAttemptFactory.create(sync=sync): "Applied at Circle: Ada Quill",
        OneTimeEffectFactory.create(customer=ada, connection=sync.connection): "Welcome: Ada Quill",
        LifecycleEventFactory.create(customer=ada, type="paid_in_full"): "Paid in full: Ada Quill",
        ReviewItemFactory.create(customer=ada, kind="email_change"): "E-mail change to follow by hand",
        PlanMappingFactory.create(plan__name="Pro", connection=sync.connection): "Pro at Circle",
    }
    number_only = signed_in(*(each for each in VIEW if each != "view_customer"))

    for row, title in called.items():
        page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{look}", args=[row.pk])
        said = html.unescape(founder.get(page).content.decode()).split("</title>")[0]
        assert title in said, row._meta.model_name
        assert "Quill" not in number_only.get(page).content.decode(), row._meta.model_name
