"""How the process logs: events with their fields, as text or JSON, on stderr; never names, phones or texts.

What we log ourselves holds ids, counts and the kinds of errors. A traceback shows code, never the values in it, and of
an error that nobody foresaw only its class, since its words may repeat what somebody said.
"""

import logging
import sys
import traceback
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import override

Format = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(shape: Format = "text", level: Level = "info") -> None:
    """Let structlog and the standard library's logging (of the packages we use) write to stderr in one shape."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        bare_traceback,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if shape == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for ours in [one for one in root.handlers if isinstance(one, _Stderr)]:
        root.removeHandler(ours)
    root.addHandler(handler)
    # Other packages log at info what they do all day; only their warnings are of interest.
    root.setLevel(max(_LEVELS[level], logging.WARNING))


class _Stderr(logging.Handler):
    """Writes to whatever stderr is at the moment."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        print(self.format(record), file=sys.stderr)  # noqa: T201 - this is where a log goes


def bare_traceback(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by where it came from and its class."""
    found = event.pop("exc_info", None)
    error: Any = found if isinstance(found, BaseException) else sys.exc_info()[1] if found is True else None
    if isinstance(found, tuple):
        error = found[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    return event
