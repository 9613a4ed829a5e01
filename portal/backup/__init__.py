"""Backups of the whole site, and bringing one back without bringing back what was erased since."""
