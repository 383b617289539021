"""Turn the cookiecutter template in the current folder into a Copier template.

    python cookiecutter_to_copier.py

It needs Python alone. What has to be done by hand is printed.
"""

import json
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

# Names that mean something else in a Copier template.
TAKEN = {"now", "make_secret", "pathjoin", "range", "dict", "lipsum", "cycler", "joiner"}
TAKEN |= {"namespace", "loop", "self", "true", "false", "none", "not", "and", "or", "in", "is"}
MARKS = {
    "block_start_string": "{%",
    "block_end_string": "%}",
    "variable_start_string": "{{",
    "variable_end_string": "}}",
    "comment_start_string": "{#",
    "comment_end_string": "#}",
}
# Options of Jinja that a copier.yml may hold.
ENVOPS = {*MARKS, "trim_blocks", "lstrip_blocks", "keep_trailing_newline", "newline_sequence"}
ENVOPS |= {"line_statement_prefix", "line_comment_prefix", "autoescape"}
VARIABLE = re.compile(r"\bcookiecutter(?:\.(\w+)|\[\s*(['\"])(\w+)\2\s*\])")
# What cookiecutter adds to Jinja, or finds elsewhere.
FOREIGN = {
    r"\|\s*(slugify|jsonify)\b": "the filter {}",
    r"\b(random_ascii_string|uuid4)\s*\(": "the function {}()",
    r"[{<][%@]-?\s*(now)\s+['\"]": "the tag {}",
    r"\b(include|extends|import|from)\s+['\"]": "{}: its path starts at the template's folder",
}
LOCAL = re.compile(
    r"\b(?:set|for|with|macro\s+\w+\s*\(|import\b.*?\bas)\s+([\w\s,=]+?)\s*(?:=|\bin\b|\)|-?[%@])"
)


class Conversion:
    """What the variables are called now, and how the template marks Jinja."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.unrendered = config.pop("_copy_without_render", [])
        self.prompts = config.pop("__prompts__", {})
        self.extensions = config.pop("_extensions", [])
        self.newline = config.pop("_new_lines", None)
        self.envops = config.pop("_jinja2_env_vars", {})
        self.config = config
        self.marks = {**MARKS, **{k: v for k, v in self.envops.items() if k in MARKS}}
        kinds = ("block", "variable", "comment")
        ends = [(self.marks[f"{k}_start_string"], self.marks[f"{k}_end_string"]) for k in kinds]
        spans = "|".join(f"{re.escape(start)}.*?{re.escape(end)}" for start, end in ends)
        self.jinja = re.compile(spans, re.DOTALL)
        self.starts = tuple(start for start, _ in ends)
        self.names = self._new_names()
        self.suffix = ".jinja"
        self.said: set[str] = set()

    def _new_names(self) -> dict[str, str]:
        """A name for each variable that no other has: Copier's names start with no ``_``."""
        names: dict[str, str] = {}
        for name in sorted(self.config, key=lambda name: name.startswith("_")):
            new = re.sub(r"\W", "_", name.lstrip("_")) or "private"
            while new in TAKEN or new in names.values():
                new = f"private_{new}" if name.startswith("_") else f"{new}_"
            names[name] = new
        return names

    def by_hand(self, what: str) -> None:
        """Print what this script leaves to a person, once."""
        if what not in self.said:
            self.said.add(what)
            print(f"by hand: {what}")

    def has_jinja(self, text: str) -> bool:
        """Whether a text holds something that Jinja reads."""
        lines = [self.envops.get(f"line_{kind}_prefix") for kind in ("statement", "comment")]
        return any(start in text for start in self.starts) or any(p and p in text for p in lines)

    def text(self, text: str, where: str) -> str:
        """A text in which `cookiecutter.name` is `name`; what does not work is printed."""
        has_prefix = any(key.endswith("_prefix") for key in self.envops)
        if has_prefix:
            new = VARIABLE.sub(self._variable, text)
        else:
            new = self.jinja.sub(lambda match: VARIABLE.sub(self._variable, match[0]), text)
        inside = new if has_prefix else "\n".join(self.jinja.findall(new))
        for what in problems(inside, set(self.names.values())):
            self.by_hand(f"{where} {what}")
        return new

    def _variable(self, match: re.Match[str]) -> str:
        return self.names.get(match[1] or match[3], match[0])

    def unrendered_from(self, name: str) -> str | None:
        """The file itself or the folder around it that is copied as it is; None if neither is."""
        parts = name.split("/")
        paths = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        found = (path for path in paths if any(fnmatch(path, p) for p in self.unrendered))
        return next(found, None)

    def move(self, path: Path, name: str) -> None:
        """Put a file at its new place; what holds Jinja gets the suffix that Copier asks for."""
        content = None if path.is_symlink() else text_of(path)
        target = "template/" + self.text(name, f"the name {name}")
        unrendered = self.unrendered_from(name)
        if unrendered is not None:
            if self.has_jinja(name.removeprefix(unrendered)):
                self.by_hand(
                    f"{target}: Copier renders the names in a folder that is copied as it is"
                )
        elif content and self.has_jinja(content):
            target += self.suffix
            path.write_bytes(self.text(content, target).encode())
            if "\r\n" in content:
                self.by_hand(f"{target} has CRLF at the ends of lines, and Copier writes LF")
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)

    def copier_yml(self) -> Iterator[str]:
        """The settings and the questions, as lines of YAML."""
        yield "_subdirectory: template"
        if self.suffix != ".jinja":
            yield f"_templates_suffix: {self.suffix}"
        if envops := {key: value for key, value in self.envops.items() if key in ENVOPS}:
            yield f"_envops: {json.dumps(envops)}"
        for name, value in self.config.items():
            entries = self.question(name, value)
            yield from ("", f"{self.names[name]}:", f"  type: {entries.pop('type')}")
            yield from (f"  {key}: {json.dumps(entry)}" for key, entry in entries.items())

    def question(self, name: str, value: Any) -> dict[str, Any]:
        """What copier.yml says of a variable; one that starts with _ is never asked."""
        prompt = self.prompts.get(name)
        labels = prompt if isinstance(prompt, dict) else {"__prompt__": prompt}
        text = labels.get("__prompt__")
        asked = {"help": text} if text else {}
        if any(self.has_jinja(str(label)) for label in labels.values()):
            self.by_hand(f"{self.names[name]}: Copier renders its help, which holds Jinja")
        if name.startswith("_"):
            return {**self.typed(name, value, is_private=True), "when": False}
        if isinstance(value, list) and value:
            choices = [self.text(str(choice), self.names[name]) for choice in value]
            named = {
                str(labels.get(str(old), new)): new for old, new in zip(value, choices, strict=True)
            }
            shown = choices if list(named) == choices or len(named) < len(choices) else named
            return {"type": "str", **asked, "choices": shown, "default": choices[0]}
        typed = self.typed(name, value)
        return {"type": typed.pop("type"), **asked, **typed}

    def typed(self, name: str, value: Any, *, is_private: bool = False) -> dict[str, Any]:
        """The type and the default of a variable that is no choice."""
        new = self.names[name]
        if value is None:
            self.by_hand(
                f"{new} is null, which Copier has no default for: its default is empty now"
            )
            value = ""
        if isinstance(value, bool) and not (is_private and name.startswith("__")):
            return {"type": "bool", "default": value}
        is_raw = is_private and not name.startswith("__")
        if is_raw and self.has_jinja(json.dumps(value)):
            self.by_hand(f"{new}: Copier renders its value, which cookiecutter does not")
        if isinstance(value, list | dict):
            text = json.dumps(value, ensure_ascii=False)
            text = self.jinja.sub(lambda match: match[0].replace('\\"', '"'), text)
            if self.has_jinja(text):
                self.by_hand(f"{new}: an answer with a quotation mark breaks its JSON")
            return {"type": "json", "default": self.text(text, new)}
        return {"type": "str", "default": self.text(str(value), new)}


