"""The staff side of conditions."""

from conditions.admin import condition, edition, feedback, glossary
