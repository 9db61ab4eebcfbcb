"""The program filter that the admin lists of loyalty share."""

from django.utils.translation import gettext_lazy as _

from crm.adminkit.filters import RelatedFilter
from loyalty.queries.desk_lists import list_programs


class ProgramFilter(RelatedFilter):
    title = _("program")
    parameter_name = "program"
    list_names = staticmethod(list_programs)
