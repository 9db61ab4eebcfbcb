"""The loyalty app: programs, points, coupons and cards."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    label = "loyalty"
    verbose_name = "Loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crm.exports.export_list import register_export
        from crm.imports.import_work import register_import
        from crm.runs.work_kinds import register_work
        from loyalty.imports.cards import CardImport
        from loyalty.imports.coupons import CouponImport
        from loyalty.imports.exports import EXPORT_LISTS
        from loyalty.imports.partner_memberships import PartnerMembershipImport
        from loyalty.imports.points_adjustments import AdjustmentImport
        from loyalty.imports.transactions import TransactionImport
        from loyalty.operations.cards import generate as card_generation

        register_work(card_generation.KIND, card_generation.generate_in_run)
        for export_list in EXPORT_LISTS:
            register_export(export_list)
        register_import(TransactionImport)
        register_import(AdjustmentImport)
        register_import(CardImport)
        register_import(CouponImport)
        register_import(PartnerMembershipImport)
