"""Train a model: this is the command `train`."""

import logging
import os
import shlex
import sys
import time
from datetime import timedelta
from pathlib import Path

from omegaconf import DictConfig

from .build import build_data, build_model, build_trainer, closing, command, launch
from .resume import RANK_ZERO_RUN, is_finished, with_old_overrides
from .runs import RunError, load_checkpoint, load_config, load_manifest

log = logging.getLogger(__name__)


def train(cfg: DictConfig) -> dict[str, float]:
    """Fit, then test the best checkpoint; returns its epoch, and its metrics in all stages."""
    import torch
    from pytorch_lightning import seed_everything
    from pytorch_lightning.utilities.model_summary import summarize

    from .checkpoints import Checkpoints, best_metrics, metrics_now, start_point
    from .record import note, record, save_config

    begin = time.monotonic()
    with record(cfg) as folder:
        if cfg.seed is None:
            raise RunError("a run without a seed cannot be repeated; write a number, as seed=1")
        torch.set_float32_matmul_precision(cfg.float32_matmul_precision)
        seed_everything(cfg.seed, workers=True, verbose=False)
        data, model = build_data(cfg), build_model(cfg)
        save_config(folder, cfg)  # with the sizes that the data gave
        note(folder, classes=getattr(data, "about", {}).get("classes"))
        name, size = type(getattr(model, "net", model)).__name__, summarize(model).total_parameters
        log.info("model: %s of %s parameters", name, f"{size:,}")
        start = start_point(cfg, folder, model)
        trainer = build_trainer(cfg, checkpoints := Checkpoints(cfg))
        with closing(trainer.loggers):
            for logger in trainer.loggers:
                logger.log_hyperparams(checkpoints.config)
            trainer.fit(model, data, ckpt_path=start)
            best, metrics = best_metrics(trainer)
            found = {"metric": cfg.objective.metric, "value": metrics.get(cfg.objective.metric)}
            found["epoch"] = metrics["epoch"]
            note(folder, metrics=metrics, best_checkpoint=best and best.name, best=best and found)
            if cfg.test:
                if best:  # not by ckpt_path: averaged weights would be replaced by the others
                    model.load_state_dict(load_checkpoint(best)["state_dict"])
                trainer.test(model, data, verbose=False)
                metrics |= metrics_now(trainer)
                note(folder, metrics=metrics)
    for name, value in metrics.items():
        log.info("%s: %s", name, int(value) + 1 if name == "epoch" else f"{value:.4f}")
    log.info("time: %s", timedelta(seconds=round(time.monotonic() - begin)))
    log.info("run: %s", folder)
    for step in ("eval run", "predict run", "train resume") if best else ():  # a checkpoint
        log.info("next: python -m %s.%s=%s", __package__, step, shlex.quote(str(folder)))
    return metrics


def job(cfg: DictConfig) -> float | None:
    """Train, unless `resume=auto` finds that this was done; returns the objective."""
    if cfg.resume == "auto" and is_finished(folder := Path(cfg.paths.run)):
        log.info("the run is finished: %s", folder)
        return load_manifest(folder)["metrics"].get(cfg.objective.metric)
    return train(cfg).get(cfg.objective.metric)


def main() -> None:
    """Run Hydra; a process that Lightning starts for another rank joins rank 0's run instead."""
    if run := os.environ.get(RANK_ZERO_RUN):
        with command(cfg := load_config(run)):
            train(cfg)
        return
    with command():
        sys.argv[1:] = with_old_overrides(sys.argv[1:])
    launch("train", job)


if __name__ == "__main__":
    main()
