"""An appointment: a company, what is to be done for it, and when."""

from enum import StrEnum

from msgspec import Struct

from roundsman.core.ids import CompanyId


class What(StrEnum):
    """What there is to do."""

    DAY = "day"
    """The company's day changes: jobs are carried over, repeating jobs are made."""
    ARRIVALS = "arrivals"
    """The expected arrivals of a member (the subject) are to be thought over."""


class Appointment(Struct, frozen=True):
    """Something that is due; `subject` says about whom, empty for the company itself."""

    company: CompanyId
    subject: str
    due_us: int
