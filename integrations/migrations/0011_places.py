"""Places in a window of a second, where tokens are too coarse."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0010_guard_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="places_taken",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DateTimeField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Until when each place in a window of a second is taken.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="next_start_at",
            field=models.DateTimeField(
                blank=True, help_text="Where places are counted: no call starts before.", null=True
            ),
        ),
    ]
