"""The transcript of a story, in colour where there is a terminal."""

from datetime import tzinfo

from rich.text import Text

from bot.story import DIRECT, Line

_STYLES = {"bot": "bold yellow", "staff": "green", "resident": "cyan"}


def transcript_line(line: Line, zone: tzinfo, staff: frozenset[str]) -> Text:
    """Show one line of a transcript; further lines of a text stand below its first."""
    who = "bot" if line.who is None else "staff" if line.who in staff else "resident"
    text = Text(f"{line.at.astimezone(zone):%H:%M} ", style="dim")
    name = line.who or "回音"
    text.append(name, style=_STYLES[who])
    place = f" → {line.where}" if line.who is None else f"（{DIRECT}）" if line.where == DIRECT else f"@{line.where}"
    text.append(f"{place}  ", style="dim")
    text.append(line.text.replace("\n", "\n      "), style="yellow" if line.who is None else "")
    return text


def day_line(line: Line, zone: tzinfo) -> Text:
    """Show that another day begins."""
    return Text(f"—— {line.at.astimezone(zone):%Y-%m-%d} ——", style="bold")
