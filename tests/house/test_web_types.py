"""The browser app speaks of the shapes the server has."""

from scripts import make_web_types


def test_the_types_of_the_browser_app_are_those_of_the_shapes() -> None:
    written = make_web_types.TARGET.read_text(encoding="utf-8")
    assert written == make_web_types.render(), (
        "Run `python -m scripts.make_web_types` after changing roundsman/web/shapes/."
    )
