"""The notebook runs from top to bottom, and is kept without outputs."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parent.parent / "train.ipynb"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_runs(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    assert notebook.cells[-1].outputs
    assert list((tmp_path / "runs" / "notebook" / "checkpoints").glob("*.ckpt"))


def test_the_notebook_holds_no_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert cells
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
