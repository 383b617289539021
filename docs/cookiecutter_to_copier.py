"""Turn the cookiecutter template in the current folder into a Copier template.

    python cookiecutter_to_copier.py

It needs Python alone. What has to be done by hand is printed.
"""

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

PROMPTS = "__prompts__"
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
VARIABLE = re.compile(r"\bcookiecutter\._*(\w+)")
RECORD = "{{ _copier_conf.answers_file }}.jinja"


def main() -> None:
    """Convert the folder, and print what is left to do."""
    config = json.loads(Path("cookiecutter.json").read_text(encoding="utf-8"))
    unrendered = config.pop("_copy_without_render", [])
    extensions = config.pop("_extensions", [])
    (root,) = Path().glob("*{{*cookiecutter.*}}*")
    for path in sorted(path for path in root.rglob("*") if path.is_file() or path.is_symlink()):
        move(path, path.relative_to(root).as_posix(), unrendered)
    for folder in sorted((p for p in root.rglob("*") if p.is_dir()), reverse=True):
        folder.rmdir()
    root.rmdir()
    Path("template", RECORD).write_text("{{ _copier_answers|to_nice_yaml }}", encoding="utf-8")
    Path("copier.yml").write_text("\n".join(copier_yml(config)) + "\n", encoding="utf-8")
    Path("cookiecutter.json").unlink()
    for hook in sorted(Path().glob("hooks/*")):
        print(f"by hand: {hook.as_posix()}: see what follows on the page")
    for extension in extensions:
        print(f"by hand: the Jinja extension {extension}")


def move(path: Path, name: str, unrendered: list[str]) -> None:
    """Put a file at its new place; what holds Jinja is named .jinja, because Copier asks for it."""
    target = "template/" + converted(name)
    content = None if path.is_symlink() else text_of(path)
    if content and not any(fnmatch(name, pattern) for pattern in unrendered):
        if re.search(r"\{[{%#]", content):
            path.write_bytes(converted(content).encode())
            target += ".jinja"
        if "cookiecutter" in converted(content):
            print(f"by hand: {target} still speaks of cookiecutter")
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)


def text_of(path: Path) -> str | None:
    """What a file holds; None where that is no text."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return None


def converted(text: str) -> str:
    """`{{ cookiecutter.name }}` is `{{ name }}`, and so is `{{ cookiecutter.__name }}`."""
    return JINJA.sub(lambda match: VARIABLE.sub(r"\1", match[0]), text)


def copier_yml(config: dict[str, Any]) -> list[str]:
    """The questions, as lines of YAML; a variable that starts with _ is never asked."""
    prompts = config.pop(PROMPTS, {})
    lines = ["_subdirectory: template"]
    for name, value in config.items():
        kind, entries = question(value, prompts.get(name))
        if name.startswith("_"):
            entries["when"] = False
        lines += ["", f"{name.lstrip('_')}:", f"  type: {kind}"]
        lines += [f"  {key}: {json.dumps(entry)}" for key, entry in entries.items()]
    return lines


def question(value: Any, prompt: Any) -> tuple[str, dict[str, Any]]:
    """The type and the rest of a question, from a variable of cookiecutter.json and its prompt."""
    labels = prompt if isinstance(prompt, dict) else {"__prompt__": prompt}
    asked = {"help": labels["__prompt__"]} if labels.get("__prompt__") else {}
    if isinstance(value, list):
        named = {labels.get(choice, choice): choice for choice in value}
        choices = named if set(named) != set(value) else value
        return "str", {**asked, "choices": choices, "default": value[0]}
    if isinstance(value, dict):
        return "json", {**asked, "default": json.dumps(value)}
    if isinstance(value, bool):
        return "bool", {**asked, "default": value}
    return "str", {**asked, "default": converted(str(value))}


if __name__ == "__main__":
    main()
