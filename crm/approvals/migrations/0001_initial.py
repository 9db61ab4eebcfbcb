"""Requests, and the decisions about them.

Why:   what makers ask waits for a checker, and every word of a checker stays.
Locks: new tables.
Undo:  requests and decisions are lost; what was applied stays.
"""

import django.db.models.deletion
from django.db import migrations, models

import crm.kernel.fields


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0005_undo_merge_rights'),
        ('tenancy', '0003_settings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('APPROVED', 'Approved'), ('REJECTED', 'Rejected'), ('FAILED', 'Failed')], max_length=8)),
                ('auto_approved', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=255)),
                ('comments', models.CharField(blank=True, max_length=1000)),
                ('points', crm.kernel.fields.ThousandthsField(help_text='Points approved, where they are fewer or more.', null=True)),
                ('digest', models.CharField(blank=True, help_text='Of the preview that was decided on; the API shows none.', max_length=64)),
                ('failure', models.CharField(blank=True, max_length=100)),
                ('decided_at', models.DateTimeField()),
                ('door', models.CharField(max_length=8)),
                ('actor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('actor_caller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('actor_person', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('maker_caller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('maker_person', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('auto_approved', True), models.Q(models.Q(('actor_person', models.F('maker_person')), _negated=True), models.Q(('actor_caller', models.F('maker_caller')), _negated=True), models.Q(('actor_person', models.F('maker_caller')), _negated=True), models.Q(('actor_caller', models.F('maker_person')), _negated=True)), _connector='OR'), name='maker_is_not_checker'),
                    models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'REJECTED'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='rejection_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(('auto_approved', False), models.Q(('verdict', 'REJECTED'), _negated=True), _connector='OR'), name='nothing_is_rejected_by_itself'),
                    models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'FAILED'), _negated=True), models.Q(('failure', ''), _negated=True), _connector='OR'), name='failed_try_says_why'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('MOBILE', 'Mobile number'), ('EMAIL', 'Email address'), ('EXTERNAL_ID', 'External id'), ('ADDRESS', 'Address'), ('MERGE', 'Merge'), ('MERGE_UNDO', 'Undo of a merge'), ('MOBILE_REALLOC', 'Mobile number of somebody else'), ('POINTS', 'Goodwill points'), ('COUPON', 'Goodwill coupon'), ('RETRO', 'Retro transaction')], max_length=14)),
                ('old_value', crm.kernel.fields.FoldedTextField(blank=True, max_length=255)),
                ('new_value', crm.kernel.fields.FoldedTextField(blank=True, max_length=255)),
                ('points', crm.kernel.fields.ThousandthsField(help_text='Points asked for.', null=True)),
                ('payload', models.JSONField(default=dict, help_text='What else this kind of request says.')),
                ('sameness', models.CharField(help_text='Equal for two requests that ask the same of the same customer.', max_length=64)),
                ('reason', models.CharField(blank=True, max_length=255)),
                ('comments', models.CharField(blank=True, max_length=1000)),
                ('one_step', models.BooleanField(default=False)),
                ('filed_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('PENDING', 'Pending'), ('FAILED', 'Failed'), ('APPROVED', 'Approved'), ('REJECTED', 'Rejected')], default='PENDING', max_length=8)),
                ('changed_at', models.DateTimeField(help_text='Filed, failed or decided.')),
                ('failure', models.CharField(blank=True, help_text='The rule that approving it broke, by its name.', max_length=100)),
                ('failure_facts', models.JSONField(default=dict)),
                ('customer', models.ForeignKey(db_index=False, help_text='Whom it is about.', on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='customers.customer')),
                ('decision', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.decision')),
                ('maker', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('maker_caller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('maker_person', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('other_customer', models.ForeignKey(db_index=False, help_text='The survivor of a merge, or who has the number now.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests_as_other', to='customers.customer')),
                ('store', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['org', 'status', 'filed_at', 'id'], name='request_queue'),
                    models.Index(fields=['org', 'kind', 'status', 'id'], name='request_by_kind'),
                    models.Index(fields=['org', 'filed_at', 'id'], name='request_by_time'),
                    models.Index(fields=['customer', '-id'], name='request_of_customer'),
                    models.Index(condition=models.Q(('other_customer__isnull', False)), fields=['other_customer', '-id'], name='request_of_other_customer'),
                    models.Index(fields=['org', 'maker_person', '-id'], name='request_of_maker'),
                    models.Index(fields=['org', 'new_value'], name='request_by_new_value'),
                    models.Index(fields=['org', 'old_value'], name='request_by_old_value'),
                ],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(('status__in', ['PENDING', 'FAILED'])), fields=('customer', 'kind', 'sameness'), name='same_request_waits_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decision__isnull', True), ('status__in', ['PENDING', 'FAILED'])), models.Q(('decision__isnull', False), ('status__in', ['APPROVED', 'REJECTED'])), _connector='OR'), name='decided_request_has_its_decision'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'FAILED'), _negated=True), models.Q(('failure', ''), _negated=True), _connector='OR'), name='failed_request_says_why'),
                    models.CheckConstraint(condition=models.Q(('other_customer__isnull', True), models.Q(('other_customer', models.F('customer')), _negated=True), _connector='OR'), name='request_names_two_customers'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'POINTS'), ('points__gt', 0)), models.Q(models.Q(('kind', 'POINTS'), _negated=True), ('points__isnull', True)), _connector='OR'), name='goodwill_points_are_positive'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['MERGE', 'MERGE_UNDO']), _negated=True), ('other_customer__isnull', False), _connector='OR'), name='merge_request_names_the_other'),
                ],
                'permissions': [('file_request', 'Can file requests'), ('decide_request', 'Can approve and reject requests'), ('export_requests', 'Can export requests'), ('import_requests', 'Can import requests')],
            },
        ),
        migrations.AddField(
            model_name='decision',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='approvals.request'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(condition=models.Q(('verdict', 'FAILED'), _negated=True), fields=('request',), name='request_decided_once'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(condition=models.Q(('verdict', 'FAILED'), _negated=True), fields=('request', 'actor_person'), name='checker_decides_once'),
        ),
    ]
