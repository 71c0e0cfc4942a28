"""Many rows by one statement: an INSERT whose columns are SQL expressions, the rest the model's defaults."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED

HOUR = 3_600.0


def take_time() -> None:
    """Neither the server nor the client ends a statement of the filling."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    raw: Any = connection.connection
    raw.patience = HOUR


def run(statement: str) -> None:
    """One statement without parameters; a percent sign means itself."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def insert(model: type[models.Model], *, source: str, columns: Mapping[str, str]) -> None:
    """A row of the model for each row of `source`; constraints are checked as for any other row."""
    values: dict[str, str] = {}
    given: list[Any] = []
    for field in _columns(model):
        if field.column in columns:
            values[field.column] = columns[field.column].replace("%", "%%")
        elif field.db_default is NOT_PROVIDED and not field.primary_key:
            values[field.column] = "%s"
            given.append(field.get_db_prep_save(field.get_default(), connection))
    unknown = set(columns) - set(values)
    assert not unknown, f"{model.__name__} has no {sorted(unknown)}"
    table = model._meta.db_table
    with connection.cursor() as cursor:
        names, made = ", ".join(values), ", ".join(values.values())
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {made} FROM {source.replace('%', '%%')}", given)
        if "id" in columns:  # numbered by hand: whoever comes next counts on from there
            counter = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f"SELECT setval({counter}, max(id)) FROM {table} HAVING max(id) > 0")


def _columns(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)
