"""The database refuses: a named constraint or trigger stands in the way of a statement."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, transaction


@contextmanager
def refused(name: str) -> Iterator[None]:
    """What happens inside must be refused by the constraint (or with the words) `name`."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        yield
