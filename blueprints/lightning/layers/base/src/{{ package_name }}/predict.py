"""Predict in batches with a trained model: this is the command `predict`."""

import csv
from pathlib import Path
from typing import Any

import hydra
from hydra.utils import get_class
from omegaconf import DictConfig, OmegaConf
from torch.utils.data import DataLoader, Subset

from .build import CONFIGS, ONE_PROCESS, build_data, build_trainer, command
from .runs import RunError, load_checkpoint, load_model, make


def predict(cfg: DictConfig) -> list[dict[str, Any]]:
    """One row per item: its file or number, and the columns of the model's `to_rows`.

    The dataset's `from_files` makes items of files, by what the checkpoint holds about the data.
    """
    return predict_items(cfg)[1]


def predict_items(cfg: DictConfig) -> tuple[Any, list[dict[str, Any]]]:
    """The model, and the rows of `predict`."""
    if not cfg.run and cfg.checkpoint in ("best", "last"):
        raise RunError("which model? write run=FOLDER or checkpoint=FILE")
    source = (cfg.run or cfg.checkpoint, cfg.checkpoint)
    model: Any = load_model(*source)
    if not hasattr(model, "to_rows"):
        raise RunError(f"{type(model).__name__} makes no rows; write a method to_rows in it")
    saved = load_checkpoint(*source)
    config = OmegaConf.create(saved["config"])
    if hasattr(model, "list_items"):  # it makes them of the config alone
        dataset = model.list_items(cfg)
        items = Subset(dataset, range(len(dataset)))
    elif cfg.files:
        kind: Any = get_class(config.data.dataset._target_)
        if not hasattr(kind, "from_files"):
            raise RunError(f"{kind.__name__} reads no files; write a class method from_files in it")
        dataset = kind.from_files(cfg.files, saved["data"])
        items = Subset(dataset, range(len(dataset)))
    else:
        items = vars(build_data(config))["test"]
        dataset = items.dataset
    if not len(items):
        raise RunError("the run has no test items; write files=FOLDER")
    collate = make(config.data.get("collate"))
    loader = DataLoader(items, cfg.batch_size, num_workers=cfg.num_workers, collate_fn=collate)
    batches = build_trainer(cfg, **ONE_PROCESS).predict(model, loader) or []
    rows = (row for batch in batches for row in model.to_rows(batch, saved["data"]))
    names = getattr(dataset, "names", None) or range(len(dataset))
    return model, [{"item": names[n]} | row for n, row in zip(items.indices, rows, strict=True)]


def write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="predict")
def main(cfg: DictConfig) -> None:
    with command(cfg):
        model, rows = predict_items(cfg)
        getattr(model, "write_predictions", write_csv)(rows, Path(cfg.output))
        print(f"{cfg.output}: {len(rows)} predictions")


if __name__ == "__main__":
    main()
