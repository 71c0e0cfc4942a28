"""How one read-only row is shown: labelled facts, and one action where there is something to do."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.helpers import AdminReadonlyField
from django.contrib.admin.utils import lookup_field
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from support.screen.moments import exact, spoken
from support.screen.pills import NOTHING


@dataclass(frozen=True)
class RowAction:
    """A button above the row that posts one of its list's actions; without a label only the words."""

    name: str
    label: str
    would: str


def fact(field: AdminReadonlyField) -> SafeString | str:
    """The value of a field: exact moments, indented JSON, everything else as the admin does."""
    name: str = field.field["field"]  # type: ignore[assignment]
    _, _, value = lookup_field(name, field.form.instance, field.model_admin)
    return _shown(value) or field.contents()


def _shown(value: Any) -> SafeString | str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{exact(value)} ({spoken(value, now=timezone.now())})"
    if isinstance(value, dict | list) and value:
        return format_html('<pre class="payload">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))
    return NOTHING if value in (None, "", {}, []) else ""
