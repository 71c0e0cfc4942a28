"""Whose syncs are not settled is read from a small index, and not from rows that lie far apart."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0007_held_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="sync",
            index=models.Index(
                condition=models.Q(("status", "in_sync"), _negated=True),
                fields=["status", "customer"],
                name="sync_unsettled",
            ),
        ),
    ]
