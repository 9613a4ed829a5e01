"""What each column of a private table is. Masking, erasing and export follow it; a test fails on an unclassified one."""

from enum import Enum


class Column(Enum):
    PLAIN = "says nothing about a person"
    PERSONAL = "sealed; erased when the retention period is over"
    INDEX = "keyed hash of something personal; erased with it"
    SECRET = "opens the family's page; sealed or hashed; erased with it"  # noqa: S105  a description


def classify(**names: str) -> dict[str, Column]:
    """The class of each column of a model: `classify(plain="id at", personal="words")`."""
    return {name: Column[kind.upper()] for kind, listed in names.items() for name in listed.split()}
