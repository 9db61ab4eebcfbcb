"""The loyalty app: programs, points, coupons and cards."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    label = "loyalty"
    verbose_name = "Loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crm.importing.kinds import register_import
        from crm.runs.work import register_work
        from loyalty.imports.adjustments_kind import ADJUSTMENTS
        from loyalty.imports.cards_kind import CARDS
        from loyalty.imports.coupons_kind import COUPONS
        from loyalty.imports.transactions.kind import TRANSACTIONS
        from loyalty.operations import generating_cards

        register_work(generating_cards.KIND, generating_cards.generate_in_run)
        register_import(TRANSACTIONS)
        register_import(ADJUSTMENTS)
        register_import(CARDS)
        register_import(COUPONS)
