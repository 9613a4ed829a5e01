"""The glossary, and the coach's plain words."""

from django.contrib import admin

from conditions.models import GlossaryTerm, PlainWord
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.edit_conflicts import KeptAdmin


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
