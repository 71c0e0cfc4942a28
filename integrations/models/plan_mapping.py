"""What one plan means at one destination."""

from django.db import models

from customers.models import Plan
from integrations.models.connection import Connection


class PlanMapping(models.Model):
    """Groups, tags and sequences that one plan gives in one connection.

    `options` has the shape that the connector's `check_options` accepts, e.g. for Circle
    `{"access_groups": [101], "member_tags": [11], "spaces": []}`.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="mappings")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="mappings")
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("connection", "plan")
        constraints = [
            models.UniqueConstraint(fields=["plan", "connection"], name="plan_mapping_one_per_connection")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} at {self.connection_id}"
