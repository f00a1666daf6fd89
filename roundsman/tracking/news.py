"""What is to be told of visits that changed (pure)."""

from roundsman.events.catalogue import AreaEntered, AreaEvent, AreaLeft, AreaVisitRetracted
from roundsman.tracking.identity import StoredVisit, VisitChange


def facts_of(changes: list[VisitChange]) -> list[AreaEvent]:
    """Return what is to be told of the visits that changed, in order of time."""
    facts: list[AreaEvent] = []
    for change in changes:
        before, after = change.before, change.after
        if after is None and before is not None:
            facts.append(_fact(AreaVisitRetracted, before, before.what.enter_ms, corrects=True))
        elif after is not None:
            facts += _told_anew(before, after)
    return facts


def _told_anew(before: StoredVisit | None, after: StoredVisit) -> list[AreaEvent]:
    facts: list[AreaEvent] = []
    enter_ms, exit_ms = after.what.enter_ms, after.what.exit_ms
    old_enter_ms = before.what.enter_ms if before else 0
    old_exit_ms = before.what.exit_ms if before else 0
    # A visit that was told as over and goes on after all is told as entered again.
    if enter_ms != old_enter_ms or (old_exit_ms and not exit_ms):
        facts.append(_fact(AreaEntered, after, enter_ms, corrects=before is not None))
    if exit_ms and exit_ms != old_exit_ms:
        facts.append(_fact(AreaLeft, after, exit_ms, corrects=bool(old_exit_ms)))
    return facts


def _fact(
    kind: type[AreaEntered | AreaLeft | AreaVisitRetracted],
    visit: StoredVisit,
    at_ms: int,
    *,
    corrects: bool,
) -> AreaEvent:
    area_kind, _, of = visit.what.area.partition(":")
    return kind(
        area_kind=area_kind,
        of=of,
        member=visit.member,
        visit=visit.id,
        at_ms=at_ms,
        estimated=visit.what.estimated,
        corrects=corrects,
    )
