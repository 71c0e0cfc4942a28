"""Names are for staff who may see customers; on other staff's lists a person is a number."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from support.admin.readonly import ReadOnly
from support.screen.pills import NOTHING

NUMBERS = {"person": "person_number", "customer": "person_number", "people": "people_numbers"}


def may_name(request: HttpRequest) -> bool:
    """Whether this person may read who somebody is."""
    return request.user.has_perm("customers.view_customer")


class NamesPeople(ReadOnly):
    """Shows the column `person` only to those who may see customers, and `person_number` to others."""

    def get_list_display(self, request: HttpRequest) -> Any:
        return _for(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return _for(request, super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return _for(request, super().get_readonly_fields(request, obj))

    def title_for(self, request: HttpRequest, row: Any) -> str:
        return self.row_title(row) if may_name(request) else str(row)

    @admin.display(description="person")
    def person_number(self, row: Any) -> SafeString | str:
        return f"customer {row.customer_id}" if row.customer_id else NOTHING


def _for(request: HttpRequest, columns: Any) -> list[Any]:
    hidden = {} if may_name(request) else NUMBERS
    return [hidden.get(each, each) if isinstance(each, str) else each for each in columns]
