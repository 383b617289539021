"""Small blueprints on disk, built from dicts of path -> text."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .factories import Files, tree

__all__ = ["copier_template", "layered", "repository", "run_git", "tree"]
ENVOPS = "_envops: {trim_blocks: true, lstrip_blocks: true, keep_trailing_newline: true}\n"


def run_git(*args: str, cwd: Path) -> str:
    """Run git as a person would; returns what it printed."""
    done = subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def repository(root: Path, versions: Mapping[str, Files]) -> Path:
    """A git repository with one commit and tag for each version."""
    root.mkdir(parents=True)
    run_git("init", "-q", "-b", "main", cwd=root)
    for tag, files in versions.items():
        for old in run_git("ls-files", "-z", cwd=root).split("\0")[:-1]:
            os.unlink(root / old)  # noqa: PTH108
        tree(root, files)
        run_git("add", "-A", cwd=root)
        run_git("commit", "-q", "-m", tag, "--allow-empty", cwd=root)
        run_git("tag", tag, cwd=root)
    return root


def copier_template(body: str = "hello {{ name }}\n") -> dict[str, str]:
    """A plain Copier template with one question."""
    return {
        "copier.yml": "_subdirectory: template\nname:\n  type: str\n  default: world\n",
        "template/hello.txt.jinja": body,
        "template/plain.txt": "as it is {{ name }}\n",
        "template/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}\n",
    }


def layered(**extra: str) -> dict[str, str]:
    """A layered blueprint with a task that has two choices, loggers, and a yes/no question."""
    return {
        "blueprint.yml": "title: Tiny\ndescription: For tests.\nversion: 1.0.0\n",
        "copier.yml": ENVOPS
        + "_message_after_copy: \"{% include 'parts/next-steps' %}\"\n"
        + "project_name:\n  type: str\n  default: Demo\n  help: Its name.\n"
        + "author_name:\n  type: str\n  default: Nobody\n"
        + "slug:\n  type: str\n  default: '{{ project_name|lower }}'\n  when: false\n"
        + "task:\n  type: str\n  default: images\n  help: What to learn.\n"
        + "loggers:\n  type: str\n  multiselect: true\n  default: [csv]\n"
        + "docker:\n  type: bool\n  default: false\n",
        "layers/base/layer.yml": "title: Base\nhelp: Always.\norder: 0\n"
        "dependencies: [torch>=2.6]\n",
        "layers/base/README.md.jinja": "# {{ project_name|markdown }}\n"
        '{% include "parts/readme" %}\n## End\n',
        "layers/base/pyproject.toml.jinja": "[project]\nname = {{ project_name|quoted }}\n"
        'dependencies = [\n{% include "parts/dependencies" %}\n]\n',
        "layers/base/src/{{ slug }}/net.py": "class Net: ...\n",
        "layers/base/parts/next-steps": "python -m {{ slug }}\n",
        "layers/task/images/layer.yml": "title: Images\nhelp: Classify images.\norder: 1\n",
        "layers/task/images/data.py": "images = True\n",
        "layers/task/text/layer.yml": "title: Text\nhelp: Classify text.\norder: 2\n",
        "layers/task/text/data.py": "images = False\n",
        "layers/loggers/csv/layer.yml": "title: CSV\nhelp: A file.\norder: 1\n",
        "layers/loggers/wandb/layer.yml": "title: W&B\nhelp: A service.\norder: 2\n"
        "dependencies: ['wandb>=0.19']\n",
        "layers/loggers/wandb/parts/readme": "\n## Tracking of {{ project_name|markdown }}\n\n",
        "layers/docker/yes/layer.yml": "title: Docker\nhelp: An image.\n",
        "layers/docker/yes/Dockerfile": "FROM python\n",
        **extra,
    }
