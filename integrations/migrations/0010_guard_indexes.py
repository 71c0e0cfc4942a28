"""The mass-removal guard finds what it counts without reading every sync."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the tables are written to meanwhile

    dependencies = [
        ("integrations", "0009_resumed_at"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="sync",
            index=models.Index(
                condition=models.Q(
                    models.Q(("held_plans", []), _negated=True),
                    models.Q(("held_refs", {}), _negated=True),
                    _connector="OR",
                ),
                fields=["connection"],
                name="sync_holds_back",
            ),
        ),
        AddIndexConcurrently(
            model_name="sync",
            index=models.Index(
                condition=models.Q(("bulk", True), ("priority", 0)),
                fields=["wanted_at"],
                name="sync_removed_in_bulk",
            ),
        ),
    ]
