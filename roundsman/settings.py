"""Every process setting: one frozen struct, read once from `ROUNDSMAN_*` variables.

A variable with `_FILE` appended names a file that holds the value, for secrets; one without a value
counts as not set. All problems are reported together. What a company prefers is data
(`accounts/policy.py`), not a setting.
"""

import difflib
import ipaddress
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import fields

from roundsman.core.errors import BadSettings

PREFIX = "ROUNDSMAN_"


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of this process; `docs/settings.md` says the same for operators."""

    data: Path = Path("data")
    """Directory of the embedded database and of files."""
    database_url: str = ""
    """PostgreSQL to use instead of the embedded database: postgresql://user@host/name."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8000
    """Port to listen on; 0 takes a free one."""
    base_url: str = ""
    """Address under which people and phones reach the server, such as https://fleet.example."""
    role: str = "all"
    """What this process does: all, web (requests) or work (relay, folds, deliveries)."""
    log: str = "auto"
    """How the log is written: json, text, or auto (text in a terminal)."""
    log_level: str = "info"
    """Least important level that is written: debug, info, warning, error."""
    body_limit: int = 8 * 1024 * 1024
    """Largest request body in bytes."""
    request_timeout_s: float = 30.0
    """Seconds after which a request's work in the database is given up."""
    api_rate: float = 10.0
    """Requests a second each API key may make on average; 0 switches throttling off."""
    api_burst: int = 50
    """Requests an API key may make at once."""
    cors_origins: tuple[str, ...] = ()
    """Origins of other web pages that may call the API, separated by commas; * for all."""
    smtp_host: str = ""
    """Mail server; empty sends no mail and shows invitation links to the administrator."""
    smtp_port: int = 587
    """Port of the mail server."""
    smtp_user: str = ""
    """User name at the mail server."""
    smtp_password: str = ""
    """Password at the mail server."""
    smtp_tls: str = "starttls"
    """Encryption towards the mail server: starttls, tls or none."""
    mail_from: str = "roundsman@localhost"
    """Sender address of mails."""
    allow_http_webhooks: bool = False
    """Whether webhook URLs may be http instead of https."""
    allow_networks: tuple[str, ...] = ()
    """Private networks that webhooks may reach, such as 10.0.0.0/8, separated by commas."""
    webhook_retries_s: tuple[int, ...] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    """Seconds to wait before each retry of a webhook delivery, separated by commas."""
    roads_url: str = ""
    """Road server whose roads plans use instead of the imported map; for OSRM, {mode} in it becomes car, van, truck, motorcycle, bicycle or pedestrian."""  # noqa: E501 - a line of docs/settings.md
    roads_engine: str = "osrm"
    """What that server is: osrm or valhalla."""
    roads_snap_m: float = 500.0
    """Metres from the nearest street beyond which a position is on none and is reached straight."""
    geocoder: str = "embedded"
    """Who finds addresses: embedded (the imported maps), nominatim, photon or none."""
    geocoder_url: str = ""
    """Nominatim or Photon server to ask, such as https://nominatim.example; ALLOW_NETWORKS holds for it."""  # noqa: E501 - a line of docs/settings.md
    geocoder_rate: float = 1.0
    """Calls a second to that server at most; 0 for no limit."""
    map_imports: str = "alone"
    """Which administrators may import and remove maps on the page Map: alone (while theirs is the only company), any, nobody."""  # noqa: E501 - a line of docs/settings.md
    map_upload_limit: int = 2_000_000_000
    """Largest extract in bytes that may be uploaded on the page Map."""
    metrics: bool = True
    """Whether /metrics answers, with counts only, to requests from this machine."""

    @property
    def file(self) -> Path:
        """Return the file of the embedded database."""
        return self.data / "roundsman.db"

    @property
    def url(self) -> str:
        """Return the database to open."""
        return self.database_url or f"sqlite:///{self.file}"

    @property
    def public_url(self) -> str:
        """Return the address to print in links, without a slash at the end."""
        return self.base_url.rstrip("/") or self.own_url

    @property
    def own_url(self) -> str:
        """Return the address under which this machine reaches the server."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


# --- from text to values --------------------------------------------------------------------------


def _flag(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    problem = "must be on or off"
    raise ValueError(problem)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        problem = f"must be a whole number, not {text!r}"
        raise ValueError(problem) from error


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        problem = f"must be a number, not {text!r}"
        raise ValueError(problem)
    return number


def _texts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_whole(part) for part in _texts(text))


_READERS: Mapping[Any, Callable[[str], Any]] = {
    Path: Path,
    str: str,
    int: _whole,
    float: _number,
    bool: _flag,
    tuple[str, ...]: _texts,
    tuple[int, ...]: _numbers,
}


def read_settings(environ: Mapping[str, str], **given: object) -> Settings:
    """Return the settings of an environment; what is `given` (command line) goes before it.

    A variable without a value counts as not set. BadSettings names every problem at once.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    known = {field.name: field.type for field in fields(Settings)}
    for variable, text in sorted(environ.items()):
        if not _is_ours(variable) or not text.strip():
            continue
        name = variable.removeprefix(PREFIX).lower()
        plain = name if name in known else name.removesuffix("_file")
        if plain not in known:
            problems.append(f"{variable} is no setting.{_meant(name, known)}")
            continue
        if plain in values:
            problems.append(f"{variable} says again what {PREFIX}{plain.upper()} says: keep one.")
            continue
        try:
            value = text if plain == name else Path(text).read_text().strip()
            values[plain] = _READERS[known[plain]](value)
        except OSError as error:
            problems.append(f"{variable}: {text} cannot be read ({error.strerror}).")
        except UnicodeDecodeError:
            problems.append(f"{variable}: {text} is no text file.")
        except ValueError as error:
            problems.append(f"{variable} {error}.")
    values |= {name: value for name, value in given.items() if value is not None}
    problems += [problem for look in _LOOKS for problem in look(values)]
    if problems:
        raise BadSettings(" ".join(problems))
    return Settings(**values)


