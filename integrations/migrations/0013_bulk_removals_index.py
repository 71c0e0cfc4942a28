"""The mass-removal guard finds whom it counted within the hour without reading every sync."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the tables are written to meanwhile

    dependencies = [
        ("integrations", "0012_bulk_removal_at"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="sync",
            index=models.Index(
                condition=models.Q(("bulk_removal_at__isnull", False)),
                fields=["bulk_removal_at"],
                name="sync_bulk_removals",
            ),
        ),
        RemoveIndexConcurrently(model_name="sync", name="sync_removed_in_bulk"),
    ]
