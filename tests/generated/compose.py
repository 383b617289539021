"""Compose configs of generated projects, in the environment in which these run.

    python compose.py PROJECT...

It prints a line for each project. All have one package name, so that its modules are imported anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

PACKAGE = "my_project"


def list_commands(list_choices: Callable[[str], list[str]]) -> list[tuple[str, ...]]:
    """The default, each experiment, and all loggers and callbacks together."""
    together = [f"{group}=[{','.join(list_choices(group))}]" for group in ("logger", "callbacks")]
    return [(), *((f"experiment={name}",) for name in list_choices("experiment")), tuple(together)]


def compose(project: Path) -> int:
    """Compose and resolve them; return their number."""
    sys.path.insert(0, str(project / "src"))
    try:
        build = import_module(f"{PACKAGE}.build")
        commands = list_commands(build.list_choices)
        for overrides in commands:
            cfg = build.compose("paths.run=run", *overrides)
            values = build.flat(build.OmegaConf.to_container(cfg))
            missing = [name for name, value in values.items() if value == "???"]
            assert overrides or not missing, missing  # an experiment may ask for its data
            for name in missing:
                build.OmegaConf.update(cfg, name, ".")
            build.OmegaConf.to_yaml(cfg, resolve=True)
    finally:
        sys.path.remove(str(project / "src"))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]
    return len(commands)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(argument, compose(Path(argument)))
