"""From config to objects; shared by train, eval and predict."""

import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hydra
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Callback, LightningDataModule, LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint
from pytorch_lightning.loggers import Logger

from .runs import RunError

log = logging.getLogger(__name__)
CONFIGS = Path(__file__).parent / "configs"
ONE_PROCESS = {"devices": 1, "num_nodes": 1, "strategy": "auto"}  # each item counts once
NOISE = (  # warnings that ask nothing of anybody here
    ".*LeafSpec",  # pytorch-lightning 2.6 on torch 2.13
    ".*does not have many workers",  # the digits need none
    "Checkpoint directory .* exists and is not empty",  # those of the run before it was resumed
)


def compose(*overrides: str, name: str = "train") -> DictConfig:
    """The config that a command line with these overrides gives; for notebooks and tests."""
    with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return hydra.compose(name, list(overrides))


def plain(cfg: DictConfig) -> dict[str, Any]:
    """The config as plain containers, for what cannot take OmegaConf's."""
    values = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def make(node: Any, **options: Any) -> Any:
    """The object that a config describes; what it refuses stays one sentence."""
    try:
        return instantiate(node, **options, _convert_="all")
    except InstantiationException as error:
        if isinstance(error.__cause__, RunError):
            raise error.__cause__ from None
        raise


def build_data(cfg: DictConfig) -> LightningDataModule:
    """The data module; sizes that the config leaves open are filled in."""
    data: LightningDataModule = make(cfg.data)
    cfg.data.update(getattr(data, "sizes", {}))
    return data


def build_model(cfg: DictConfig) -> LightningModule:
    model: LightningModule = make(cfg.model)
    return model


def build_trainer(cfg: DictConfig, *more: Callback, **options: Any) -> Trainer:
    """A trainer with the callbacks, loggers and profiler of the config, if it names any."""
    callbacks: list[Callback] = [*more, *_build_each(cfg.get("callbacks"))]
    loggers: list[Logger] = _build_each(cfg.get("logger"))
    trainer: Trainer = make(
        cfg.trainer,
        callbacks=callbacks,
        enable_checkpointing=any(isinstance(callback, Checkpoint) for callback in callbacks),
        logger=loggers or False,
        profiler=instantiate(cfg.get("profiler")),
        **options,
    )
    return trainer


@contextmanager
def closing(loggers: Sequence[Logger]) -> Iterator[None]:
    """Close the trackers however the job ends; their own failures never hide the job's."""
    status = "failed"
    try:
        yield
        status = "success"
    finally:
        for logger in loggers:
            try:
                if close := getattr(logger, "close", None):  # Lightning's own have none
                    close(status)
            except Exception:
                log.exception("%s could not be closed", type(logger).__name__)


@contextmanager
def command(cfg: DictConfig | None = None) -> Iterator[None]:
    """Refuse an incomplete config, and say in one line what cannot be done; both exit with 2."""
    try:
        if cfg is not None:
            prepare_job(cfg)
        yield
    except RunError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


def prepare_job(cfg: DictConfig) -> None:
    """Refuse an incomplete config before any work is done; log each message once."""
    if missing := list(_missing(OmegaConf.to_container(cfg))):
        values = " ".join(f"{key}=..." for key in missing)
        raise RunError(f"The config lacks values; add to the command: {values}")
    for message in NOISE:
        warnings.filterwarnings("ignore", message)
    for name in ("lightning", "lightning.pytorch", "lightning.fabric", "pytorch_lightning"):
        logger = logging.getLogger(name)  # has handlers of its own beside Hydra's
        logger.handlers.clear()
        logger.propagate = True
    rank_zero = logging.getLogger("pytorch_lightning.utilities.rank_zero")
    rank_zero.addFilter(lambda message: "💡" not in message.getMessage())  # advertisements


def _missing(node: Any, prefix: str = "") -> Iterator[str]:
    """The keys whose value is `???`, without resolving interpolations that point to them."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if value == "???":
            yield f"{prefix}{key}"
        yield from _missing(value, f"{prefix}{key}.")


def _build_each(group: DictConfig | None) -> list[Any]:
    return [make(node) for node in (group or {}).values()]
