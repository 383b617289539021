"""Predict in batches with a run's model: this is the command `predict`."""

import csv
from pathlib import Path
from typing import Any

import hydra
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig

from .build import CONFIGS, ONE_PROCESS, build_trainer, command
from .data.datamodule import ImageData
from .runs import load_config, load_model


def predict(cfg: DictConfig) -> list[dict[str, Any]]:
    """One row per item: its file or index, the label, and the label's probability."""
    data: ImageData = instantiate(load_config(cfg.run).data, images=cfg.images, _convert_="all")
    model = load_model(cfg.run, cfg.checkpoint)
    batches = build_trainer(cfg, **ONE_PROCESS).predict(model, data)
    probabilities, labels = torch.cat([torch.as_tensor(b) for b in batches or []]).max(-1)
    columns = zip(data.predict_names, labels.tolist(), probabilities.tolist(), strict=True)
    return [{"item": item, "label": label, "probability": p} for item, label, p in columns]


def write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=["item", "label", "probability"])
        writer.writeheader()
        writer.writerows(rows)


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="predict")
def main(cfg: DictConfig) -> None:
    with command(cfg):
        rows = predict(cfg)
        write_csv(rows, Path(cfg.output))
        print(f"{cfg.output}: {len(rows)} predictions")


if __name__ == "__main__":
    main()
