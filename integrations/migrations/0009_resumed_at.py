"""When a connection was last started again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0008_unsettled_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="resumed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Last started again; what a run found before that pauses nothing.",
                null=True,
            ),
        ),
    ]
