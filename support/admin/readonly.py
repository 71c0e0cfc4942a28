"""Admin classes for what the engine owns: to look at, never to edit."""

import logging
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from support.admin import lookups
from support.admin.paging import CappedPaginator
from support.admin.row import RowAction
from support.ids import number_in
from support.screen.pills import NOTHING

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Model]
else:
    Base = admin.ModelAdmin  # not subscriptable at run time


class Titled(Base):
    """A list is called what the sidebar calls it."""

    heading = ""  # as the sidebar has it, where that is not the model's own name
    rows_are = ""  # as a sentence has them, e.g. "one-time effects", where that is not the model's own plural
    nothing = ""  # what an empty list means, in one sentence
    empty_value_display = NOTHING

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Django allows any lookup of a list's own columns; many of them are an error 500 that quotes it."""
        return lookup in lookups.declared(self, request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """An address that asks for no filter of the list leads to the plain list, as Django has it.

        Neither log nor page quotes it: what was typed may be somebody's name.
        """
        try:
            return super().get_changelist_instance(request)
        except lookups.UNUSABLE as error:
            if not request.GET:
                raise  # nothing was asked for, so the address is not to blame
            logger.info("%s: no such filter (%s)", self.opts.label, type(error).__name__)
        raise IncorrectLookupParameters("The list has no such filter.")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(number_in(each) is None for each in chosen):
            raise BadRequest("A row is chosen by its number.")
        title = self.heading or capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


class Listed(Titled):
    """List defaults that stay fast on large tables: no exact counts, no sorting without an index."""

    list_per_page = 50
    list_max_show_all = 0
    paginator = CappedPaginator
    show_full_result_count = False
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER


class ReadOnly(Listed):
    """Nobody adds, changes or deletes such rows by hand, whatever their rights."""

    change_form_template = "support/row.html"

    def row_action(self, request: HttpRequest, row: Model) -> RowAction | None:
        """What can be done about the row; nothing unless an admin says so."""
        return None

    def row_title(self, row: Any) -> str:
        return str(row)

    def title_for(self, request: HttpRequest, row: Any) -> str:
        """The row's title as this person may read it."""
        return self.row_title(row)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if self.has_view_permission(request) else None
        shown = {
            "row_action": self.row_action(request, row) if row else None,
            "row_title": self.title_for(request, row) if row else "",
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if self.has_view_permission(request) else None
        title = {"title": f"Changes by hand: {self.title_for(request, row)}"} if row else {}
        return super().history_view(request, object_id, {**title, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SuperuserOnly(Titled):
    """Third-party tables that could switch the machine off or weaken the sign-in."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _superuser(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _superuser(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _superuser(request) and super().has_delete_permission(request, obj)


def _superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
