"""`roundsman doctor`: look at everything an installation needs and say what to do."""

import errno
import os
import shutil
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import httpx
from msgspec import Struct

import roundsman
from roundsman.commands.said import Said
from roundsman.core.clock import utc_now, zone_names
from roundsman.core.errors import BadSettings, NotReady
from roundsman.gateways.addresses import outbound
from roundsman.gateways.geocoder import geocoder_of
from roundsman.gateways.roads import roads_of
from roundsman.settings import Settings, read_settings
from roundsman.storage import migrate
from roundsman.storage.condition import Condition, condition
from roundsman.streets.basemaps import BaseMaps
from roundsman.streets.store import Store

MIB = 1024 * 1024
LITTLE_SPACE = 2048 * MIB
NO_SPACE = 200 * MIB
CLOCK_S = 2.0
SLOW_MS = 20.0
WAIT_S = 5.0
_MAKE_ROOM = "Make room: a full disk stops every write."
# No machine that runs this has an earlier day than the one on which it was written.
BUILT = datetime(2026, 11, 1, tzinfo=UTC)


class State(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Struct, frozen=True):
    """One line of the doctor: what was looked at, how it is, what to do about it."""

    what: str
    state: State
    found: str
    advice: str = ""


def doctor(environ: Mapping[str, str], **given: object) -> Said:
    """Check the installation that these settings describe; `ok` is False when something fails."""
    try:
        settings = read_settings(environ, **given)
    except BadSettings as refusal:
        advice = "Correct the variables; docs/settings.md lists them all."
        return _told([Finding("Settings", State.FAIL, refusal.message, advice)])
    found = [finding for look in _LOOKS for finding in look(settings)]
    return _told(found)


def _told(found: list[Finding]) -> Said:
    width = max(len(one.what) for one in found)
    words: list[str] = []
    for one in found:
        words.append(f"{one.state.value:<5} {one.what:<{width}}  {one.found}")
        if one.advice:
            words.append(f"{'':<5} {'':<{width}}  -> {one.advice}")
    fails = sum(one.state is State.FAIL for one in found)
    warns = sum(one.state is State.WARN for one in found)
    words.append("")
    if fails:
        words.append(f"{fails} to repair, {warns} to look at.")
    else:
        words.append(f"Ready to run; {warns} to look at." if warns else "All is well.")
    data = {"ok": not fails, "checks": found}
    return Said(text="\n".join(words), data=data, ok=not fails)


# --- settings and files ---------------------------------------------------------------------------


def _settings(settings: Settings) -> list[Finding]:
    here = settings.host in {"127.0.0.1", "::1", "localhost"}
    found = f"{settings.public_url} on {settings.host}:{settings.port}, role {settings.role}"
    if not here and not settings.base_url:
        advice = "Set ROUNDSMAN_BASE_URL to the address under which people and phones reach it."
        return [Finding("Settings", State.WARN, found, advice)]
    if settings.base_url.startswith("http://") and not here:
        advice = "Put TLS before it (docs/deploy.md) and use an https address."
        return [Finding("Settings", State.WARN, found, advice)]
    return [Finding("Settings", State.OK, found)]


def _data(settings: Settings) -> list[Finding]:
    folder = _existing(settings.data)
    found = [_writable(settings.data, folder)]
    free = shutil.disk_usage(folder).free
    words = f"{free / MIB / 1024:,.1f} GiB free at {folder}"
    if free < NO_SPACE:
        found.append(Finding("Disk", State.FAIL, words, _MAKE_ROOM))
    elif free < LITTLE_SPACE:
        found.append(Finding("Disk", State.WARN, words, _MAKE_ROOM))
    else:
        found.append(Finding("Disk", State.OK, words))
    return found


