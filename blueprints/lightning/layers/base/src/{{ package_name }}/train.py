"""Train a model: this is the command `train`."""

import logging
import os
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Trainer, seed_everything

from .build import CONFIGS, build_data, build_model, build_trainer, closing, plain, prepare_job
from .record import RANK_ZERO_RUN, Recorder, adopt_checkpoints, record
from .runs import load_config

log = logging.getLogger(__name__)


def train(cfg: DictConfig) -> dict[str, float]:
    """Fit, then test the best checkpoint; returns the metrics of both."""
    with record(cfg) as run:
        seed_everything(cfg.seed, workers=True, verbose=False)
        data, model, trainer = build_data(cfg), build_model(cfg), build_trainer(cfg)
        with closing(trainer.loggers):
            for logger in trainer.loggers:
                logger.log_hyperparams(plain(cfg))
            trainer.fit(model, data, ckpt_path=_start(cfg, run))
            metrics = _note(trainer, run, {})
            if cfg.test:
                trainer.test(model, data, ckpt_path=_best(trainer), verbose=False)
                metrics = _note(trainer, run, metrics)
    for name, value in metrics.items():
        log.info("%s: %.4f", name, value)
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


def _note(trainer: Trainer, run: Recorder, metrics: dict[str, float]) -> dict[str, float]:
    metrics = metrics | {name: float(value) for name, value in trainer.callback_metrics.items()}
    best = _best(trainer)
    run.note(metrics=metrics, best_checkpoint=best and best.name)
    return metrics


def _best(trainer: Trainer) -> Path | None:
    path = getattr(trainer.checkpoint_callback, "best_model_path", "")
    return Path(path) if path else None


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
