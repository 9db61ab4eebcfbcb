"""Add the rights to issue cards, to enter bills, and to redeem points and coupons.

Why:   staff do on a customer's page what tills do.
Locks: none; rights are rows that ``migrate`` writes afterwards.
Undo:  the rights stay as rows that nothing asks for.
"""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0017_return_and_reverse'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='card',
            options={'permissions': [('import_cards', 'Can import cards'), ('issue_cards', 'Can issue cards')]},
        ),
        migrations.AlterModelOptions(
            name='coupon',
            options={'permissions': [('issue_coupons', 'Can issue coupons'), ('redeem_coupons', 'Can redeem coupons'), ('revoke_coupons', 'Can revoke coupons'), ('reactivate_coupons', 'Can take back redemptions of coupons'), ('import_coupons', 'Can import coupons')]},
        ),
        migrations.AlterModelOptions(
            name='enrollment',
            options={'permissions': [('adjust_points', 'Can adjust the points of a customer'), ('redeem_points', 'Can redeem points of a customer'), ('transfer_points', 'Can transfer points between customers')], 'verbose_name': 'member'},
        ),
        migrations.AlterModelOptions(
            name='transaction',
            options={'permissions': [('import_transactions', 'Can import transactions'), ('export_transactions', 'Can export transactions'), ('enter_transactions', 'Can enter transactions'), ('return_transactions', 'Can enter returns of transactions')]},
        ),
    ]