def _existing(folder: Path) -> Path:
    """Return the folder, or what exists above it."""
    folder = folder.resolve()
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _writable(wanted: Path, folder: Path) -> Finding:
    in_the_way = [one for one in (wanted.resolve(), *wanted.resolve().parents) if one.is_file()]
    if in_the_way:
        advice = "Name another directory with --data."
        return Finding("Data", State.FAIL, f"{in_the_way[0]} is a file, not a directory", advice)
    file = Settings(data=wanted).file
    try:
        if file.exists() and not os.access(file, os.W_OK):
            advice = "Give the file to the user who runs the server (chown)."
            return Finding("Data", State.FAIL, f"{file} may not be written by this user", advice)
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"roundsman")
    except OSError as error:
        advice = "Give this user the right to write there, or name another directory with --data."
        if error.errno == errno.ENOSPC:
            advice = _MAKE_ROOM
        return Finding("Data", State.FAIL, f"{folder}: {error.strerror}", advice)
    if folder != wanted.resolve():
        return Finding("Data", State.OK, f"{wanted} will be made at the first start")
    return Finding("Data", State.OK, f"{folder} can be written")


def _console(_: Settings) -> list[Finding]:
    page = Path(roundsman.__file__).parent / "web" / "static" / "index.html"
    if page.is_file():
        return [Finding("Console", State.OK, "the web pages are built")]
    advice = "Run: make setup"
    return [Finding("Console", State.FAIL, "the web pages are not built", advice)]


# --- database and clock ---------------------------------------------------------------------------


def _database(settings: Settings) -> list[Finding]:
    try:
        there = condition(settings.url)
    except NotReady as refusal:
        advice = (
            "Start the database server, or correct ROUNDSMAN_DATABASE_URL."
            if settings.database_url
            else "Repair what it says, or restore the last backup into a new directory."
        )
        problem = refusal.message.removesuffix(migrate.ASK_THE_DOCTOR)
        return [Finding("Database", State.FAIL, problem, advice), _clock(0.0)]
    found = [_schema(settings, there)]
    if there.damage:
        advice = "Stop the server and restore the last backup into a new directory."
        found.append(Finding("File", State.FAIL, there.damage, advice))
    if there.answer_ms > SLOW_MS:
        words = f"an answer took {there.answer_ms:.0f} ms"
        found.append(Finding("Distance", State.WARN, words, "Run the server near its database."))
    return [*found, _clock(there.ahead_s)]


def _schema(settings: Settings, there: Condition) -> Finding:
    needed = migrate.newest()
    words = f"{there.server}, schema {there.schema or 'none'}"
    if there.schema == needed:
        return Finding("Database", State.OK, words)
    if not there.schema:
        advice = "It is made at the first start."
        return Finding("Database", State.OK, f"{words} yet", advice)
    if there.schema > needed:
        advice = f"This program knows schema {needed} only: install a newer Roundsman."
        return Finding("Database", State.FAIL, words, advice)
    if there.schema not in migrate.known():
        advice = "Roundsman never had that schema: restore a backup into a new database."
        return Finding("Database", State.FAIL, words, advice)
    if settings.database_url:
        return Finding("Database", State.FAIL, words, "Run: roundsman migrate")
    advice = f"The next start raises it to {needed} and keeps a copy."
    return Finding("Database", State.WARN, words, advice)


def _clock(ahead_s: float) -> Finding:
    now = utc_now()
    words = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    advice = "Let this machine follow a time server (timedatectl set-ntp true)."
    if now < BUILT:
        return Finding("Clock", State.FAIL, words, advice)
    if not zone_names():
        return Finding("Clock", State.FAIL, "no time zones are known", "Install tzdata.")
    if abs(ahead_s) > CLOCK_S:
        side = "behind" if ahead_s > 0 else "ahead of"
        return Finding(
            "Clock", State.WARN, f"{words}, {abs(ahead_s):.0f} s {side} the database", advice
        )
    return Finding("Clock", State.OK, words)


# --- what lies around -----------------------------------------------------------------------------


