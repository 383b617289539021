"""Train a model: this is the command `train`."""

import logging
import os
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import seed_everything

from .build import CONFIGS, build_data, build_model, build_trainer, closing, plain, prepare_job
from .checkpoints import Checkpoints, best_metrics, metrics_now
from .record import RANK_ZERO_RUN, Recorder, adopt_checkpoints, record
from .runs import load_config

log = logging.getLogger(__name__)


def train(cfg: DictConfig) -> dict[str, float]:
    """Fit, then test the best checkpoint; returns its epoch, and its metrics in all stages."""
    with record(cfg) as run:
        seed_everything(cfg.seed, workers=True, verbose=False)
        data, model = build_data(cfg), build_model(cfg)
        trainer = build_trainer(cfg, Checkpoints(cfg))
        with closing(trainer.loggers):
            for logger in trainer.loggers:
                logger.log_hyperparams(plain(cfg))
            trainer.fit(model, data, ckpt_path=_start(cfg, run))
            best, metrics = best_metrics(trainer)
            run.note(metrics=metrics, **_noted(best, metrics, cfg.objective.metric))
            if cfg.test:
                trainer.test(model, data, ckpt_path=best, verbose=False)
                metrics |= metrics_now(trainer)
                run.note(metrics=metrics)
    for name, value in metrics.items():
        log.info("%s: %s", name, value if isinstance(value, int) else f"{value:.4f}")
    log.info("run: %s", run.folder)
    return metrics


def resumed(cfg: DictConfig, overrides: list[str]) -> DictConfig:
    """The config of the run to resume, with what this command overrides on top."""
    old = load_config(cfg.resume, raw=True)
    old.paths = cfg.paths
    for override in overrides:
        key = override.partition("=")[0].lstrip("+")
        OmegaConf.update(old, key, OmegaConf.select(cfg, key), merge=False, force_add=True)
    return old


def _start(cfg: DictConfig, run: Recorder) -> Path | None:
    if not cfg.resume:
        return None
    if run.writes:
        adopt_checkpoints(Path(cfg.resume), run.folder)
    return run.folder / "checkpoints" / "last.ckpt"


def _noted(best: Path | None, metrics: dict[str, float], objective: str) -> dict[str, Any]:
    if best is None:
        return {"best_checkpoint": None, "best": None}
    found = {"metric": objective, "value": metrics.get(objective), "epoch": metrics["epoch"]}
    return {"best_checkpoint": best.name, "best": found}


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="train")
def hydra_main(cfg: DictConfig) -> float | None:
    prepare_job(cfg)
    if cfg.resume:
        cfg = resumed(cfg, list(HydraConfig.get().overrides.task))
    return train(cfg).get(cfg.objective.metric)


def main() -> None:
    """Run Hydra; a process that Lightning starts for another rank joins rank 0's run instead."""
    if run := os.environ.get(RANK_ZERO_RUN):
        cfg = load_config(run)
        prepare_job(cfg)
        train(cfg)
    else:
        hydra_main()


if __name__ == "__main__":
    main()
