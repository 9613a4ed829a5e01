from conditions.admin import condition, edition, feedback, glossary
