"""Whose syncs are not settled is read from a small index, and not from rows that lie far apart."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the tables are written to meanwhile

    dependencies = [
        ("integrations", "0007_held_index"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="sync",
            index=models.Index(
                condition=models.Q(("status", "in_sync"), _negated=True),
                fields=["status", "customer"],
                name="sync_unsettled",
            ),
        ),
    ]
