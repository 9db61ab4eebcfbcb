"""Keep referral campaigns, the codes of customers, whom they invited, and who came.

Why:   operation 24; and an effect may follow from a purchase, too.
Locks: none; the tables are new, and the kinds of effects are no constraint.
Undo:  the tables go, and with them who brought whom.
"""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import crm.kernel.fields


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0008_service_rights'),
        ('loyalty', '0010_search_by_loyalty'),
        ('tenancy', '0003_settings'),
    ]

    operations = [
        migrations.AlterField(
            model_name='effect',
            name='kind',
            field=models.CharField(choices=[('REGISTRATION', 'Registration'), ('UPDATE', 'Update'), ('PURCHASE', 'First purchase')], max_length=12),
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(choices=[('mobile', 'Mobile'), ('email', 'Email')], max_length=6)),
                ('identifier', crm.kernel.fields.FoldedTextField(max_length=255)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('invited_at', models.DateTimeField(help_text="By the caller's word.")),
                ('recorded_at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='customers.customer')),
                ('invited_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
        ),
        migrations.CreateModel(
            name='ReferralCampaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(help_text='What tills and apps call the campaign, such as CWRME.', max_length=50)),
                ('name', models.CharField(max_length=100)),
                ('first_day', models.DateField(blank=True, help_text='Empty: it began long ago.', null=True)),
                ('last_day', models.DateField(blank=True, help_text='Empty: it has no end.', null=True)),
                ('takes_customers', models.BooleanField(default=False, help_text='Whether people who are customers already may be invited.', verbose_name='customers may be invited')),
                ('most_invitees', models.PositiveIntegerField(blank=True, help_text='How many people each customer may invite. Empty: any number.', null=True, verbose_name='most invitations')),
                ('is_default', models.BooleanField(default=False, help_text='Meant where no campaign is named.', verbose_name='is the default')),
                ('is_active', models.BooleanField(default=True)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('registration_series', models.ForeignKey(blank=True, db_index=False, help_text='What the inviting customer gets when somebody they invited registers.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.couponseries', verbose_name='coupon for a registration')),
                ('transaction_series', models.ForeignKey(blank=True, db_index=False, help_text='What they get when that person buys for the first time.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.couponseries', verbose_name='coupon for a first purchase')),
            ],
        ),
        migrations.CreateModel(
            name='Referee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(choices=[('REGISTRATION', 'Registration'), ('TRANSACTION', 'First purchase')], max_length=12)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('coupon', models.ForeignKey(db_index=False, help_text='What the one who brought them got for it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.coupon')),
                ('customer', models.ForeignKey(help_text='Who brought them.', on_delete=django.db.models.deletion.PROTECT, related_name='referees', to='customers.customer')),
                ('invitation', models.ForeignKey(db_index=False, help_text='Empty: they brought a code.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referees', to='loyalty.invitation')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('referee', models.ForeignKey(db_index=False, help_text='Who came.', on_delete=django.db.models.deletion.PROTECT, related_name='referred', to='customers.customer')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='referees', to='loyalty.referralcampaign')),
            ],
        ),
        migrations.AddField(
            model_name='invitation',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='loyalty.referralcampaign'),
        ),
        migrations.CreateModel(
            name='ReferralCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', crm.kernel.fields.FoldedTextField(max_length=20)),
                ('created_at', models.DateTimeField()),
                ('is_current', models.BooleanField(default=True, help_text='The one that is shown.')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='loyalty.referralcampaign')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='referral_codes', to='customers.customer')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
        ),
        migrations.AddConstraint(
            model_name='referralcampaign',
            constraint=models.UniqueConstraint(models.F('org'), django.db.models.functions.text.Lower('token'), name='referral_campaign_token_once'),
        ),
        migrations.AddConstraint(
            model_name='referralcampaign',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('org',), name='referral_campaign_one_default', violation_error_message='Another campaign is the default already.'),
        ),
        migrations.AddConstraint(
            model_name='referralcampaign',
            constraint=models.CheckConstraint(condition=models.Q(('first_day__isnull', True), ('last_day__isnull', True), ('first_day__lte', models.F('last_day')), _connector='OR'), name='referral_campaign_ends_after_it_begins', violation_error_message='The last day comes before the first.'),
        ),
        migrations.AddConstraint(
            model_name='referee',
            constraint=models.UniqueConstraint(fields=('referee', 'campaign', 'event'), name='referee_counts_once_per_campaign'),
        ),
        migrations.AddConstraint(
            model_name='referee',
            constraint=models.UniqueConstraint(condition=models.Q(('invitation__isnull', False)), fields=('invitation', 'event'), name='invitation_counts_once'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['org', 'type', 'identifier'], name='invitation_of_somebody'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['org', '-id'], name='invitation_newest'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(fields=('customer', 'campaign', 'type', 'identifier'), name='invitation_once_per_customer'),
        ),
        migrations.AddConstraint(
            model_name='referralcode',
            constraint=models.UniqueConstraint(fields=('org', 'code'), name='referral_code_once'),
        ),
        migrations.AddConstraint(
            model_name='referralcode',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('customer', 'campaign'), name='referral_code_one_shown_per_campaign'),
        ),
    ]
