"""How the log is written: JSON lines for machines, short lines in a terminal. Always to stderr."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from roundsman.settings import Settings

_REFUSED = 400
# What a person in a terminal is not shown, unless it went wrong.
_ROUTINE = frozenset({"request_served", "long_fold_finished"})


def set_up(settings: Settings) -> None:
    """Direct our log and that of the libraries to stderr, in the form the settings ask for."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    people = settings.log == "text" or (settings.log == "auto" and sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(
            fmt="%H:%M:%S" if people else "iso", utc=not people, key="at"
        ),
    ]
    form: list[structlog.types.Processor] = (
        [_Calm(level), _console()]
        if people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *form],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *form],
        )
    )
    # What the libraries say below a warning is about themselves.
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[libraries], force=True)


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), timestamp_key="at", pad_event_to=22
    )


class _Calm:
    """Drops the lines of routine that went well, so that a person sees what matters."""

    def __init__(self, level: int) -> None:
        self._talks = level <= logging.DEBUG

    def __call__(
        self, logger: Any, name: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Return the event, or drop it."""
        del logger, name
        went_well = event.get("event") in _ROUTINE and event.get("status", 0) < _REFUSED
        if went_well and not self._talks:
            raise structlog.DropEvent
        return event
