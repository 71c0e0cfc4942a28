"""A catalogue file that a test edits and loads."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

SAMPLE = Path(__file__).parents[2] / "integrations" / "sandbox" / "catalog.toml"


class Shop:
    """A catalogue file that a test edits and loads."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "catalog.toml"
        self.text = SAMPLE.read_text()

    def load(self, *options: str) -> list[str]:
        self.file.write_text(self.text)
        out = StringIO()
        call_command("load_catalog", str(self.file), *options, stdout=out, stderr=StringIO())
        return out.getvalue().splitlines()

    def edit(self, old: str, new: str) -> None:
        assert old in self.text
        self.text = self.text.replace(old, new, 1)

    def drop_plan(self, slug: str) -> None:
        start = self.text.index(f'[[plan]]\nslug = "{slug}"')
        end = self.text.find("[[plan]]", start + 1)
        self.text = self.text[:start] + (self.text[end:] if end > 0 else "")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)
