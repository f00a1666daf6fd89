"""The base map under the live map, and the page on which maps are imported."""

from roundsman.web.shapes.shape import Shape


class MapFrame(Shape, frozen=True):
    """A rectangle of degrees."""

    west: float
    south: float
    east: float
    north: float


class BaseMap(Shape, frozen=True):
    """Answer of `GET /web/basemap`: where tiles are; `tiles` is empty when no map is imported."""

    tiles: str
    max_zoom: int
    frame: MapFrame | None
    attribution: str


class MapRegion(Shape, frozen=True):
    """An imported extract. `problem` says what is wrong with it, or nothing."""

    name: str
    file: str
    data_at: str
    imported_at: int
    bytes: int
    streets: int
    houses: int
    modes: list[str]
    base_map: bool
    problem: str


class MapWork(Shape, frozen=True):
    """The import at work, or how the last one ended.

    `state` is running, done, failed, cancelled or interrupted; `percent` is that of the step.
    """

    name: str
    file: str
    modes: list[str]
    state: str
    done: int
    steps: int
    what: str
    percent: int | None
    started: int
    said: int
    message: str


class MapFile(Shape, frozen=True):
    """A file on the server that can be imported; it is whole when `bytes` is `size`."""

    name: str
    bytes: int
    size: int
    changed: int


class MapsPage(Shape, frozen=True):
    """Answer of `GET /web/maps`. `why_not` says why the viewer may only look, or nothing."""

    why_not: str
    regions: list[MapRegion]
    unfinished: list[str]
    work: MapWork | None
    files: list[MapFile]
    folder: str
    free: int
    upload_limit: int
    piece: int
    modes: list[str]
    attribution: str


class StartImport(Shape, frozen=True):
    """Body of `POST /web/maps/import`: a file that waits, and the travel modes to build for.

    An empty name is made from that of the file.
    """

    file: str
    name: str
    modes: list[str]


class Received(Shape, frozen=True):
    """Answer of `PUT /web/maps/files/{name}`: how many bytes of the file are there."""

    bytes: int
