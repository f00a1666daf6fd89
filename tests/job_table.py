"""The Job object as the contract describes it, written from there and not from the code."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

# A freshly created job in full, where the caller sent nothing (objects/job.md 9). The two time
# stamps and the id are the moment and the draw, and left out.
DEFAULTS: dict[str, Any] = msgspec.json.decode("""
{
  "uidSecondary": "", "type": 0, "teamId": 0, "orderId": 0, "fileNumber": "",
  "label": "", "labels": "", "priority": 5, "destinationName": "", "destinationText": "",
  "destinationLat": 0, "destinationLng": 0, "placeUid": "", "placeName": "", "placeUrl": "",
  "radius": 100, "contactName": "", "contactPhone": "", "contactEmail": "",
  "confirmationEmails": "", "day": 0, "number": 0, "windowStart": 0, "windowEnd": 2400,
  "onSiteSeconds": 720, "scheduledStart": 0, "scheduledEnd": 0, "carryOver": 1,
  "itemsToDropoff": 0, "itemsToPickup": 0, "worker": "", "workerName": "", "workerEmail": "",
  "workerPhone": "", "receiverUid": "", "assigneeName": "", "assigneeUsername": "",
  "dispatcherUid": "", "dispatcherName": "", "dispatcherUrl": "", "textDispatcher": "",
  "textReceiver": "", "tsAssigned": 0, "tsScheduled": 0, "tsAccepted": 0, "tsRejected": 0,
  "tsCheckIn": 0, "tsCheckOut": 0, "tsCheckNFC1": 0, "tsCheckNFC2": 0, "tsDoneSuccess": 0,
  "tsDoneFailed": 0, "tsSignature": 0, "customFields": [], "linkedForms": "",
  "submittedForms": "", "inputFormConfig": "", "linkedZones": "", "manualChecks": "",
  "signatureName": "", "signatureSvg": "", "signaturePdf": ""
}
""")

# What a client may send back and the server does not read.
READ_ONLY: dict[str, Any] = {
    "id": "65a1b2c3d4e5f60718293a4b",
    "status": "archived",
    "destinationUrl": "https://maps.example/1",
    "placeName": "Depot",
    "placeUrl": "https://icons.example/1.png",
    "radius": 5000,
    "scheduledStart": 1767600000000,
    "scheduledEnd": 1767600720000,
    "workerName": "Somebody",
    "workerEmail": "somebody@acme.example",
    "workerPhone": "+4312345",
    "assigneeName": "Somebody",
    "assigneeUsername": "somebody",
    "dispatcherName": "Somebody",
    "dispatcherUrl": "https://icons.example/2.png",
    "tsSaved": 1,
    "tsAssigned": 2,
    "tsScheduled": 3,
    "tsSignature": 4,
    "submittedForms": "f1",
    "inputFormConfig": "{}",
    "manualChecks": "[]",
    "signatureName": "Somebody",
    "signatureSvg": "<svg/>",
    "signaturePdf": "https://files.example/1.pdf",
    "extra_number_1_key": "Boxes",
    "extra_text_1_key": "Remark",
    "extra_number_types": "{}",
    "extra_text_types": "{}",
    "nobody_knows_this": {"deep": [1, 2, 3]},
}

NO_TEXTS: tuple[Any, ...] = (5, 1.5, True, [], {}, ["a text"])
NO_INTEGERS: tuple[Any, ...] = ("abc", "", "1_0", " 5", "5.0", "0x10", "٣", 1.5, [], {}, [1])
NO_NUMBERS: tuple[Any, ...] = ("north", "", "nan", "inf", "1_0", "0x10", True, [], {}, [1])
TOO_LONG = "x" * 20_001
MOMENT_MS = 1767600000000


class Line(NamedTuple):
    """A writable property: a value to send, the value that clears it, and what is refused."""

    wire: str
    value: Any
    empty: Any
    wrong_types: tuple[Any, ...]
    wrong_values: tuple[Any, ...]


def _text(wire: str, value: str) -> Line:
    return Line(wire, value, "", NO_TEXTS, (TOO_LONG,))


def _whole(wire: str, value: int, *wrong: Any) -> Line:
    return Line(wire, value, 0, (*NO_INTEGERS, True), wrong)


def _moment(wire: str) -> Line:
    return _whole(wire, MOMENT_MS, -1, 10**15, 2**63, 10**30)


def _degrees(wire: str, value: float, most: float) -> Line:
    return Line(wire, value, 0, NO_NUMBERS, (most + 0.001, -most - 0.001, 1e300))


_NO_DAYS = (-1, 1, 20260230, 20261301, 2026, 18991231, 99990101, 2**40, 2**63, 10**30)
_NO_TIMES = (-1, 60, 961, 2401, 2500, 9999, 2**63)
_NO_COUNTS = (-1, 1_000_001, 2**63, 10**30)

LINES: tuple[Line, ...] = (
    Line("uidSecondary", "ERP-17", "", NO_TEXTS, ("x" * 256,)),
    _whole("type", 2, -1, 3, 2**63),
    _whole("teamId", 3, *_NO_COUNTS),
    _whole("orderId", 2**62, 2**63, -(2**63) - 1, 10**30),
    _text("fileNumber", "F-1/26"),
    _text("labels", "urgent,vip"),
    _whole("priority", 10, -1, 11),
    _text("destinationName", "Boiler check"),
    _text("destinationText", "Am Hof 1, 1010 Wien"),
    _text("contactName", "Ms Huber"),
    _text("contactPhone", "+431987654"),
    _text("contactEmail", "huber@example.com"),
    _text("confirmationEmails", "a@example.com,b@example.com"),
    _whole("day", 20260105, *_NO_DAYS),
    _whole("number", 7, *_NO_COUNTS),
    _whole("windowStart", 930, *_NO_TIMES),
    _whole("windowEnd", 1745, *_NO_TIMES),
    _whole("onSiteSeconds", 1800, -1, 7 * 86_400 + 1, 2**63),
    Line("carryOver", 0, 0, NO_INTEGERS, (2, -1)),
    _whole("itemsToDropoff", 3, *_NO_COUNTS),
    _whole("itemsToPickup", 4, *_NO_COUNTS),
    _text("textDispatcher", "Ring twice.\nThen wait."),
    _text("textReceiver", "Done; key is back."),
    _moment("tsAccepted"),
    _moment("tsRejected"),
    _moment("tsCheckIn"),
    _moment("tsCheckOut"),
    _moment("tsCheckNFC1"),
    _moment("tsCheckNFC2"),
    _moment("tsDoneSuccess"),
    _text("linkedForms", "f1,f2"),
    _text("linkedZones", "z1,z2"),
    _degrees("destinationLat", 48.2082, 90),
    _degrees("destinationLng", 16.3738, 180),
)

# Writable too, each with tests of its own: it stands for something else, or excludes a line above.
OTHERS = frozenset(
    {
        "label",
        "notes",
        "placeUid",
        "tsCreated",
        "tsDoneFailed",
        "worker",
        "receiverUid",
        "dispatcherUid",
        "helpers",
        "customFields",
        "pin",
    }
)

WHOLE_JOB: dict[str, Any] = {line.wire: line.value for line in LINES}
EMPTY_JOB: dict[str, Any] = {line.wire: line.empty for line in LINES}


def each(values: Iterable[Any]) -> Iterable[Any]:
    """Return the values for a loop: what a client may send has any type, or several."""
    return values
