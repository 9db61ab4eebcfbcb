"""Programs, members, the points ledger, transactions and side effects.

Why:   the engine of the loyalty app begins here.
Locks: creates tables and triggers only.
Undo:  drops them.
Note:  the triggers let a merge give an entry to another enrolment and refuse everything else. On
       SQLite a later change of these tables makes them anew, without triggers: install them again.
"""

import django.db.models.deletion
from django.db import migrations, models

import crm.kernel.fields
from loyalty.append_only import FIRST_LEDGER


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0002_staff_permissions'),
        ('tenancy', '0002_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Enrollment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enrolled_at', models.DateTimeField()),
                ('tier_expires_at', models.DateTimeField()),
                ('tier_basis', crm.kernel.fields.ThousandthsField(default=0, help_text='Lifetime points or purchases when the tier began to hold.')),
                ('points', crm.kernel.fields.ThousandthsField(default=0)),
                ('delayed', crm.kernel.fields.ThousandthsField(default=0)),
                ('lifetime', crm.kernel.fields.ThousandthsField(default=0)),
                ('redeemed', crm.kernel.fields.ThousandthsField(default=0)),
                ('expired', crm.kernel.fields.ThousandthsField(default=0)),
                ('returned', crm.kernel.fields.ThousandthsField(default=0)),
                ('delayed_returned', crm.kernel.fields.ThousandthsField(default=0)),
                ('adjusted', crm.kernel.fields.ThousandthsField(default=0)),
                ('transferred_in', crm.kernel.fields.ThousandthsField(default=0)),
                ('transferred_out', crm.kernel.fields.ThousandthsField(default=0)),
                ('purchases', crm.kernel.fields.ThousandthsField(default=0)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='enrollments', to='customers.customer')),
                ('enrolled_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['tier_expires_at', 'id'], name='enrollment_by_tier_end'),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('points__gte', 0)), name='enrollment_points_not_negative'),
                    models.CheckConstraint(condition=models.Q(('delayed__gte', 0)), name='enrollment_delayed_not_negative'),
                    models.CheckConstraint(condition=models.Q(('lifetime__gte', 0)), name='enrollment_lifetime_not_negative'),
                    models.CheckConstraint(condition=models.Q(('redeemed__gte', 0)), name='enrollment_redeemed_not_negative'),
                    models.CheckConstraint(condition=models.Q(('expired__gte', 0)), name='enrollment_expired_not_negative'),
                    models.CheckConstraint(condition=models.Q(('returned__gte', 0)), name='enrollment_returned_not_negative'),
                    models.CheckConstraint(condition=models.Q(('delayed_returned__gte', 0)), name='enrollment_delayed_returned_not_negative'),
                    models.CheckConstraint(condition=models.Q(('transferred_in__gte', 0)), name='enrollment_transferred_in_not_negative'),
                    models.CheckConstraint(condition=models.Q(('transferred_out__gte', 0)), name='enrollment_transferred_out_not_negative'),
                    models.CheckConstraint(condition=models.Q(('purchases__gte', 0)), name='enrollment_purchases_not_negative'),
                ],
                'permissions': [('adjust_points', 'Can adjust the points of a customer'), ('transfer_points', 'Can transfer points between customers')],
            },
        ),
        migrations.CreateModel(
            name='PartnerProgram',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150)),
                ('description', models.CharField(blank=True, max_length=255)),
                ('type', models.CharField(choices=[('EXTERNAL', 'External'), ('SUPPLEMENTARY', 'Supplementary')], default='EXTERNAL', max_length=13)),
                ('is_tier_based', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
        ),
        migrations.CreateModel(
            name='PartnerTier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.PositiveIntegerField(help_text='1 is the lowest.')),
                ('name', models.CharField(max_length=100)),
                ('partner_program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tiers', to='loyalty.partnerprogram')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('partner_program', 'serial'), name='partner_tier_serial_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PartnerMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('membership_id', models.CharField(max_length=100)),
                ('tier_expires_at', models.DateTimeField(blank=True, null=True)),
                ('enrollment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partner_memberships', to='loyalty.enrollment')),
                ('partner_program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.partnerprogram')),
                ('tier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.partnertier')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('enrollment', 'partner_program'), name='partner_membership_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('tier__isnull', True), ('tier_expires_at__isnull', True)), models.Q(('tier__isnull', False), ('tier_expires_at__isnull', False)), _connector='OR'), name='partner_tier_has_an_end'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PointsEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('AWARD', 'Awarded'), ('MATURE', 'Became spendable'), ('REDEEM', 'Redeemed'), ('RETURN', 'Taken back'), ('EXPIRE', 'Expired'), ('ADJUST', 'Adjusted'), ('TRANSFER_OUT', 'Transferred away'), ('TRANSFER_IN', 'Received'), ('PROMOTIONAL', 'Promotional'), ('GOODWILL', 'Goodwill'), ('BONUS', 'Bonus'), ('OPENING', 'Opening balance')], max_length=12)),
                ('points', crm.kernel.fields.ThousandthsField(default=0)),
                ('delayed', crm.kernel.fields.ThousandthsField(default=0)),
                ('purchases', crm.kernel.fields.ThousandthsField(default=0)),
                ('shortfall', crm.kernel.fields.ThousandthsField(default=0, help_text='What a return should have taken back but nobody had any more.')),
                ('transaction_number', models.CharField(blank=True, max_length=100)),
                ('reference', models.CharField(blank=True, help_text="The caller's own key; nothing is done twice for it.", max_length=100)),
                ('notes', models.CharField(blank=True, max_length=255)),
                ('happened_at', models.DateTimeField(help_text="By the caller's word.")),
                ('recorded_at', models.DateTimeField()),
                ('enrollment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loyalty.enrollment')),
                ('entered_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['enrollment', 'id'], name='points_entry_of_member'),
                ],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('org', 'reference'), name='points_entry_reference_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PointsLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('REGULAR', 'Regular'), ('PROMOTIONAL', 'Promotional'), ('GOODWILL', 'Goodwill'), ('BONUS', 'Bonus')], max_length=11)),
                ('awarded', crm.kernel.fields.ThousandthsField()),
                ('remaining', crm.kernel.fields.ThousandthsField()),
                ('awarded_at', models.DateTimeField()),
                ('is_delayed', models.BooleanField(default=False)),
                ('available_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='Empty: never.', null=True)),
                ('promotion_name', models.CharField(blank=True, max_length=150)),
                ('promotion_scope', models.CharField(blank=True, choices=[('CUSTOMER', 'Customer'), ('TRANSACTION', 'Transaction'), ('LINE_ITEM', 'Line item')], max_length=11)),
                ('promotion_source_type', models.CharField(blank=True, max_length=30)),
                ('promotion_source_id', models.BigIntegerField(default=-1)),
                ('awarded_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('enrollment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='loyalty.enrollment')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='loyalty.pointsentry')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['enrollment', 'id'], name='lot_of_member'),
                    models.Index(condition=models.Q(('remaining__gt', 0)), fields=['expires_at', 'enrollment'], name='lot_due_to_expire'),
                    models.Index(condition=models.Q(('is_delayed', True), ('remaining__gt', 0)), fields=['available_at', 'enrollment'], name='lot_due_to_mature'),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('remaining__gte', 0), ('remaining__lte', models.F('awarded'))), name='lot_remaining_within_awarded'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PointsAllocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', crm.kernel.fields.ThousandthsField()),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='loyalty.pointsentry')),
                ('lot', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='loyalty.pointslot')),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='allocation_takes_something'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Program',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150)),
                ('description', models.CharField(blank=True, max_length=255)),
                ('is_default', models.BooleanField(default=False, help_text='Who registers for loyalty is enrolled in this one.')),
                ('is_active', models.BooleanField(default=True)),
                ('points_to_currency', crm.kernel.fields.ThousandthsField(default=1, help_text='What one point is worth.')),
                ('tier_rule', models.CharField(choices=[('LIFETIME_POINTS', 'Lifetime points'), ('LIFETIME_PURCHASES', 'Lifetime purchases')], default='LIFETIME_PURCHASES', max_length=18)),
                ('points_expiry', models.CharField(choices=[('NEVER', 'Never'), ('FIXED', 'On a fixed day of the year'), ('ROLLING', 'Some days after they were given')], default='ROLLING', max_length=7)),
                ('expires_on', models.DateField(blank=True, help_text='For a fixed day: points die at its end, or at that of its next anniversary.', null=True)),
                ('expires_after_days', models.PositiveIntegerField(blank=True, null=True)),
                ('delay_days', models.PositiveIntegerField(default=0, help_text='Points of a purchase can be spent after so many days.')),
                ('registration_bonus', crm.kernel.fields.ThousandthsField(default=0)),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programs', to='tenancy.organization')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F('org'), models.F('name'), name='program_name_once'),
                    models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('org',), name='program_one_default'),
                    models.CheckConstraint(condition=models.Q(('is_default', False), ('is_active', True), _connector='OR'), name='program_default_is_active'),
                    models.CheckConstraint(condition=models.Q(models.Q(('expires_after_days__isnull', True), ('expires_on__isnull', True), ('points_expiry', 'NEVER')), models.Q(('expires_after_days__isnull', True), ('expires_on__isnull', False), ('points_expiry', 'FIXED')), models.Q(('expires_after_days__isnull', False), ('expires_on__isnull', True), ('points_expiry', 'ROLLING')), _connector='OR'), name='program_expiry_is_whole'),
                    models.CheckConstraint(condition=models.Q(('points_to_currency__gte', 0), ('registration_bonus__gte', 0)), name='program_gives_nothing_negative'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PointsTransfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', crm.kernel.fields.ThousandthsField()),
                ('notes', models.CharField(blank=True, max_length=255)),
                ('transferred_at', models.DateTimeField()),
                ('from_customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points_transferred_away', to='customers.customer')),
                ('in_entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='transfer_in', to='loyalty.pointsentry')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('out_entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='transfer_out', to='loyalty.pointsentry')),
                ('to_customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points_received', to='customers.customer')),
                ('transferred_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.program')),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='transfer_moves_something'),
                ],
            },
        ),
        migrations.AddField(
            model_name='partnerprogram',
            name='program',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partner_programs', to='loyalty.program'),
        ),
        migrations.AddField(
            model_name='enrollment',
            name='program',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='enrollments', to='loyalty.program'),
        ),
        migrations.CreateModel(
            name='ProgramGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=150)),
                ('description', models.CharField(blank=True, max_length=255)),
                ('points_to_currency', crm.kernel.fields.ThousandthsField(default=1, help_text='What one point is worth.')),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('points_to_currency__gte', 0)), name='group_points_worth_nothing_less'),
                ],
            },
        ),
        migrations.AddField(
            model_name='program',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='programs', to='loyalty.programgroup'),
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.PositiveIntegerField(help_text='1 is the lowest.')),
                ('name', models.CharField(max_length=100)),
                ('description', models.CharField(blank=True, max_length=255)),
                ('threshold', crm.kernel.fields.ThousandthsField(default=0, help_text='Lifetime points or purchases that lift a member to this tier.')),
                ('earn_rate', crm.kernel.fields.ThousandthsField(default=1, help_text='Points for each unit of spend.')),
                ('validity_days', models.PositiveIntegerField(blank=True, help_text='Empty: a hundred years.', null=True)),
                ('renewal_threshold', crm.kernel.fields.ThousandthsField(blank=True, help_text='What must come in while it holds, to keep it. Empty: it is kept anyway.', null=True)),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tiers', to='loyalty.program')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('program', 'serial'), name='tier_serial_once'),
                    models.CheckConstraint(condition=models.Q(('serial__gte', 1)), name='tier_serial_from_one'),
                    models.CheckConstraint(condition=models.Q(('threshold__gte', 0), ('earn_rate__gte', 0)), name='tier_asks_and_gives'),
                ],
            },
        ),
        migrations.AddField(
            model_name='enrollment',
            name='tier',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.tier'),
        ),
        migrations.CreateModel(
            name='TierChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_at', models.DateTimeField()),
                ('reason', models.CharField(choices=[('ENROLLED', 'Enrolled'), ('LIFTED', 'Lifted'), ('RENEWED', 'Renewed'), ('LOWERED', 'Lowered'), ('MERGED', 'Merged')], max_length=8)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('enrollment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tier_changes', to='loyalty.enrollment')),
                ('previous_tier', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.tier')),
                ('tier', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.tier')),
            ],
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(choices=[('REGULAR', 'Regular'), ('NOT_INTERESTED', 'Not interested'), ('RETURN', 'Return')], max_length=14)),
                ('number', models.CharField(max_length=100)),
                ('billed_at', models.DateTimeField(help_text="By the caller's word.")),
                ('amount', crm.kernel.fields.ThousandthsField(help_text='What was paid: gross less discount.')),
                ('gross_amount', crm.kernel.fields.ThousandthsField()),
                ('discount', crm.kernel.fields.ThousandthsField(default=0)),
                ('payments', models.JSONField(blank=True, default=list)),
                ('notes', models.CharField(blank=True, max_length=255)),
                ('custom_fields', models.JSONField(blank=True, default=dict)),
                ('extended_fields', models.JSONField(blank=True, default=dict)),
                ('recorded_at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_index=False, help_text='Empty: nobody knows who bought.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='customers.customer')),
                ('entered_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('program', models.ForeignKey(db_constraint=False, db_index=False, help_text='Where it counted; empty: nowhere.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.program')),
                ('returned', models.ForeignKey(db_index=False, help_text='For a return: the bill whose goods came back, where it is known.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='loyalty.transaction')),
                ('store', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('till', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['customer', '-billed_at', '-id'], name='transaction_of_customer'),
                    models.Index(fields=['org', '-id'], name='transaction_newest'),
                    models.Index(condition=models.Q(('returned__isnull', False)), fields=['returned'], name='transaction_returns'),
                ],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(('store__isnull', False)), fields=('org', 'number', 'store', 'type'), name='transaction_number_once_in_store'),
                    models.UniqueConstraint(condition=models.Q(('store__isnull', True)), fields=('org', 'number', 'type'), name='transaction_number_once_outside'),
                    models.CheckConstraint(condition=models.Q(models.Q(('type', 'REGULAR'), _negated=True), ('customer__isnull', False), _connector='OR'), name='regular_transaction_has_a_customer'),
                    models.CheckConstraint(condition=models.Q(('type', 'RETURN'), ('returned__isnull', True), _connector='OR'), name='only_a_return_returns'),
                    models.CheckConstraint(condition=models.Q(('returned', models.F('id')), _negated=True), name='transaction_returns_another'),
                    models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('gross_amount__gte', 0), ('discount__gte', 0)), name='transaction_amounts_not_negative'),
                ],
                'permissions': [('import_transactions', 'Can import transactions'), ('export_transactions', 'Can export transactions')],
            },
        ),
        migrations.AddField(
            model_name='pointslot',
            name='transaction',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.transaction'),
        ),
        migrations.AddField(
            model_name='pointsentry',
            name='transaction',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loyalty.transaction'),
        ),
        migrations.CreateModel(
            name='LineItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('item_code', models.CharField(max_length=100)),
                ('description', models.CharField(blank=True, max_length=255)),
                ('quantity', crm.kernel.fields.ThousandthsField(default=1)),
                ('rate', crm.kernel.fields.ThousandthsField(default=0)),
                ('gross_amount', crm.kernel.fields.ThousandthsField(default=0)),
                ('discount', crm.kernel.fields.ThousandthsField(default=0)),
                ('amount', crm.kernel.fields.ThousandthsField(default=0)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('extended_fields', models.JSONField(blank=True, default=dict)),
                ('transaction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='line_items', to='loyalty.transaction')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('transaction', 'position'), name='line_item_position_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Effect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('REGISTRATION', 'Registration'), ('UPDATE', 'Update')], max_length=12)),
                ('payload', models.JSONField(blank=True, default=dict)),
                ('recorded_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('WAITING', 'Waiting'), ('DONE', 'Done')], default='WAITING', max_length=7)),
                ('due_at', models.DateTimeField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('failure', models.CharField(blank=True, help_text='Why the last attempt ended.', max_length=255)),
                ('result', models.JSONField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='effects', to='customers.customer')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('recorded_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'WAITING')), fields=['due_at', 'id'], name='effect_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('result__isnull', True), ('state', 'WAITING')), models.Q(('done_at__isnull', False), ('result__isnull', False), ('state', 'DONE')), _connector='OR'), name='effect_done_has_a_result')],
            },
        ),
        migrations.AddConstraint(
            model_name='partnerprogram',
            constraint=models.UniqueConstraint(fields=('program', 'name'), name='partner_name_once'),
        ),
        migrations.AddIndex(
            model_name='enrollment',
            index=models.Index(fields=['program', '-id'], name='enrollment_newest'),
        ),
        migrations.AddConstraint(
            model_name='enrollment',
            constraint=models.UniqueConstraint(fields=('customer', 'program'), name='enrolled_once'),
        ),
        migrations.AddIndex(
            model_name='pointsentry',
            index=models.Index(condition=models.Q(('transaction__isnull', False)), fields=['transaction'], name='points_entry_of_transaction'),
        ),
        migrations.RunPython(
            lambda apps, editor: FIRST_LEDGER.install(editor.connection),
            lambda apps, editor: FIRST_LEDGER.remove(editor.connection),
        ),
    ]
