"""Test a checkpoint of a run again: this is the command `eval`."""

from omegaconf import DictConfig

from .build import ONE_PROCESS, build_data, build_trainer, launch
from .runs import load_config, load_model


def evaluate(cfg: DictConfig) -> dict[str, float]:
    """The metrics of the run's own test items."""
    data, model = build_data(load_config(cfg.run)), load_model(cfg.run, cfg.checkpoint)
    trainer = build_trainer(cfg, **ONE_PROCESS)
    trainer.test(model, data, verbose=False)
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def write_metrics(cfg: DictConfig) -> None:
    for name, value in evaluate(cfg).items():
        print(f"{name}: {value:.6g}")


def main() -> None:
    launch("eval", write_metrics)


if __name__ == "__main__":
    main()
