"""For the tests of trust: a person who is asked, and a server that knows what it was asked."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scaffold import Inputs

from .blueprints_on_disk import copier_template, repository, run_git

PLAIN = copier_template()


def blueprint(settings: str) -> dict[str, str]:
    """A plain template that has these settings, too."""
    return {**PLAIN, "copier.yml": settings + PLAIN["copier.yml"]}


@dataclass
class Person:
    """Answers whatever is asked, and remembers it."""

    agrees: bool
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def __call__(self, question: str, lines: Sequence[str]) -> bool:
        self.asked.append((question, tuple(lines)))
        return self.agrees


def said(person: Person | None = None, **environ: str) -> Inputs:
    return Inputs(defaults=True, confirm=person, environ={**os.environ, **environ})


@dataclass
class Server:
    """Serves what lies in a folder, and remembers what was asked for."""

    folder: Path
    url: str
    asked: list[str]

    def blueprint(self, name: str, versions: Mapping[str, Mapping[str, str]]) -> str:
        """A blueprint with an address of its own."""
        repository(self.folder / f"{name}.work", versions)
        self.publish(name)
        return f"{self.url}/{name}.git"

    def publish(self, name: str) -> None:
        """Serve what a blueprint holds now."""
        bare = self.folder / f"{name}.git"
        shutil.rmtree(bare, ignore_errors=True)
        work = str(self.folder / f"{name}.work")
        run_git("clone", "-q", "--bare", work, str(bare), cwd=self.folder)
        run_git("--git-dir", str(bare), "update-server-info", cwd=self.folder)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve a folder over HTTP from this machine."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Server(folder, f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def another_user(home: Path) -> None:
    """Forget what was used and trusted, and all copies: as on a colleague's machine."""
    shutil.rmtree(home / ".local", ignore_errors=True)
    shutil.rmtree(home / ".cache", ignore_errors=True)
