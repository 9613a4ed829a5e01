from django.contrib import admin

from conditions.models import GlossaryTerm, MedicineWarning, PlainWord
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.working_copies import KeptAdmin


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(KeptAdmin, AuditedAdmin):
    list_display = ["term", "language", "definition", "say"]
    list_filter = ["language"]
    search_fields = ["term", "also", "definition"]
    prepopulated_fields = {"slug": ["term"]}


@admin.register(PlainWord)
class PlainWordAdmin(AuditedAdmin):
    list_display = ["word", "plain", "language"]
    list_filter = ["language"]
    search_fields = ["word", "plain"]


@admin.register(MedicineWarning)
class MedicineWarningAdmin(KeptAdmin, AuditedAdmin):
    list_display = ["medicine", "kind", "warning", "language"]
    list_filter = ["language", "kind"]
    search_fields = ["medicine", "also", "warning"]
    prepopulated_fields = {"slug": ["medicine", "kind"]}
