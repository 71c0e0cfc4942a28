"""An alert remembers what it is about, so that a new case is news however many there were before."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0014_audit_filters"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="cases",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Ids of what it is about, as of last_seen_at; a new one is news.",
                size=None,
            ),
        ),
    ]
