"""Company preferences: data that administrators change, as opposed to process settings."""

from msgspec import Struct


class InputField(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A numbered input that workers fill in on a job.

    `kind` is number or text; `form` refines it: number, bool, text or decimal.
    """

    kind: str
    slot: int
    label: str
    form: str = ""


class Policy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The preferences of a company; every number of the product's rules is one of them."""

    api_enabled: bool = False
    """Whether API keys of the company are honoured."""
    switches: dict[str, bool] = {}
    """Company switches by name; see `accounts.rights.COMPANY_SWITCHES`."""
    role_switches: dict[str, dict[str, bool]] = {}
    """Rights given to or taken from a role."""
    auto_checkin: bool = True
    """Whether the location engine checks members in and out."""
    checkin_delay_s: int = 120
    """Least time on site before a check-in counts (0 to 1800)."""
    checkout_delay_s: int = 120
    """Least time outside before a check-out counts (0 to 1800)."""
    job_radius_m: int = 100
    """Check-in radius of jobs that are not at a place (25 to 2000)."""
    place_radius_m: int = 100
    """Check-in radius of places without one of their own; 0 is no check-in (0 to 5000)."""
    inputs: list[InputField] = []
    """The numbered inputs of jobs."""
    default_on_site_s: int = 720
    """Assumed time on site of a new job."""
    slot_minutes: int = 120
    """Length of the windows that customers are offered (15 to 720)."""
    slots_from_minutes: int = 480
    """When the first of a day begins, in minutes after midnight (0 to 1440)."""
    slots_until_minutes: int = 1080
    """When the last of a day ends, in minutes after midnight (0 to 1440)."""
    slot_hold_minutes: int = 30
    """How long a window stays reserved for a customer (1 to 10080)."""
    carry_over_max: int = 7
    """How often an unfinished job moves on to the next day before it stays (0 to 365)."""
    eta_change_s: int = 900
    """How far an expected arrival moves before it is told anew (60 to 7200)."""
    legacy_action_names: bool = False
    """Whether webhooks use the old names jobchecked and placechecked."""
    flat_custom_fields: bool = False
    """Whether jobs are answered with `custom_<name>` beside `customFields`."""
