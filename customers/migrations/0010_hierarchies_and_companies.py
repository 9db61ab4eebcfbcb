"""Keep hierarchies of customers and the companies they belong to.

Why:   customers stand above and below each other in roles, and are employed by companies.
Locks: none; the tables are new.
Undo:  the tables go, and with them who stood where.
"""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_customers_by_registrar"),
        ("tenancy", "0002_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Company",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=100, verbose_name="external ID")),
                ("name", models.CharField(blank=True, max_length=150)),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Whether customers may still join it."
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="companies",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org", "external_id"), name="company_once"),
                    models.CheckConstraint(
                condition=models.Q(("external_id", ""), _negated=True), name="company_has_an_id"
            ),
                ],
                "verbose_name_plural": "companies",
            },
        ),
        migrations.CreateModel(
            name="Hierarchy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("name", models.CharField(blank=True, max_length=100)),
                (
                    "skip_level_allowed",
                    models.BooleanField(
                        default=False,
                        help_text="A parent may stand more than one level above a child, whatever a request says.",
                        verbose_name="levels may be skipped",
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hierarchies",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                models.F("org"),
                django.db.models.functions.text.Lower("code"),
                name="hierarchy_code_once",
            ),
                    models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="hierarchy_has_a_code"
            ),
                ],
                "verbose_name_plural": "hierarchies",
            },
        ),
        migrations.CreateModel(
            name="HierarchyRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("level", models.PositiveSmallIntegerField(help_text="1 is the highest.")),
                (
                    "hierarchy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles",
                        to="customers.hierarchy",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                models.F("hierarchy"),
                django.db.models.functions.text.Lower("code"),
                name="role_code_once_in_hierarchy",
            ),
                    models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="role_has_a_code"
            ),
                    models.CheckConstraint(
                condition=models.Q(("level__gte", 1)), name="role_level_from_one"
            ),
                ],
                "verbose_name": "role",
            },
        ),
        migrations.CreateModel(
            name="Association",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("modified_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="associations",
                        to="customers.customer",
                    ),
                ),
                (
                    "modified_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="customers.association",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="associations",
                        to="customers.company",
                    ),
                ),
                (
                    "hierarchy",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.hierarchy",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.hierarchyrole",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                condition=models.Q(("parent__isnull", False)),
                fields=["parent", "id"],
                name="association_children",
            ),
                    models.Index(
                condition=models.Q(("company__isnull", False)),
                fields=["company", "id"],
                name="association_by_company",
            ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                condition=models.Q(("hierarchy__isnull", False)),
                fields=("customer", "hierarchy"),
                name="association_once_per_hierarchy",
            ),
                    models.UniqueConstraint(
                condition=models.Q(("hierarchy__isnull", True)),
                fields=("customer",),
                name="association_once_without_hierarchy",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("hierarchy__isnull", True),
                        ("parent__isnull", True),
                        ("role__isnull", True),
                    ),
                    models.Q(("hierarchy__isnull", False), ("role__isnull", False)),
                    _connector="OR",
                ),
                name="association_has_a_role_where_a_hierarchy",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("hierarchy__isnull", False), ("company__isnull", False), _connector="OR"
                ),
                name="association_is_with_something",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("parent__isnull", True),
                    models.Q(("parent", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="association_under_another",
            ),
                ],
            },
        ),
    ]
