from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_asked_read")]

    operations = [
        migrations.AlterField(
            model_name="stripeevent",
            name="status",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("processed", "Processed"),
                    ("ignored", "Ignored"),
                    ("failed", "Failed, tried again"),
                    ("dead_letter", "Dead letter"),
                    ("unmatched", "No customer known yet"),
                ],
                db_default="received",
                max_length=12,
            ),
        ),
    ]
