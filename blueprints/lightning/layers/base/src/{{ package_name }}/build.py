"""From config to objects; shared by train, eval and predict."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from .runs import RunError, make

if TYPE_CHECKING:  # imported where they are used, so that --help answers at once
    from pytorch_lightning import Callback, LightningDataModule, LightningModule, Trainer
    from pytorch_lightning.loggers import Logger

log = logging.getLogger(__name__)
CONFIGS = Path(__file__).parent / "configs"
ONE_PROCESS = {"devices": 1, "num_nodes": 1, "strategy": "auto"}  # each item counts once


def compose(*overrides: str, name: str = "train") -> DictConfig:
    """The config that a command line with these overrides gives; for notebooks and tests."""
    with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return hydra.compose(name, list(overrides))


def flat(config: Any, prefix: str = "") -> dict[str, Any]:
    """Values by their dotted keys."""
    if not isinstance(config, dict):
        return {prefix[:-1]: config}
    parts = (flat(value, f"{prefix}{name}.") for name, value in config.items())
    return {key: value for part in parts for key, value in part.items()}


def build_data(cfg: DictConfig) -> LightningDataModule:
    """The data module; sizes that the config leaves open are filled in."""
    data = make(cfg.data)
    cfg.data.update(getattr(data, "sizes", {}))
    return data


def build_model(cfg: DictConfig) -> LightningModule:
    return make(cfg.model)


def build_trainer(cfg: DictConfig, *more: Callback, **options: Any) -> Trainer:
    """A trainer with the callbacks, loggers and profiler of the config, if it names any."""
    from pytorch_lightning.callbacks import Checkpoint

    groups = [cfg.get(group) or {} for group in ("callbacks", "logger")]
    made = [[make(node) for node in group.values()] for group in groups]
    callbacks, loggers = [*more, *made[0]], made[1]
    return make(
        cfg.trainer,
        callbacks=callbacks,
        enable_checkpointing=any(isinstance(callback, Checkpoint) for callback in callbacks),
        logger=loggers or False,
        profiler=make(cfg.get("profiler")),
        **options,
    )


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
                getattr(logger, "close", str)(status)  # Lightning's own have none
            except Exception:
                log.exception("%s could not be closed", type(logger).__name__)


def launch(name: str, task: Callable[[DictConfig], Any]) -> None:
    """Run a command as Hydra does, once its arguments are known to be right."""
    with command():
        given = [word for word in sys.argv[1:] if word not in ("-m", "--multirun")]
        cfg = check_arguments(name, given)
    data = cfg.get("data") or {}
    if data.get("folds") and data.get("fold") is None:
        sys.argv[1:] = ["--multirun", *given, f"data.fold=range({data['folds']})"]

    @wraps(task)
    def job(cfg: DictConfig) -> Any:
        with command(cfg):
            return task(cfg)

    hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name=name)(job)()


def check_arguments(name: str, arguments: Sequence[str]) -> DictConfig:
    """Refuse wrong names and missing values before Hydra makes a folder; the first job's config."""
    if any(argument.startswith("-") for argument in arguments):
        return DictConfig({})  # as --help, which is Hydra's own business
    try:
        given = OverridesParser.create().parse_overrides(list(arguments))
        first = [  # of a sweep's values
            f"{override.get_key_element()}={next(override.sweep_string_iterator())}"
            if override.is_sweep_override()
            else str(override.input_line)
            for override in given
            if override.is_discrete_sweep() or not override.is_sweep_override()
        ]
        check_missing(cfg := compose(*first, name=name))
        return cfg
    except HydraException as error:
        group, _, choice = str(getattr(error, "missing_cfg_file", "")).rpartition("/")
        text, known = " ".join(str(error).split()), list_choices(group) if choice else []
        if known:
            text = f"{group} has no choice {choice}, but {', '.join(known)}"
        elif key := re.match("Could not override '(.+?)'", text):
            (choice,), cfg = key.groups(), compose(name=name)
            known = [*flat(OmegaConf.to_container(cfg)), *map(str, cfg)]
        closest = get_close_matches(choice, known, 1)
        raise RunError(text + (f"; did you mean {closest[0]}?" if closest else "")) from None


def list_choices(group: str) -> list[str]:
    """The configs of a group, without the parts of others."""
    paths = sorted((CONFIGS / group).glob("*.yaml"))
    return [path.stem for path in paths if not path.read_text().startswith("# A part")]


def describe_groups() -> str:
    """The groups and their choices, for --help."""
    folders = sorted(path for path in CONFIGS.rglob("*") if path.is_dir())
    names = [folder.relative_to(CONFIGS).as_posix() for folder in folders]
    return "\n".join(f"{name}: {', '.join(list_choices(name))}" for name in names)


def first_folder(*paths: str) -> str:
    """The first of these folders that exists, or else the last."""
    return next((path for path in paths if Path(path).is_dir()), paths[-1])


OmegaConf.register_new_resolver("choices", describe_groups, replace=True)
OmegaConf.register_new_resolver("first_folder", first_folder, replace=True)


@contextmanager
def command(cfg: DictConfig | None = None) -> Iterator[None]:
    """Refuse an incomplete config, and say in one line what cannot be done; both exit with 2."""
    try:
        if cfg is not None:
            prepare_job(cfg)
        yield
    except RunError as error:
        message = str(error).rpartition(f"{RunError.__name__}: ")[2]  # a worker's has a traceback
        print(message.strip(), file=sys.stderr)
        raise SystemExit(2) from None


def check_missing(cfg: DictConfig) -> None:
    """Refuse an incomplete config before any work is done."""
    values = flat(OmegaConf.to_container(cfg))  # unresolved: interpolations may point to gaps
    if missing := " ".join(f"{key}=..." for key, value in values.items() if value == "???"):
        raise RunError(f"The config lacks values; add to the command: {missing}")


def prepare_job(cfg: DictConfig) -> None:
    """Refuse an incomplete config; log what matters."""
    check_missing(cfg)
    for message in (  # that ask nothing of anybody here
        ".*LeafSpec",  # pytorch-lightning 2.6 on torch 2.13
        ".*does not have many workers",  # the digits need none
        "Checkpoint directory .* exists and is not empty",  # of the run that is resumed
    ):
        warnings.filterwarnings("ignore", message)
    rank_zero = logging.getLogger("pytorch_lightning.utilities.rank_zero")
    rank_zero.addFilter(lambda message: "💡" not in message.getMessage())  # advertisements
