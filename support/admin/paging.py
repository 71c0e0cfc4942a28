"""Pages of long lists without counting them: the count stops early and says so."""

from functools import cached_property
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet

if TYPE_CHECKING:
    Base = Paginator[Model]
else:
    Base = Paginator  # not subscriptable at run time

CAP = 1000


class CappedPaginator(Base):
    """Counts at most CAP rows, so a list costs the same with ten thousand people and with a million.

    Whoever looks for row 1,001 should search or filter.
    """

    object_list: QuerySet[Model]

    @cached_property
    def found(self) -> int:
        """Rows seen by the capped count: CAP + 1 means "more than CAP"."""
        return self.object_list.order_by().values("pk")[: CAP + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, CAP)

    @property
    def more(self) -> bool:
        return self.found > CAP
