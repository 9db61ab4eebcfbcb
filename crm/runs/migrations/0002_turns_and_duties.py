"""Say who holds a run and how fast it goes; share chores between workers.

Why:   a dead worker's runs are taken back at once on its own machine; see crm/ops/chores.py.
Locks: adds columns with defaults, no rewrite.
Undo:  drops them; nothing but progress bars' speed is lost.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Duty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('due_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(help_text='When it last ended well.', null=True)),
            ],
            options={
                'verbose_name_plural': 'duties',
            },
        ),
        migrations.AddField(
            model_name='run',
            name='advanced_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='held_by',
            field=models.CharField(blank=True, help_text='Host and process.', max_length=80),
        ),
        migrations.AddField(
            model_name='run',
            name='rate',
            field=models.FloatField(default=0, help_text='Rows a second, lately.'),
        ),
        migrations.AlterField(
            model_name='run',
            name='attempts',
            field=models.PositiveIntegerField(default=0, help_text='How often it stopped at the present resume point.'),
        ),
    ]
