"""`manage.py load_catalog FILE`: plans, prices, connections and mappings from TOML."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.models import Connection
from support.catalog.load import load
from support.catalog.read import BadCatalogueError, read


class Command(BaseCommand):
    help = "Load plans, prices, connections and mappings from a TOML file; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="print what would change, write nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        kinds = dict(Connection.objects.values_list("slug", "kind"))
        try:
            catalogue = read(file, environ=os.environ, kinds=kinds)
        except BadCatalogueError as error:
            count = len(error.lines)
            self.stderr.write("\n".join(error.lines))
            raise CommandError(f"{count} mistake{'s' if count != 1 else ''}, nothing was loaded.") from error
        changes = load(catalogue, dry_run=dry_run)
        for line in changes.lines + [f"kept: {words}" for words in changes.kept]:
            self.stdout.write(line)
        self.stdout.write(_summary(len(changes.lines), dry_run=dry_run))


def _summary(count: int, *, dry_run: bool) -> str:
    if not count:
        return "Nothing to change."
    changes = f"{count} change{'s' if count != 1 else ''}"
    return f"{changes} to make. Dry run: nothing was written." if dry_run else f"{changes} made."
