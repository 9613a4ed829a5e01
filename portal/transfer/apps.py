"""Registers `portal.transfer`: content files and spreadsheets."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    name = "portal.transfer"
