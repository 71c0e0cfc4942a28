"""Closed tickets and all tickets are read in their order, without sorting every one."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the tables are written to meanwhile

    dependencies = [
        ("support", "0012_audit_seal"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(fields=["-closed_at", "-id"], name="ticket_newest_closed"),
        ),
        RemoveIndexConcurrently(model_name="ticket", name="ticket_closed"),
    ]