def problems(jinja: str, names: set[str]) -> Iterator[str]:
    """What does not work in Copier as it did, in the Jinja of one file."""
    if "cookiecutter" in jinja:
        yield "still speaks of cookiecutter"
    for pattern, called in FOREIGN.items():
        for found in sorted({match[1] for match in re.finditer(pattern, jinja)}):
            yield f"uses {called.format(found)}"
    words = {word for match in LOCAL.finditer(jinja) for word in re.findall(r"\w+", match[1])}
    for name in sorted(words & names):
        yield f"gives the name {name}, which is a question now, to something else"


def text_of(path: Path) -> str | None:
    """What a file holds; None where that is no text."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def find_root() -> Path:
    """The folder that becomes the project."""
    if not Path("cookiecutter.json").is_file():
        sys.exit("error: there is no cookiecutter.json in this folder\nnext: Go to the template.")
    roots = [path for path in Path().iterdir() if path.is_dir() and "cookiecutter" in path.name]
    roots = [path for path in roots if re.search(r"\W\s*cookiecutter\s*[.\[]", path.name)]
    if len(roots) != 1:
        found = ", ".join(sorted(map(str, roots))) or "none"
        sys.exit(f"error: one folder named {{{{cookiecutter.…}}}} is expected, found: {found}")
    if Path("template").exists() or Path("copier.yml").exists():
        sys.exit("error: there is a template/ or a copier.yml already\nnext: Move it away.")
    return roots[0]


def main() -> None:
    """Convert the folder, and print what is left to do."""
    root = find_root()
    turn = Conversion(json.loads(Path("cookiecutter.json").read_text(encoding="utf-8")))
    paths = sorted(path for path in root.rglob("*") if path.is_file() or path.is_symlink())
    while any(path.name.endswith(turn.suffix) for path in paths):
        turn.suffix = turn.suffix.replace(".", ".copier-")
    for path in paths:
        turn.move(path, path.relative_to(root).as_posix())
    for folder in sorted((p for p in root.rglob("*") if p.is_dir()), reverse=True):
        folder.rmdir()
    root.rmdir()
    start, end = turn.marks["variable_start_string"], turn.marks["variable_end_string"]
    record = f"{start} _copier_conf.answers_file {end}{turn.suffix}"
    Path("template").mkdir(exist_ok=True)
    content = f"{start} _copier_answers|to_nice_yaml {end}"
    Path("template", record).write_text(content, encoding="utf-8")
    Path("copier.yml").write_text("\n".join(turn.copier_yml()) + "\n", encoding="utf-8")
    Path("cookiecutter.json").unlink()
    for path in sorted(Path("template").rglob("*")):
        if path.is_symlink() and not path.exists():
            turn.by_hand(
                f"{path.as_posix()} is a link to {path.readlink()}, which is not there now"
            )
    for name, new in turn.names.items():
        if new != name.lstrip("_"):
            turn.by_hand(f"the variable {name} is called {new} now, in answers too")
    for hook in sorted(path for path in Path().glob("hooks/**/*") if path.is_file()):
        turn.by_hand(f"{hook.as_posix()}: see what follows on the page")
    for extension in turn.extensions:
        turn.by_hand(f"the Jinja extension {extension}")
    for option in sorted(set(turn.envops) - ENVOPS):
        turn.by_hand(f"the Jinja option {option}: Copier has none of that name")
    if turn.newline is not None:
        turn.by_hand("_new_lines: Copier writes LF")


if __name__ == "__main__":
    main()
