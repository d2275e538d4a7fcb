"""What is done with imports: they arrive, get their columns, come in, are stopped, and are taken back."""

from imports.operations.arriving import add_import, receive_import
from imports.operations.deciding import (
    WORK,
    bring_in_import,
    change_row,
    read_as,
    set_columns,
    stop_import,
    take_back_import,
)

__all__ = [
    "WORK",
    "add_import",
    "bring_in_import",
    "change_row",
    "read_as",
    "receive_import",
    "set_columns",
    "stop_import",
    "take_back_import",
]