def _is_ours(variable: str) -> bool:
    """Tell whether a variable is meant for the product, not for its tests."""
    name = variable.removeprefix(PREFIX)
    return variable.startswith(PREFIX) and not name.startswith("TEST_") and name != "CHROMIUM"


def _meant(name: str, known: Iterable[str]) -> str:
    """Return a question about the setting whose name is nearest, empty when none is near."""
    near = difflib.get_close_matches(name, known, 1)
    return f" Did you mean {PREFIX}{near[0].upper()}?" if near else ""


# --- what cannot work -----------------------------------------------------------------------------

_CHOICES: Mapping[str, frozenset[str]] = {
    "role": frozenset({"all", "web", "work"}),
    "log": frozenset({"auto", "json", "text"}),
    "log_level": frozenset({"debug", "info", "warning", "error"}),
    "smtp_tls": frozenset({"starttls", "tls", "none"}),
    "roads_engine": frozenset({"osrm", "valhalla"}),
    "geocoder": frozenset({"embedded", "nominatim", "photon", "none"}),
    "map_imports": frozenset({"alone", "any", "nobody"}),
}
# The smallest and the largest value of each number, both allowed.
_RANGES: Mapping[str, tuple[float, float]] = {
    "port": (0, 65535),
    "body_limit": (1024, 1024 * 1024 * 1024),
    "request_timeout_s": (0.1, 3600),
    "api_rate": (0, 1_000_000),
    "api_burst": (1, 1_000_000),
    "smtp_port": (1, 65535),
    "roads_snap_m": (1, 100_000),
    "geocoder_rate": (0, 1000),
    "map_upload_limit": (1024, 1024**4),
}


def _unknown_words(values: Mapping[str, Any]) -> Iterator[str]:
    for name, choices in _CHOICES.items():
        if name in values and values[name] not in choices:
            yield f"{PREFIX}{name.upper()} must be one of {', '.join(sorted(choices))}."


def _wild_numbers(values: Mapping[str, Any]) -> Iterator[str]:
    for name, (least, most) in _RANGES.items():
        if name in values and not least <= values[name] <= most:
            yield f"{PREFIX}{name.upper()} must be between {least:g} and {most:.10g}."
    if any(wait_s < 0 for wait_s in values.get("webhook_retries_s", ())):
        yield f"{PREFIX}WEBHOOK_RETRIES_S must be seconds of 0 or more."


def _wrong_addresses(values: Mapping[str, Any]) -> Iterator[str]:
    url = values.get("database_url", "")
    if url and not str(url).startswith(("postgresql://", "postgres://")):
        yield f"{PREFIX}DATABASE_URL must start with postgresql://."
    if values.get("host") == "":
        yield f"{PREFIX}HOST must name an address to listen on, such as 0.0.0.0 for all."
    base = values.get("base_url", "")
    if base and not _is_address(base):
        yield f"{PREFIX}BASE_URL must be an address such as https://fleet.example."
    roads = values.get("roads_url", "")
    if roads and not _is_address(roads.replace("{mode}", "car")):
        yield f"{PREFIX}ROADS_URL must be an address such as http://127.0.0.1:5000."
    geocoder = values.get("geocoder_url", "")
    if geocoder and not _is_address(geocoder):
        yield f"{PREFIX}GEOCODER_URL must be an address such as https://nominatim.example."
    if values.get("geocoder") in {"nominatim", "photon"} and not geocoder:
        yield f"{PREFIX}GEOCODER={values['geocoder']} needs {PREFIX}GEOCODER_URL."
    sender = values.get("mail_from", "@")
    if "@" not in sender or not sender.isprintable():
        yield f"{PREFIX}MAIL_FROM must be a mail address."


def _wrong_lists(values: Mapping[str, Any]) -> Iterator[str]:
    origins: tuple[str, ...] = values.get("cors_origins", ())
    for origin in origins:
        if origin != "*" and (not _is_address(origin) or urlsplit(origin).path):
            yield f"{PREFIX}CORS_ORIGINS: {origin} must look like https://fleet.example."
    for network in values.get("allow_networks", ()):
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            yield f"{PREFIX}ALLOW_NETWORKS: {error}. Write it like 10.0.0.0/8."


_LOOKS = (_unknown_words, _wild_numbers, _wrong_addresses, _wrong_lists)


def _is_address(text: str) -> bool:
    """Tell whether a text is scheme and host, maybe with a port and a path."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # ValueError when it is no number
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_web and not (parts.query or parts.fragment)