def _roads(settings: Settings) -> list[Finding]:
    roads = roads_of(
        data=settings.data,
        url=settings.roads_url,
        limit_m=settings.roads_snap_m,
        engine=settings.roads_engine,
    )
    try:
        found = roads.health()
    finally:
        roads.close()
    if not found:
        words = "great-circle distances x 1.3 at the usual speed of each travel mode"
        advice = "For real streets run: roundsman map import REGION.osm.pbf"
        return [Finding("Roads", State.OK, words, advice)]
    advice = (
        "Check ROUNDSMAN_ROADS_URL and ROUNDSMAN_ROADS_ENGINE; "
        "until then plans use great-circle distances."
        if settings.roads_url
        else "Import that region again; until then its plans use great-circle distances."
    )
    return [
        Finding("Roads", State.WARN, f"{words}: {wrong}", advice)
        if wrong
        else Finding("Roads", State.OK, words)
        for words, wrong in found
    ]


def _base_map(settings: Settings) -> list[Finding]:
    """Look at the picture under the live map, when there is one."""
    maps = BaseMaps(settings.data)
    wrong = [
        Finding("Base map", State.WARN, f"{region.name}: {problem}", "Import that region again.")
        for region in Store(settings.data).regions()
        if (problem := maps.health(region))
    ]
    shown = ", ".join(region.name for region in maps.picture().regions)
    return wrong + ([Finding("Base map", State.OK, shown)] if shown else [])


def _geocoder(settings: Settings) -> list[Finding]:
    geocoder = geocoder_of(
        settings.geocoder,
        data=settings.data,
        url=settings.geocoder_url,
        rate=settings.geocoder_rate,
        rules=outbound(allow_http=True, networks=settings.allow_networks),
        agent=f"Roundsman ({settings.base_url or 'self-hosted'})",
    )
    try:
        healthy, words = geocoder.health()
    finally:
        geocoder.close()
    if healthy:
        return [Finding("Addresses", State.OK, words)]
    advice = (
        "Import that region again; until then its addresses are not found."
        if settings.geocoder == "embedded"
        else "Check ROUNDSMAN_GEOCODER_URL; until then addresses get no position."
    )
    return [Finding("Addresses", State.WARN, words, advice)]


def _mail(settings: Settings) -> list[Finding]:
    if not settings.smtp_host:
        advice = "Set ROUNDSMAN_SMTP_HOST to send them; until then administrators pass links on."
        return [Finding("Mail", State.WARN, "no mail server: invitations are not sent", advice)]
    where = f"{settings.smtp_host}:{settings.smtp_port} ({settings.smtp_tls})"
    try:
        _greet(settings)
    except (OSError, smtplib.SMTPException) as error:
        advice = "Check ROUNDSMAN_SMTP_HOST, _PORT, _TLS, _USER and _PASSWORD."
        return [Finding("Mail", State.FAIL, f"{where}: {_reason(error)}", advice)]
    return [Finding("Mail", State.OK, f"{where} lets us in")]


def _greet(settings: Settings) -> None:
    """Talk to the mail server as far as the login, and leave."""
    tls = ssl.create_default_context()
    host, port = settings.smtp_host, settings.smtp_port
    with (
        smtplib.SMTP_SSL(host, port, timeout=WAIT_S, context=tls)
        if settings.smtp_tls == "tls"
        else smtplib.SMTP(host, port, timeout=WAIT_S)
    ) as server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=tls)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.noop()


def _reason(error: Exception) -> str:
    """Return what went wrong on one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _server(settings: Settings) -> list[Finding]:
    """Tell whether the server of these settings runs; both is well."""
    url = settings.own_url
    try:
        answer = httpx.get(f"{url}/health/ready", timeout=WAIT_S, trust_env=False)
    except httpx.HTTPError:
        return [Finding("Server", State.OK, f"nothing answers at {url}: not started")]
    if answer.is_success and "ready" in answer.text:
        return [Finding("Server", State.OK, f"{url} is ready")]
    if "ready" in answer.text:
        return [Finding("Server", State.FAIL, f"{url} is not ready: {answer.text[:200]}")]
    advice = "Choose another ROUNDSMAN_PORT, or stop that program."
    return [Finding("Server", State.WARN, f"another program answers at {url}", advice)]


_LOOKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    _settings,
    _data,
    _console,
    _database,
    _roads,
    _base_map,
    _geocoder,
    _mail,
    _server,
)
