"""Train a model: this is the command `train`."""

import logging
import os
import sys
from pathlib import Path

import hydra
from omegaconf import DictConfig
from pytorch_lightning import seed_everything

from .build import CONFIGS, build_data, build_model, build_trainer, closing, command, plain
from .checkpoints import Checkpoints, best_metrics, metrics_now
from .record import RANK_ZERO_RUN, record
from .resume import is_finished, start_point, with_old_overrides
from .runs import RunError, load_config, load_manifest

log = logging.getLogger(__name__)


def train(cfg: DictConfig) -> dict[str, float]:
    """Fit, then test the best checkpoint; returns its epoch, and its metrics in all stages."""
    if cfg.seed is None:
        raise RunError("a run without a seed cannot be repeated; write a number, as seed=1")
    with record(cfg) as run:
        seed_everything(cfg.seed, workers=True, verbose=False)
        data, model = build_data(cfg), build_model(cfg)
        run.save_config(cfg)  # with the sizes that the data gave
        run.note(classes=getattr(data, "about", {}).get("classes"))
        start = start_point(cfg, run.folder, model)
        trainer = build_trainer(cfg, Checkpoints(cfg))
        with closing(trainer.loggers):
            for logger in trainer.loggers:
                logger.log_hyperparams(plain(cfg))
            trainer.fit(model, data, ckpt_path=start)
            best, metrics = best_metrics(trainer)
            found = {"metric": cfg.objective.metric, "value": metrics.get(cfg.objective.metric)}
            found["epoch"] = metrics["epoch"]
            run.note(metrics=metrics, best_checkpoint=best and best.name, best=best and found)
            if cfg.test:
                trainer.test(model, data, ckpt_path=best, verbose=False)
                metrics |= metrics_now(trainer)
                run.note(metrics=metrics)
    for name, value in metrics.items():
        log.info("%s: %s", name, value if isinstance(value, int) else f"{value:.4f}")
    log.info("run: %s", run.folder)
    return metrics


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="train")
def hydra_main(cfg: DictConfig) -> float | None:
    with command(cfg):
        if cfg.resume == "auto" and is_finished(folder := Path(cfg.paths.run)):
            log.info("the run is finished: %s", folder)
            metrics: dict[str, float] = load_manifest(folder)["metrics"]
        else:
            metrics = train(cfg)
        return metrics.get(cfg.objective.metric)


def main() -> None:
    """Run Hydra; a process that Lightning starts for another rank joins rank 0's run instead."""
    if run := os.environ.get(RANK_ZERO_RUN):
        cfg = load_config(run)
        with command(cfg):
            train(cfg)
    else:
        with command():
            sys.argv[1:] = with_old_overrides(sys.argv[1:])
        hydra_main()


if __name__ == "__main__":
    main()
