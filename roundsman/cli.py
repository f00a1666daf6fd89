"""The command line: `roundsman COMMAND`, in words for people or with `--json` as one object.

Exit codes: 0 done, 1 refused with one sentence, 2 not understood. Who stops reading the answer, as
`head` does, is no failure of ours: the program ends quietly with 1.
"""

import argparse
import contextlib
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from roundsman.commands.said import Said, Tell
from roundsman.commands.speed import HOURS, Speed
from roundsman.core.errors import NotReady, Refusal
from roundsman.settings import Settings, read_settings

REFUSED = 1

type Run = Callable[[Settings, argparse.Namespace], Said]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = _parser().parse_args(arguments)
    try:
        said = _run(words)
        if said.text or said.data:
            _tell(said, as_json=words.json)
    except Refusal as refusal:
        return _refused(refusal, as_json=words.json)
    except (KeyboardInterrupt, BrokenPipeError):
        return REFUSED
    return 0 if said.ok else REFUSED


def _run(words: argparse.Namespace) -> Said:
    given: dict[str, Any] = {
        name: getattr(words, name, None) for name in ("data", "host", "port", "role")
    }
    if words.command == "doctor":
        from roundsman.commands.doctor import doctor  # noqa: PLC0415 - only what is used is loaded

        return doctor(os.environ, **given)
    settings = read_settings(os.environ, **given)
    run: Run = words.run
    return run(settings, words)


def _tell(said: Said, *, as_json: bool) -> None:
    """Print an answer. BrokenPipeError when nobody reads it, NotReady when it cannot be written."""
    text = msgspec.json.encode(said.data).decode() if as_json else said.text
    try:
        if text:
            print(text, flush=True)  # noqa: T201 - the command line speaks
    except OSError as error:
        _leave_output()
        if isinstance(error, BrokenPipeError):
            raise
        problem = f"It is done, but the answer cannot be written ({error.strerror})."
        raise NotReady(problem) from error


def _refused(refusal: Refusal, *, as_json: bool) -> int:
    error = {"code": refusal.code, "message": refusal.message, "field": refusal.field}
    try:
        if as_json:
            print(msgspec.json.encode({"error": error}).decode(), flush=True)  # noqa: T201 - likewise
        else:
            print(refusal.message, file=sys.stderr)  # noqa: T201 - likewise
    except OSError:
        _leave_output()  # the exit code says it
    return REFUSED


