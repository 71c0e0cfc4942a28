from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_event_words"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="stripecustomer",
            options={"ordering": ("-id",), "verbose_name": "Stripe customer"},
        ),
        migrations.AlterModelOptions(
            name="stripeevent",
            options={
                "ordering": ("-id",),
                "permissions": [
                    ("replay_stripeevent", "Can replay a dead-lettered Stripe event"),
                    ("ignore_stripeevent", "Can ignore a dead-lettered Stripe event"),
                ],
                "verbose_name": "Stripe event",
            },
        ),
    ]
