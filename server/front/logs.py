"""What the program itself has to say, in the same lines of JSON as its requests."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson

NAMES = ("layers", "server")


class Lines(logging.Formatter):
    """One object per line, with the trace of an exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def configure() -> None:
    """Send what our own loggers say to the error stream, once however often it is called."""
    for name in NAMES:
        logger = logging.getLogger(name)
        if not any(isinstance(handler.formatter, Lines) for handler in logger.handlers):
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(Lines())
            logger.addHandler(handler)
            logger.propagate = False
