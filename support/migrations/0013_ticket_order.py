"""Closed tickets and all tickets are read in their order, without sorting every one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0012_audit_seal"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_closed"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["-closed_at", "-id"], name="ticket_newest_closed"),
        ),
    ]
