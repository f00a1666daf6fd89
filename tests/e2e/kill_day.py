"""A company set up by the command line, and its day played while somebody kills the server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from roundsman.core.ids import CompanyId, DeviceId, MemberId
from tests.e2e.kill_clients import Line, Office, ride
from tests.e2e.played_day import play
from tests.server_process import command, environment
from tests.servers import lasting_port

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.kill_killer import Killer
    from tests.e2e.played_day import Played
    from tests.hooks import Inbox

PASSWORD = "a quiet morning in Vienna"  # noqa: S105 - of people who do not exist
WANDA, WILLI = "wanda@acme.example", "willi@acme.example"
ADA = "ada@acme.example"
# Each to a receiver of its own: a killed server keeps a receiver waiting for some seconds.
KEYS = (
    "job_created",
    "job_updated",
    "job_completed",
    "job_archived",
    "job_deleted",
    "job_checkin",
    "job_checkout",
)
# Things an office does while the server is killed once.
STEPS_A_KILL = 1
TRIES = ",".join(["0", *["1"] * 30])


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The company, who works there, and where the server is: all of it by the command line."""

    environ: Mapping[str, str]
    database: str
    url: str
    company: CompanyId
    wanda: MemberId
    willi: MemberId
    keys: tuple[str, str]
    tokens: tuple[str, str]


@dataclass(frozen=True)
class Noted:
    """What clients remember of the day: what was acknowledged, and how many requests broke."""

    offices: tuple[Office, Office]
    played: Played
    broken: int


def set_up(folder: Path, database_url: str = "") -> Stage:
    """Make the company with two workers, a phone each, and two keys."""
    port = lasting_port()
    environ = environment(
        data=folder,
        port=port,
        **({"database_url": database_url} if database_url else {}),
        api_rate=0,
        allow_http_webhooks="on",
        allow_networks="127.0.0.0/8",
        webhook_retries_s=TRIES,
        log_level="warning",
        log="json",
    )

    def run(*words: str) -> dict[str, Any]:
        return command(environ, *words)

    run("migrate")
    ada = ("--admin", ADA, "--password", PASSWORD)
    made = run("company", "create", "Acme", *ada, "--timezone", "Europe/Vienna")
    company = made["company"]["id"]
    members: dict[str, str] = {}
    tokens: dict[str, str] = {}
    for name, username, device in (("Wanda", WANDA, "van"), ("Willi", WILLI, "calm")):
        new = ("--company", company, "--name", name, "--username", username)
        members[name] = run("member", "create", *new, "--password", PASSWORD)["member"]["id"]
        phone = run("device", "create", "--member", username, "--id", device)
        tokens[name] = phone["token"]
    return Stage(
        environ=environ,
        database=database_url or f"sqlite:///{folder / 'roundsman.db'}",
        url=f"http://127.0.0.1:{port}",
        company=CompanyId(company),
        wanda=MemberId(members["Wanda"]),
        willi=MemberId(members["Willi"]),
        keys=(made["api_key"], run("key", "create", "--member", ADA)["api_key"]),
        tokens=(tokens["Wanda"], tokens["Willi"]),
    )


def live_through(stage: Stage, killer: Killer, inbox: Inbox, kills: int, seed: int) -> Noted:
    """Play the day with two offices and a phone while the killer kills; return what they noted.

    Everything was acknowledged in the end, and the server runs.
    """
    lines = [Line(stage.url, killer.reach) for _ in range(3)]
    ada, otto = (
        Office(name, line, key, seed + number)
        for number, (name, line, key) in enumerate(
            zip(("Ada", "Otto"), lines, stage.keys, strict=False)
        )
    )
    played = play(interval_s=10)
    with ThreadPoolExecutor(4) as threads:
        killing = threads.submit(killer.run)
        ada.call("setwebhooks", **{key: {"url": f"{inbox.url}/{key}"} for key in KEYS})
        ada.plan_day(WANDA)
        doing = [
            threads.submit(ada.work, kills * STEPS_A_KILL, killer.wait),
            threads.submit(otto.work, kills * STEPS_A_KILL, killer.wait),
            threads.submit(ride, lines[2], stage.tokens[0], played.fixes, killer.wait),
            killing,
        ]
        for each in doing:
            each.result()
    for line in lines:
        line.close()
    return Noted((ada, otto), played, sum(line.broken for line in lines))


def ride_in_peace(stage: Stage, played: Played) -> None:
    """Send the same day from Willi's phone, with nobody killing."""
    line = Line(stage.url)
    fixes = [replace(fix, device=DeviceId("calm")) for fix in played.fixes]
    ride(line, stage.tokens[1], fixes)
    line.close()
