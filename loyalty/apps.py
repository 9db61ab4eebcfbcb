"""The loyalty app: programs, points, coupons and cards."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    label = "loyalty"
    verbose_name = "Loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crm.imports.import_work import register_import
        from crm.runs.work_kinds import register_work
        from loyalty.imports.adjustment_kind import ADJUSTMENTS
        from loyalty.imports.card_kind import CARDS
        from loyalty.imports.coupon_kind import COUPONS
        from loyalty.imports.transactions.transaction_kind import TRANSACTIONS
        from loyalty.operations.cards import generate as card_generation

        register_work(card_generation.KIND, card_generation.generate_in_run)
        register_import(TRANSACTIONS)
        register_import(ADJUSTMENTS)
        register_import(CARDS)
        register_import(COUPONS)
