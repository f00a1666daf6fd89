"""The people and places a batch of wishes names."""

from collections.abc import Sequence

from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member, State
from roundsman.accounts.rights import Role
from roundsman.core.errors import UnknownMember, UnknownPlace
from roundsman.core.ids import CompanyId, MemberId, PlaceId
from roundsman.jobs.model import Wish
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.storage.database import Tx


class Names(Struct, frozen=True):
    """Members by user name or id, places by id."""

    people: dict[str, Member]
    places: dict[PlaceId, Place]

    def person(self, name: str | None, field: str, now: str = "") -> MemberId | None:
        """Return the id behind a name: None when nothing was said, empty to unassign.

        Who is in the job `now` may stay in it, even if nobody may be put there any more.
        """
        if not name:
            return None if name is None else MemberId("")
        found = self.people.get(name)
        if found is None or not (found.id == now or _may_take_jobs(found)):
            problem = f"No member {name}."
            raise UnknownMember(problem, field=field)
        return found.id

    def crew(self, wish: Wish, now: Sequence[str]) -> list[MemberId] | None:
        """Return the ids behind the names of helpers, None when nothing was said of them.

        Who helps `now` may go on, even if nobody else could be put there any more.
        """
        if wish.helpers is None:
            return None
        found: list[MemberId] = []
        for name in filter(None, wish.helpers):
            known = self.people.get(name)
            here = known.id if known is not None and known.id in now else ""
            found.append(self.person(name, "helpers", here) or MemberId(""))
        return found

    def place(self, wish: Wish) -> Place | None:
        """Return the place a wish names, if it names one."""
        return self.places.get(PlaceId(str(wish.values.get("place", ""))))


def _may_take_jobs(member: Member) -> bool:
    return member.role is not Role.OWNER and member.state is State.ACTIVE


def named(tx: Tx, company: CompanyId, wishes: Sequence[Wish]) -> Names:
    """Return the people and places the wishes name. UnknownPlace for a place nobody knows."""
    people: dict[str, Member] = {}
    for wish in wishes:
        for name in (wish.assignee, wish.dispatcher, *(wish.helpers or ())):
            if name and name not in people:
                found = accounts.find_named(tx, company, name)
                if found is not None:
                    people[name] = found
    wanted = {str(wish.values["place"]) for wish in wishes if wish.values.get("place")}
    known = places.find_many(tx, company, wanted)
    for place in sorted(wanted):
        if place not in known:
            problem = f"No place {place}."
            raise UnknownPlace(problem, field="placeUid")
    return Names(people, known)
