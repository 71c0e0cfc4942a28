"""What an address may filter a list by: what the list itself declares, and nothing else."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import SuspiciousOperation
from django.db import DataError, models
from django.http import HttpRequest

# What comes of a parameter that a list does not know, and of a value that no such column can hold.
UNUSABLE = (SuspiciousOperation, DataError, ValueError, OverflowError)


def declared(listed: "admin.ModelAdmin[Any]", request: HttpRequest) -> frozenset[str]:
    """Every parameter that a filter of the list or its row of dates makes links with."""
    found = {name for each in listed.get_list_filter(request) for name in _of_filter(listed.model, each)}
    if listed.date_hierarchy:
        found |= {f"{listed.date_hierarchy}__{part}" for part in ("year", "month", "day")}
    return frozenset(found)


def _of_filter(model: type[models.Model], each: Any) -> Iterator[str]:
    if isinstance(each, type) and issubclass(each, admin.SimpleListFilter):
        yield str(each.parameter_name)
        return
    path = each[0] if isinstance(each, list | tuple) else each
    field: Any = get_fields_from_path(model, path)[-1]
    yield from (path, f"{path}__exact", f"{path}__isnull")
    if field.is_relation:
        yield f"{path}__{field.target_field.name}__exact"
    if isinstance(field, models.DateField):  # a moment is one too
        yield from (f"{path}__gte", f"{path}__lt")