def _leave_output() -> None:
    """Send what the interpreter flushes at its end to nowhere: the output has failed already."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- what may be said -----------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="directory of the embedded database (ROUNDSMAN_DATA, else ./data)",
    )
    everywhere.add_argument("--json", action="store_true", help="answer with one JSON object")
    parser = argparse.ArgumentParser(
        prog="roundsman",
        description="Dispatch, tracking and job management for teams in the field.",
        epilog="Every setting is a variable ROUNDSMAN_*; see docs/settings.md.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Run | None, words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, parents=[everywhere], help=words, description=_long(words))
        made.set_defaults(run=run)
        return made

    def group(name: str, run: Run, words: str) -> argparse.ArgumentParser:
        inner = commands.add_parser(name, help=words, description=_long(words))
        verbs = inner.add_subparsers(dest="verb", required=True, metavar="create")
        made = verbs.add_parser(
            "create", parents=[everywhere], help=words, description=_long(words)
        )
        made.set_defaults(run=run)
        return made

    _serving(command)
    _making(group)
    _keeping(command)
    _mapping(commands, everywhere)
    return parser


def _long(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


type _Command = Callable[[str, Run | None, str], argparse.ArgumentParser]
type _Group = Callable[[str, Run, str], argparse.ArgumentParser]


def _serving(command: _Command) -> None:
    made = command("serve", _serve, "start the server")
    made.add_argument("--host", help="address to listen on (127.0.0.1)")
    made.add_argument("--port", type=int, help="port to listen on (8000), 0 takes a free one")
    made.add_argument("--role", choices=["all", "web", "work"], help="what this process does (all)")
    made.add_argument(
        "--demo", action="store_true", help="make the demo company and drive its workers"
    )
    _speed(made)
    made = command("demo", _demo, "drive the demo company's workers through a running server")
    made.add_argument("--url", default="", help="address of the server (as the settings say)")
    made.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    _speed(made)


def _speed(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--speed",
        type=_number,
        default=0,
        metavar="N",
        help="play the hours before now at N times their speed instead of at once",
    )
    made.add_argument(
        "--hours",
        type=_number,
        default=HOURS,
        metavar="H",
        help=f"how many hours before now --speed plays ({HOURS:g})",
    )


def _number(text: str) -> float:
    with contextlib.suppress(ValueError):
        number = float(text)
        if 0 <= number < math.inf:
            return number
    problem = f"{text} is no number of 0 or more"
    raise argparse.ArgumentTypeError(problem)


def _making(group: _Group) -> None:
    made = group(
        "company", _create_company, "create a company with an administrator and an API key"
    )
    made.add_argument("name", metavar="NAME", help="name of the company")
    made.add_argument("--admin", required=True, metavar="EMAIL", help="the administrator's login")
    made.add_argument(
        "--password", help="the administrator's password; - reads it from a line of input"
    )
    made.add_argument("--timezone", default="UTC", help="zone of its days, such as Europe/Lisbon")

    made = group("member", _create_member, "create a member of a company")
    made.add_argument(
        "--company", required=True, metavar="ID", help="the company's id or user name"
    )
    made.add_argument("--name", required=True, help="full name")
    made.add_argument("--username", required=True, help="login, normally an e-mail address")
    made.add_argument(
        "--role",
        default="worker",
        dest="rank",
        metavar="ROLE",
        help="worker, operator or admin (worker)",
    )
    made.add_argument("--password", help="password; - reads it from a line of input")
    made.add_argument(
        "--team",
        type=int,
        action="append",
        metavar="N",
        help="number of a team; may be repeated",
    )

    made = group("key", _create_key, "create an API key for a member")
    made.add_argument("--member", required=True, help="user name or id")
    made.add_argument(
        "--company", default="", metavar="ID", help="where an id alone says too little"
    )
    made.add_argument("--label", default="", help="what the key is for")

    made = group("device", _create_device, "create a device that reports a member's position")
    made.add_argument("--member", required=True, help="user name or id")
    made.add_argument(
        "--company", default="", metavar="ID", help="where an id alone says too little"
    )
    made.add_argument("--id", default="", dest="device", help="the device's own id, if it has one")


def _keeping(command: _Command) -> None:
    command("migrate", _migrate, "raise the database to the schema of this program")
    command("doctor", None, "check the installation and say what to do")
    made = command("backup", _back_up, "write everything to one file, also while the server runs")
    made.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    made = command("restore", _restore, "fill an empty database from a backup")
    made.add_argument("file", type=Path, metavar="FILE", help="a file that backup wrote")


def _mapping(commands: Any, everywhere: argparse.ArgumentParser) -> None:
    words = "streets, addresses and base map from an extract of OpenStreetMap"
    inner = commands.add_parser("map", help=words, description=_long(words))
    verbs = inner.add_subparsers(dest="verb", required=True, metavar="import|status|remove")

    def verb(name: str, run: Run, words: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verbs.add_parser(
            name, parents=[everywhere], help=words, description=_long(words)
        )
        made.set_defaults(run=run)
        return made

    made = verb(
        "import",
        _map_import,
        "build streets, addresses and base map from a file and put them into use",
    )
    made.add_argument("file", type=Path, metavar="FILE", help="an extract, such as porto.osm.pbf")
    made.add_argument("--name", default="", help="name of the region (that of the file)")
    made.add_argument(
        "--modes",
        default="",
        metavar="MODE,...",
        help="travel modes to build for: car, van, truck, motorcycle, bicycle, pedestrian (all)",
    )
    verb("status", _map_status, "tell which regions are in use")
    made = verb("remove", _map_remove, "take a region out of use and remove its files")
    made.add_argument("name", metavar="NAME", help="name of the region")


# --- from words to commands -----------------------------------------------------------------------


def _serve(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands.serve import serve  # noqa: PLC0415 - only what is used is loaded

    speed = Speed(words.speed, words.hours) if words.demo else None
    return serve(settings, _teller(words), speed)


def _demo(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands.demo import drive  # noqa: PLC0415 - only what is used is loaded

    speed = Speed(words.speed, words.hours)
    return drive(settings, _teller(words), speed, url=words.url, parent=words.parent)


def _teller(words: argparse.Namespace) -> Tell:
    return lambda said: _tell(said, as_json=words.json)


def _create_company(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import accounts  # noqa: PLC0415 - only what is used is loaded

    return accounts.create_company(
        settings, words.name, words.admin, password=_secret(words.password), timezone=words.timezone
    )


def _create_member(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import accounts  # noqa: PLC0415 - only what is used is loaded

    wanted = accounts.NewMember(
        name=words.name,
        username=words.username,
        role=words.rank,
        password=_secret(words.password),
        teams=words.team or [],
    )
    return accounts.create_member(settings, words.company, wanted)


def _create_key(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import accounts  # noqa: PLC0415 - only what is used is loaded

    return accounts.create_key(settings, words.member, company=words.company, label=words.label)


def _create_device(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import accounts  # noqa: PLC0415 - only what is used is loaded

    return accounts.create_device(
        settings, words.member, company=words.company, device=words.device
    )


def _migrate(settings: Settings, _: argparse.Namespace) -> Said:
    from roundsman.commands import upkeep  # noqa: PLC0415 - only what is used is loaded

    return upkeep.migrate_database(settings)


def _back_up(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import upkeep  # noqa: PLC0415 - only what is used is loaded

    return upkeep.back_up(settings, words.file)


def _restore(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import upkeep  # noqa: PLC0415 - only what is used is loaded

    return upkeep.restore(settings, words.file)


def _map_import(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import map as streets  # noqa: PLC0415 - only what is used is loaded

    return streets.import_file(settings, words.file, name=words.name, modes=words.modes)


def _map_status(settings: Settings, _: argparse.Namespace) -> Said:
    from roundsman.commands import map as streets  # noqa: PLC0415 - only what is used is loaded

    return streets.status(settings)


def _map_remove(settings: Settings, words: argparse.Namespace) -> Said:
    from roundsman.commands import map as streets  # noqa: PLC0415 - only what is used is loaded

    return streets.remove(settings, words.name)


def _secret(given: str | None) -> str:
    """Return a password; a dash takes it from standard input, out of sight of `ps`."""
    if given == "-":
        return sys.stdin.readline().rstrip("\n")
    return given or ""
