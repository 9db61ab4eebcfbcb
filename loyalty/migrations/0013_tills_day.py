"""Keep what tills enter: returns by line, reversals of redemptions, and promotions.

Why:   bills, redemptions and promotions come over the API. A number can be used again after a time
       that the organization sets, so its scope and how often it was used are columns of the key.
Locks: the tables of transactions, line items and allocations are locked while their constraints
       are built. Each transaction is written once, for the scope of its number.
Undo:  the columns and the new tables go. Allocations of reversals must be removed before.
"""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import crm.kernel.fields
from loyalty.append_only import FIRST_LEDGER


def scope_numbers_by_store(apps, schema_editor):
    transactions = apps.get_model("loyalty", "Transaction").objects
    transactions.using(schema_editor.connection.alias).filter(store__isnull=False).update(
        number_scope=models.F("store_id")
    )


def lift_triggers(apps, schema_editor):
    FIRST_LEDGER.remove(schema_editor.connection)


def set_triggers(apps, schema_editor):
    # SQLite makes a table anew for a constraint, and forgets its triggers.
    FIRST_LEDGER.remove(schema_editor.connection)
    FIRST_LEDGER.install(schema_editor.connection)


ADD_REDEMPTIONS = """
    INSERT INTO loyalty_pointsredemption
           (entry_id, points, reversed_points, external_reference, custom_fields, program_id)
    SELECT entry.id, -entry.points, 0, entry.reference, '{}', enrollment.program_id
      FROM loyalty_pointsentry entry
      JOIN loyalty_enrollment enrollment ON enrollment.id = entry.enrollment_id
     WHERE entry.kind = 'REDEEM' AND entry.points < 0
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0015_till_columns'),
        ('loyalty', '0012_referral_rights'),
        ('tenancy', '0003_settings'),
    ]

    operations = [
        migrations.RunPython(lift_triggers, set_triggers),
        migrations.CreateModel(
            name='PaymentMode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('is_active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='PointsRedemption',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='redemption', serialize=False, to='loyalty.pointsentry')),
                ('points', crm.kernel.fields.ThousandthsField()),
                ('reversed_points', crm.kernel.fields.ThousandthsField(default=0)),
                ('external_reference', models.CharField(blank=True, max_length=100)),
                ('custom_fields', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='PointsReversal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', crm.kernel.fields.ThousandthsField()),
            ],
        ),
        migrations.CreateModel(
            name='Promotion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Tills name it so.', max_length=150)),
                ('is_active', models.BooleanField(default=True)),
                ('is_on_request', models.BooleanField(default=False, help_text='Only for bills that name it (loyaltyPromotionIdentifiers).', verbose_name='only on request')),
                ('starts_at', models.DateTimeField(blank=True, help_text='Empty: it began long ago.', null=True)),
                ('ends_at', models.DateTimeField(blank=True, help_text='Empty: it has no end.', null=True)),
                ('min_amount', crm.kernel.fields.ThousandthsField(default=0, verbose_name='least bill')),
                ('item_codes', models.JSONField(blank=True, default=list, help_text='Line items that count; none: all.')),
                ('item_attributes', models.JSONField(blank=True, default=dict, help_text='Attributes that a line item must have, by name.')),
                ('scope', models.CharField(choices=[('CUSTOMER', 'The customer'), ('TRANSACTION', 'The transaction'), ('LINE_ITEM', 'A line item')], default='TRANSACTION', max_length=11)),
                ('reward', models.CharField(choices=[('FIXED', 'A number of points'), ('PER_UNIT', 'Points for each unit of spend'), ('MULTIPLIER', "A multiple of the tier's points")], default='FIXED', max_length=10)),
                ('value', crm.kernel.fields.ThousandthsField(help_text='Points, points for each unit of spend, or the multiple.')),
                ('once_per_customer', models.BooleanField(default=False, help_text='A customer gets it once; otherwise with each bill.')),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PromotionAward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('awarded_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='pointsallocation',
            name='allocation_takes_something',
        ),
        migrations.RemoveConstraint(
            model_name='transaction',
            name='transaction_number_once_in_store',
        ),
        migrations.RemoveConstraint(
            model_name='transaction',
            name='transaction_number_once_outside',
        ),
        migrations.RemoveConstraint(
            model_name='transaction',
            name='only_a_return_returns',
        ),
        migrations.RemoveIndex(
            model_name='transaction',
            name='transaction_by_number',
        ),
        migrations.AddField(
            model_name='couponredemption',
            name='reactivated_at',
            field=models.DateTimeField(help_text='When the redemption was taken back; the coupon can be used again.', null=True),
        ),
        migrations.AddField(
            model_name='couponredemption',
            name='reactivated_by',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity'),
        ),
        migrations.AddField(
            model_name='couponredemption',
            name='used_for',
            field=models.ForeignKey(db_index=False, help_text='The transaction that named the redemption.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='coupon_redemptions', to='loyalty.transaction'),
        ),
        migrations.AddField(
            model_name='couponseries',
            name='exclusive_group',
            field=models.CharField(blank=True, db_default='', default='', help_text='Coupons of series with the same word here exclude each other on one bill.', max_length=60),
        ),
        migrations.AddField(
            model_name='lineitem',
            name='custom_fields',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='lineitem',
            name='details',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict, help_text='What else the till says: picture, days to return, parts of a combination.'),
        ),
        migrations.AddField(
            model_name='lineitem',
            name='returned',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='loyalty.lineitem'),
        ),
        migrations.AddField(
            model_name='lineitem',
            name='serial',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='program',
            name='max_redeem_points',
            field=crm.kernel.fields.ThousandthsField(blank=True, help_text='Empty: any number.', null=True, verbose_name='most points at once'),
        ),
        migrations.AddField(
            model_name='program',
            name='min_balance_to_redeem',
            field=crm.kernel.fields.ThousandthsField(db_default=0, default=0, help_text='Needed before the redemption.', verbose_name='least balance'),
        ),
        migrations.AddField(
            model_name='program',
            name='min_lifetime_to_redeem',
            field=crm.kernel.fields.ThousandthsField(db_default=0, default=0, help_text='Needed to redeem.', verbose_name='least lifetime points'),
        ),
        migrations.AddField(
            model_name='program',
            name='min_purchases_to_redeem',
            field=crm.kernel.fields.ThousandthsField(db_default=0, default=0, help_text='Needed to redeem.', verbose_name='least lifetime purchases'),
        ),
        migrations.AddField(
            model_name='program',
            name='min_redeem_points',
            field=crm.kernel.fields.ThousandthsField(db_default=0, default=0, help_text='0: any number.', verbose_name='least points at once'),
        ),
        migrations.AddField(
            model_name='program',
            name='redeem_multiple',
            field=crm.kernel.fields.ThousandthsField(db_default=0, default=0, help_text='Redeemed in multiples of it; 0: any.', verbose_name='multiple of'),
        ),
        migrations.AddField(
            model_name='program',
            name='redeem_needs_code',
            field=models.BooleanField(db_default=False, default=False, help_text='A redemption needs a code that was sent to the customer.', verbose_name='code needed'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='credit_note',
            field=models.JSONField(blank=True, help_text='Number, amount, notes and validity.', null=True),
        ),
        migrations.AddField(
            model_name='transaction',
            name='currency_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=3),
        ),
        migrations.AddField(
            model_name='transaction',
            name='delivery_status',
            field=models.CharField(blank=True, db_default='', default='', max_length=30),
        ),
        migrations.AddField(
            model_name='transaction',
            name='not_interested_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
        migrations.AddField(
            model_name='transaction',
            name='number_scope',
            field=models.BigIntegerField(db_default=0, default=0, help_text='The till or store in which the number is unique; 0: the organization.'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='number_serial',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='How often the number was used before in its scope.'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='outlier_status',
            field=models.CharField(choices=[('NORMAL', 'Normal'), ('OUTLIER', 'Outlier'), ('INTERNAL', 'Internal'), ('INTERNAL_STORE', 'Internal store'), ('FRAUD', 'Fraud'), ('TEST', 'Test'), ('DELETED', 'Deleted'), ('FAILED', 'Failed'), ('OTHER', 'Other')], db_default='NORMAL', default='NORMAL', help_text='A transaction that is not normal earns nothing.', max_length=14),
        ),
        migrations.AddField(
            model_name='transaction',
            name='part_of',
            field=models.ForeignKey(db_constraint=False, db_index=False, help_text='For a return: the mixed bill that it was entered with.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='loyalty.transaction'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='return_type',
            field=models.CharField(blank=True, choices=[('FULL', 'Everything'), ('AMOUNT', 'An amount'), ('LINE_ITEM', 'Line items'), ('CANCELLED', 'The bill was cancelled')], db_default='', default='', max_length=9),
        ),
        migrations.AddField(
            model_name='transaction',
            name='source_account',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.sourceaccount'),
        ),
        migrations.AlterField(
            model_name='pointsentry',
            name='kind',
            field=models.CharField(choices=[('AWARD', 'Awarded'), ('MATURE', 'Became spendable'), ('REDEEM', 'Redeemed'), ('REVERSE', 'Redemption reversed'), ('RETURN', 'Taken back'), ('EXPIRE', 'Expired'), ('ADJUST', 'Adjusted'), ('TRANSFER_OUT', 'Transferred away'), ('TRANSFER_IN', 'Received'), ('PROMOTIONAL', 'Promotional'), ('GOODWILL', 'Goodwill'), ('BONUS', 'Bonus'), ('OPENING', 'Opening balance')], max_length=12),
        ),
        migrations.AlterField(
            model_name='transaction',
            name='type',
            field=models.CharField(choices=[('REGULAR', 'Regular'), ('NOT_INTERESTED', 'Not interested'), ('RETURN', 'Return'), ('NOT_INTERESTED_RETURN', 'Return, not interested')], max_length=21),
        ),
        migrations.AddIndex(
            model_name='couponredemption',
            index=models.Index(condition=models.Q(('used_for__isnull', False)), fields=['used_for'], name='coupon_redemption_of_bill'),
        ),
        migrations.AddIndex(
            model_name='lineitem',
            index=models.Index(condition=models.Q(('returned__isnull', False)), fields=['returned'], name='line_item_returns'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('part_of__isnull', False)), fields=['part_of'], name='transaction_parts'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('outlier_status', 'NORMAL'), _negated=True), fields=['org', '-id'], name='transaction_outliers'),
        ),
        migrations.AddConstraint(
            model_name='lineitem',
            constraint=models.CheckConstraint(condition=models.Q(('returned', models.F('id')), _negated=True), name='line_item_returns_another'),
        ),
        migrations.AddConstraint(
            model_name='pointsallocation',
            constraint=models.CheckConstraint(condition=models.Q(('points', 0), _negated=True), name='allocation_takes_something'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('min_balance_to_redeem__gte', 0), ('min_lifetime_to_redeem__gte', 0), ('min_purchases_to_redeem__gte', 0), ('min_redeem_points__gte', 0), ('redeem_multiple__gte', 0), models.Q(('max_redeem_points__isnull', True), ('max_redeem_points__gt', 0), _connector='OR')), name='program_redeem_rules_not_negative'),
        ),
        migrations.RunPython(scope_numbers_by_store, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.UniqueConstraint(fields=('org', 'number', 'number_scope', 'type', 'number_serial'), name='transaction_number_once'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('RETURN', 'NOT_INTERESTED_RETURN')), models.Q(('part_of__isnull', True), ('return_type', ''), ('returned__isnull', True)), _connector='OR'), name='only_a_return_returns'),
        ),
        migrations.AddField(
            model_name='paymentmode',
            name='org',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization'),
        ),
        migrations.AddField(
            model_name='pointsredemption',
            name='program',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.program'),
        ),
        migrations.AddField(
            model_name='pointsredemption',
            name='used_for',
            field=models.ForeignKey(db_index=False, help_text='The transaction that named the redemption.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='points_redemptions', to='loyalty.transaction'),
        ),
        migrations.AddField(
            model_name='pointsreversal',
            name='entry',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='loyalty.pointsentry'),
        ),
        migrations.AddField(
            model_name='pointsreversal',
            name='redemption',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='loyalty.pointsredemption'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='created_by',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='org',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='program',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promotions', to='loyalty.program'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='stores',
            field=models.ManyToManyField(blank=True, help_text='Zones, concepts, stores and tills where it holds; none: everywhere.', related_name='+', to='tenancy.orgentity'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='tiers',
            field=models.ManyToManyField(blank=True, help_text='Tiers whose customers get it; none: all.', related_name='+', to='loyalty.tier'),
        ),
        migrations.AddField(
            model_name='promotionaward',
            name='enrollment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promotion_awards', to='loyalty.enrollment'),
        ),
        migrations.AddField(
            model_name='promotionaward',
            name='promotion',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='loyalty.promotion'),
        ),
        migrations.AddConstraint(
            model_name='paymentmode',
            constraint=models.UniqueConstraint(models.F('org'), django.db.models.functions.text.Lower('name'), name='payment_mode_once'),
        ),
        migrations.AddIndex(
            model_name='pointsredemption',
            index=models.Index(condition=models.Q(('used_for__isnull', False)), fields=['used_for'], name='redemption_of_transaction'),
        ),
        migrations.AddConstraint(
            model_name='pointsredemption',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0), ('reversed_points__gte', 0), ('reversed_points__lte', models.F('points'))), name='redemption_reversed_no_more_than_redeemed'),
        ),
        migrations.AddConstraint(
            model_name='pointsreversal',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='reversal_gives_something'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.UniqueConstraint(models.F('org'), django.db.models.functions.text.Lower('name'), name='promotion_name_once'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('min_amount__gte', 0), ('value__gt', 0)), name='promotion_gives_something'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__isnull', True), ('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='promotion_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='promotionaward',
            constraint=models.UniqueConstraint(fields=('promotion', 'enrollment'), name='promotion_once'),
        ),
        migrations.RunPython(set_triggers, lift_triggers),
        migrations.RunSQL(ADD_REDEMPTIONS, migrations.RunSQL.noop),
    ]
