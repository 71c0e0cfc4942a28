"""Held syncs are few, and found without reading what shadow mode holds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0006_remote_name"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="sync",
            index=models.Index(
                condition=models.Q(("status", "on_hold"), models.Q(("reason", "shadow"), _negated=True)),
                fields=["connection", "due_since"],
                name="sync_held",
            ),
        ),
    ]
