"""Write the TypeScript twin of `roundsman/web/shapes/` to `frontend/src/api/types.ts`.

Run it after each change of the shapes; a house test compares the committed file with `render()`.
"""

import inspect
from pathlib import Path

from msgspec import inspect as look

from roundsman.web.shapes import addresses, board, dispatch, integrations, maps, session, team
from roundsman.web.shapes.shape import Shape

TARGET = Path(__file__).resolve().parent.parent / "frontend" / "src" / "api" / "types.ts"
MODULES = (session, board, dispatch, addresses, maps, team, integrations)
HEAD = """\
// What the browser app and the server say to each other. Made by scripts/make_web_types.py from
// roundsman/web/shapes/: change it there and run the script again.
"""
PLAIN: dict[type[look.Type], str] = {
    look.StrType: "string",
    look.IntType: "number",
    look.FloatType: "number",
    look.BoolType: "boolean",
    look.NoneType: "null",
}


def render() -> str:
    """Return the text of the TypeScript file: one interface for each shape, in their order."""
    structs = [
        value
        for module in MODULES
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Shape)
        and value.__module__ == module.__name__
    ]
    return "\n".join([HEAD, *(_interface(struct) for struct in structs)])


def _interface(struct: type[Shape]) -> str:
    info = look.type_info(struct)
    if not isinstance(info, look.StructType):
        raise TypeError(f"{struct.__name__} is not a struct.")
    lines = _comment(inspect.getdoc(struct) or "")
    lines.append(f"export interface {struct.__name__} {{")
    if info.tag is not None:
        lines.append(f'  {info.tag_field}: "{info.tag}";')
    lines += [f"  {field.encode_name}: {_type(field.type)};" for field in info.fields]
    return "\n".join([*lines, "}", ""])


def _comment(text: str) -> list[str]:
    body = [f" * {line}".rstrip() for line in text.splitlines()]
    return ["/**", *body, " */"]


def _type(kind: look.Type) -> str:
    match kind:
        case look.StructType(cls=cls):
            text = cls.__name__
        case look.UnionType(types=types):
            text = " | ".join(_type(one) for one in types)
        case look.TupleType(item_types=types):
            text = f"[{', '.join(_type(one) for one in types)}]"
        case look.ListType(item_type=item):
            text = f"({_type(item)})[]" if isinstance(item, look.UnionType) else f"{_type(item)}[]"
        case look.DictType(key_type=key, value_type=value):
            text = f"Record<{_type(key)}, {_type(value)}>"
        case look.LiteralType(values=values):
            text = " | ".join(f'"{value}"' for value in values)
        case _:
            text = PLAIN[type(kind)]
    return text


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(render(), encoding="utf-8")
    print(f"Wrote {TARGET}.")
