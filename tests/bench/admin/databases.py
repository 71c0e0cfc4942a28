"""Several databases behind Django's one connection; each stays open, as in a process that runs on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.db import connections
from django.db.utils import load_backend

ALONE = "-c max_parallel_workers_per_gather=0"  # one process does a whole query, so its work can be read


class Databases:
    """`with Databases("few", "many") as both, both.using("few"):` asks the first one."""

    def __init__(self, *names: str) -> None:
        usual = connections.settings["default"]
        options = {**usual["OPTIONS"], "options": f"{usual['OPTIONS']['options']} {ALONE}"}
        engine = load_backend(usual["ENGINE"])
        self._usual = connections["default"]
        self._open: dict[str, Any] = {
            name: engine.DatabaseWrapper({**usual, "NAME": name, "OPTIONS": options}, "default")
            for name in names
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._open.values():
            each.close()

    @contextmanager
    def using(self, name: str) -> Iterator[None]:
        """Django's one connection goes to this database."""
        connections["default"] = self._open[name]
        try:
            yield
        finally:
            connections["default"] = self._usual
