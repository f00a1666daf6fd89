"""Every process setting: one frozen struct, read once from `ROUNDSMAN_*` variables.

A variable with `_FILE` appended names a file that holds the value, for secrets. All problems are
reported together. What a company prefers is data (`accounts/policy.py`), not a setting.
"""

import ipaddress
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

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
    metrics: bool = True
    """Whether /metrics answers, with counts only, to requests from this machine."""

    @property
    def url(self) -> str:
        """Return the database to open."""
        return self.database_url or f"sqlite:///{self.data / 'roundsman.db'}"

    @property
    def public_url(self) -> str:
        """Return the address to print in links, without a slash at the end."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return self.base_url.rstrip("/") or f"http://{host}:{self.port}"


_CHOICES: Mapping[str, frozenset[str]] = {
    "role": frozenset({"all", "web", "work"}),
    "log": frozenset({"auto", "json", "text"}),
    "log_level": frozenset({"debug", "info", "warning", "error"}),
    "smtp_tls": frozenset({"starttls", "tls", "none"}),
}


def _flag(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    problem = "must be on or off"
    raise ValueError(problem)


def _texts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _texts(text))


_READERS: Mapping[Any, Callable[[str], Any]] = {
    Path: Path,
    str: str,
    int: int,
    float: float,
    bool: _flag,
    tuple[str, ...]: _texts,
    tuple[int, ...]: _numbers,
}


def read_settings(environ: Mapping[str, str], **given: object) -> Settings:
    """Return the settings of an environment; what is `given` (command line) goes before it.

    BadSettings names every problem at once.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    known = {field.name: field.type for field in fields(Settings)}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable.startswith(PREFIX + "TEST_"):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name == "chromium":
            continue
        try:
            if name.endswith("_file") and name.removesuffix("_file") in known:
                name = name.removesuffix("_file")
                values[name] = _READERS[known[name]](Path(text).read_text().strip())
            elif name in known:
                values[name] = _READERS[known[name]](text)
            else:
                problems.append(f"{variable} is no setting.")
        except (OSError, ValueError) as error:
            problems.append(f"{variable}: {error}.")
    values |= {name: value for name, value in given.items() if value is not None}
    problems += _problems(values)
    if problems:
        raise BadSettings(" ".join(problems))
    return Settings(**values)


def _problems(values: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name, choices in _CHOICES.items():
        if name in values and values[name] not in choices:
            found.append(f"{PREFIX}{name.upper()} must be one of {', '.join(sorted(choices))}.")
    url = values.get("database_url", "")
    if url and not str(url).startswith(("postgresql://", "postgres://")):
        found.append(f"{PREFIX}DATABASE_URL must start with postgresql://.")
    if not 0 <= values.get("port", 0) <= 65535:  # noqa: PLR2004 - ports
        found.append(f"{PREFIX}PORT must be between 0 and 65535.")
    base = values.get("base_url", "")
    if base and not str(base).startswith(("http://", "https://")):
        found.append(f"{PREFIX}BASE_URL must start with http:// or https://.")
    for network in values.get("allow_networks", ()):
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            found.append(f"{PREFIX}ALLOW_NETWORKS: {error}.")
    return found
