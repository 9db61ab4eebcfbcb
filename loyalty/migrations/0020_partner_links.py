"""Keep when a customer was linked to a partner's program, and the links that ended.

Why:   staff and tills link and unlink customers; what ended stays as history.
Locks: the table of memberships, briefly: until now nothing but the demo's data filled it.
Clash: rows of one partner program with one membership id would stop this migration; nothing
       could write such rows.
Undo:  reversible as long as nobody was unlinked and linked again.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0019_withdrawn_memberships'),
        ('tenancy', '0005_form_receipts'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='partnermembership',
            options={'permissions': [('link_partners', "Can link customers to partners' programs")]},
        ),
        migrations.RemoveConstraint(
            model_name='partnermembership',
            name='partner_membership_once',
        ),
        migrations.AddField(
            model_name='partnermembership',
            name='linked_at',
            field=models.DateTimeField(help_text='Empty: before this was recorded.', null=True),
        ),
        migrations.AddField(
            model_name='partnermembership',
            name='linked_by',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity'),
        ),
        migrations.AddField(
            model_name='partnermembership',
            name='unlinked_at',
            field=models.DateTimeField(help_text='Empty: linked now.', null=True),
        ),
        migrations.AddField(
            model_name='partnermembership',
            name='unlinked_by',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity'),
        ),
        migrations.AddConstraint(
            model_name='partnermembership',
            constraint=models.UniqueConstraint(condition=models.Q(('unlinked_at__isnull', True)), fields=('enrollment', 'partner_program'), name='partner_membership_linked_once'),
        ),
        migrations.AddConstraint(
            model_name='partnermembership',
            constraint=models.UniqueConstraint(condition=models.Q(('unlinked_at__isnull', True)), fields=('partner_program', 'membership_id'), name='partner_membership_id_held_once'),
        ),
    ]
