"""Cards, coupons, and the series of both.

Why:   the number of a card and the code of a coupon are truths of their own.
Locks: creates tables only.
Undo:  drops them.
"""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import crm.kernel.fields
import loyalty.models.coupon_series


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_staff_permissions'),
        ('loyalty', '0001_programs_and_ledger'),
        ('runs', '0004_room_in_import_rows'),
        ('tenancy', '0002_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='CardLabel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=60)),
                ('status', models.CharField(choices=[('NOT_ISSUED', 'Not issued'), ('ISSUED', 'Issued'), ('ACTIVE', 'Active'), ('SUSPENDED', 'Suspended'), ('EXPIRED', 'Expired'), ('DELETED', 'Deleted')], max_length=10)),
                ('is_default', models.BooleanField(default=False, help_text='Given where a status comes about and no label was named.')),
                ('is_active', models.BooleanField(default=True)),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='card_labels', to='tenancy.organization')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F('org'), django.db.models.functions.text.Lower('label'), name='card_label_once'),
                    models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('org', 'status'), name='card_label_one_default_per_status'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CardSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=150)),
                ('description', models.CharField(blank=True, max_length=255)),
                ('type', models.CharField(choices=[('PHYSICAL', 'Physical'), ('DIGITAL', 'Digital')], default='DIGITAL', max_length=8)),
                ('trigger', models.CharField(choices=[('REGISTRATION', 'On registration'), ('SERIES_ID', 'When the series is named'), ('OU_ID', 'On registration in a concept')], default='SERIES_ID', max_length=12)),
                ('max_active_cards', models.PositiveIntegerField(blank=True, help_text='Cards of this series that a customer may have at a time; empty: any number.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('expiry_enabled', models.BooleanField(default=False)),
                ('expiry_days', models.PositiveIntegerField(default=0, help_text='A card is good until the end of this day after it was issued.')),
                ('generation_enabled', models.BooleanField(default=True)),
                ('takes_external', models.BooleanField(default=False, help_text='Numbers may come from outside.', verbose_name='takes external numbers')),
                ('prefix', models.CharField(blank=True, max_length=20)),
                ('suffix', models.CharField(blank=True, max_length=20)),
                ('length', models.PositiveSmallIntegerField(default=16, help_text='Of the whole number, prefix and suffix counted in.')),
                ('method', models.CharField(choices=[('DEFAULT', 'Random digits'), ('LUHN', 'Random digits with a check digit (Luhn)')], default='DEFAULT', max_length=7)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('modified_at', models.DateTimeField()),
                ('concept', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('modified_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='card_series', to='tenancy.organization')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F('org'), django.db.models.functions.text.Lower('code'), name='card_series_code_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('concept__isnull', False), ('trigger', 'OU_ID')), models.Q(models.Q(('trigger', 'OU_ID'), _negated=True), ('concept__isnull', True)), _connector='OR'), name='card_series_concept_is_its_trigger'),
                    models.CheckConstraint(condition=models.Q(('expiry_enabled', False), ('expiry_days__gt', 0), _connector='OR'), name='card_series_expiry_has_days'),
                    models.CheckConstraint(condition=models.Q(('max_active_cards__isnull', True), ('max_active_cards__gt', 0), _connector='OR'), name='card_series_limit_allows_one'),
                ],
                'verbose_name_plural': 'card series',
                'permissions': [('generate_cards', 'Can generate cards')],
            },
        ),
        migrations.CreateModel(
            name='CardGeneration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('count', models.PositiveIntegerField()),
                ('description', models.CharField(blank=True, max_length=255)),
                ('made', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('run', models.ForeignKey(help_text='Empty: the numbers were made and answered at once.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='runs.run')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='generations', to='loyalty.cardseries')),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('made__lte', models.F('count'))), name='card_generation_makes_no_more'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', crm.kernel.fields.FoldedTextField(max_length=255)),
                ('external_id', crm.kernel.fields.FoldedTextField(max_length=255, null=True)),
                ('status', models.CharField(choices=[('NOT_ISSUED', 'Not issued'), ('ISSUED', 'Issued'), ('ACTIVE', 'Active'), ('SUSPENDED', 'Suspended'), ('EXPIRED', 'Expired'), ('DELETED', 'Deleted')], max_length=10)),
                ('issued_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(help_text='Empty: it does not expire.', null=True)),
                ('custom_fields', models.JSONField(blank=True, default=dict)),
                ('extended_fields', models.JSONField(blank=True, default=dict)),
                ('mapped_entity', models.JSONField(blank=True, help_text='Kept as callers gave it.', null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='customers.customer')),
                ('issued_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('generation', models.ForeignKey(db_constraint=False, db_index=False, help_text='Empty: the number came from outside.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.cardgeneration')),
                ('label', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.cardlabel')),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='loyalty.cardseries')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['series', '-id'], name='card_newest_in_series'),
                    models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer', 'id'], name='card_by_customer'),
                    models.Index(condition=models.Q(('expires_at__isnull', False), ('status__in', ['ISSUED', 'ACTIVE', 'SUSPENDED'])), fields=['expires_at'], name='card_by_expiry'),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=('org', 'number'), name='card_number_once'),
                    models.UniqueConstraint(condition=models.Q(('external_id__isnull', False)), fields=('org', 'external_id'), name='card_external_id_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('customer__isnull', True), ('expires_at__isnull', True), ('issued_at__isnull', True), ('status__in', ['NOT_ISSUED', 'DELETED'])), models.Q(models.Q(('status', 'NOT_ISSUED'), _negated=True), ('customer__isnull', False), ('issued_at__isnull', False)), _connector='OR'), name='card_issued_means_held'),
                ],
                'permissions': [('import_cards', 'Can import cards')],
            },
        ),
        migrations.CreateModel(
            name='CardStatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, max_length=255)),
                ('created_at', models.DateTimeField()),
                ('card', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='loyalty.card')),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('label', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.cardlabel')),
                ('previous_label', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.cardlabel')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['card', '-id'], name='card_status_newest'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', crm.kernel.fields.FoldedTextField(max_length=60)),
                ('issued_at', models.DateTimeField()),
                ('active_from', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='Empty: it does not expire.', null=True)),
                ('transaction_number', models.CharField(blank=True, max_length=100)),
                ('max_redemptions', models.PositiveIntegerField(help_text='Empty: any number.', null=True)),
                ('redemption_count', models.PositiveIntegerField(default=0)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoke_reason', models.CharField(blank=True, max_length=255)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='customers.customer')),
                ('issued_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('issued_in', models.ForeignKey(db_constraint=False, db_index=False, help_text='The store.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('revoked_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['customer', '-id'], name='coupon_newest_of_customer'),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=('org', 'code'), name='coupon_code_once'),
                    models.CheckConstraint(condition=models.Q(('max_redemptions__isnull', True), ('redemption_count__lte', models.F('max_redemptions')), _connector='OR'), name='coupon_redeemed_no_more_than_allowed'),
                ],
                'permissions': [('issue_coupons', 'Can issue coupons'), ('revoke_coupons', 'Can revoke coupons')],
            },
        ),
        migrations.CreateModel(
            name='CouponRedemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('redeemed_at', models.DateTimeField()),
                ('transaction_number', models.CharField(blank=True, max_length=100)),
                ('bill_amount', crm.kernel.fields.ThousandthsField(null=True)),
                ('discount', crm.kernel.fields.ThousandthsField(help_text='Empty: the bill was not told.', null=True)),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='loyalty.coupon')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coupon_redemptions', to='customers.customer')),
                ('redeemed_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('redeemed_in', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
        ),
        migrations.CreateModel(
            name='CouponSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('description', models.CharField(max_length=255)),
                ('info', models.CharField(blank=True, max_length=255)),
                ('tag', models.CharField(blank=True, max_length=255)),
                ('series_type', models.CharField(choices=[('LOYALTY', 'Loyalty'), ('CAMPAIGN', 'Campaign'), ('REFERRAL', 'Referral'), ('GOODWILL', 'Goodwill')], default='LOYALTY', max_length=8)),
                ('campaign_id', models.BigIntegerField(blank=True, null=True)),
                ('priority', models.IntegerField(default=0)),
                ('terms', models.TextField(blank=True, verbose_name='terms and conditions')),
                ('sms_template', models.TextField(blank=True, verbose_name='SMS template')),
                ('short_sms_template', models.TextField(blank=True, verbose_name='short SMS template')),
                ('sms_disabled', models.BooleanField(default=False, verbose_name='SMS disabled')),
                ('discount_type', models.CharField(choices=[('ABS', 'Amount'), ('PERC', 'Percent')], max_length=4)),
                ('discount_value', crm.kernel.fields.ThousandthsField(help_text='An amount, or percents.')),
                ('discount_upto', crm.kernel.fields.ThousandthsField(default=0, help_text='The most a discount may be; 0: no cap.')),
                ('discount_on', models.CharField(choices=[('BILL', 'The bill'), ('ITEM', 'An item')], default='BILL', max_length=4)),
                ('discount_code', models.CharField(blank=True, help_text='What tills call the discount.', max_length=60)),
                ('valid_days', models.PositiveIntegerField(blank=True, help_text='A coupon is good until the end of this day after it was issued.', null=True)),
                ('valid_till_date', models.DateField(blank=True, help_text='No coupon is good after this day, whenever issued.', null=True)),
                ('redeemable_from', models.DateTimeField(blank=True, null=True)),
                ('redeemable_when', models.JSONField(blank=True, default=loyalty.models.coupon_series.any_time, validators=[loyalty.models.coupon_series.validate_times], help_text='Days of the month, days of the week (Monday is 1), hours; empty: any.')),
                ('min_bill_amount', crm.kernel.fields.ThousandthsField(default=0)),
                ('max_bill_amount', crm.kernel.fields.ThousandthsField(blank=True, null=True)),
                ('valid_with_discounted_items', models.BooleanField(default=False)),
                ('validation_required', models.BooleanField(default=False)),
                ('brands', models.JSONField(blank=True, default=list)),
                ('products', models.JSONField(blank=True, default=list)),
                ('categories', models.JSONField(blank=True, default=list)),
                ('max_create', models.PositiveIntegerField(blank=True, null=True)),
                ('max_redeem', models.PositiveIntegerField(blank=True, null=True)),
                ('max_redemptions_per_coupon', models.PositiveIntegerField(blank=True, default=1, null=True)),
                ('several_per_user', models.BooleanField(default=True, help_text='A customer may hold several that are still good.')),
                ('resend_held', models.BooleanField(default=False, help_text='Where only one may be held: answer with that one again.')),
                ('max_coupons_per_user', models.PositiveIntegerField(blank=True, null=True)),
                ('min_days_between_coupons', models.PositiveIntegerField(blank=True, null=True)),
                ('max_redemptions_per_user', models.PositiveIntegerField(blank=True, null=True)),
                ('min_days_between_redemptions', models.PositiveIntegerField(blank=True, null=True)),
                ('same_user_may_repeat', models.BooleanField(default=False, help_text='The same customer may redeem the same coupon again.')),
                ('transferable', models.BooleanField(default=False)),
                ('any_user', models.BooleanField(default=False, help_text='Whoever brings the code may redeem it.')),
                ('issued_count', models.PositiveIntegerField(default=0, editable=False)),
                ('redeemed_count', models.PositiveIntegerField(default=0, editable=False)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coupon_series', to='tenancy.organization')),
                ('redeemable_at', models.ManyToManyField(blank=True, help_text='Zones, concepts, stores and tills where it is redeemed; none: everywhere.', related_name='+', to='tenancy.orgentity')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F('org'), django.db.models.functions.text.Lower('code'), name='coupon_series_code_once'),
                    models.CheckConstraint(condition=models.Q(('discount_upto__gte', 0), ('discount_value__gte', 0), ('min_bill_amount__gte', 0)), name='coupon_series_amounts_not_negative'),
                    models.CheckConstraint(condition=models.Q(models.Q(('discount_type', 'PERC'), _negated=True), ('discount_value__lte', 100), _connector='OR'), name='coupon_series_percents_at_most_100'),
                    models.CheckConstraint(condition=models.Q(('max_create__isnull', True), ('issued_count__lte', models.F('max_create')), _connector='OR'), name='coupon_series_issues_no_more'),
                    models.CheckConstraint(condition=models.Q(('max_redeem__isnull', True), ('redeemed_count__lte', models.F('max_redeem')), _connector='OR'), name='coupon_series_redeems_no_more'),
                ],
                'verbose_name_plural': 'coupon series',
            },
        ),
        migrations.AddField(
            model_name='coupon',
            name='series',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='loyalty.couponseries'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(fields=['series', '-id'], name='coupon_newest_in_series'),
        ),
    ]
