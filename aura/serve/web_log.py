"""gunicorn's log records go the way of all others (aura.logs), from warnings up."""

import logging
from typing import Any

from gunicorn.glogging import Logger


class WebLog(Logger):  # type: ignore[misc]
    """gunicorn's logger without a handler and format of its own."""

    def setup(self, cfg: Any) -> None:
        """Do what gunicorn does, then hand its records to the root logger."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
        self.error_log.setLevel(logging.WARNING)
