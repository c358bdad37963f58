from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0003_yearly_cap")]

    operations = [
        migrations.AlterField(
            model_name="conflict",
            name="kind",
            field=models.CharField(
                choices=[
                    ("own_unit", "本单位"),
                    ("own_district", "本区县"),
                    ("past_post", "曾在该单位任职"),
                    ("tie", "已声明的关系"),
                    ("declared", "评审中申请回避"),
                    ("reads", "任职可查阅申报材料"),
                ],
                max_length=12,
            ),
        ),
    ]
