"""Series that come with packages, read from their files without an import."""

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..runs import RunError
from .series import CsvSeries, Windows, arrange

__all__ = ["Co2", "CsvSeries", "SfTemps", "Taylor"]


class SfTemps(CsvSeries):
    """8,759 hourly temperatures of San Francisco in 2010, in °F, from vega_datasets."""

    def __init__(self, **options: Any) -> None:
        path = find_data("vega_datasets", "_data/sf-temps.csv")
        super().__init__(str(path), time="date", **options)


class Co2(CsvSeries):
    """2,284 weeks of the air's CO2 at Mauna Loa from 1958 on, in ppm, from statsmodels."""

    def __init__(self, **options: Any) -> None:
        path = find_data("statsmodels", "datasets/co2/co2.csv")
        super().__init__(str(path), time="date", **options)


class Taylor(Windows):
    """4,032 half hours of electricity in England and Wales in 2000, in MW, from pmdarima."""

    def __init__(self, **options: Any) -> None:
        path = find_data("pmdarima", "datasets/taylor.py")
        lists = (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.List))
        values = np.array([ast.literal_eval(max(lists, key=lambda node: len(node.elts)))])
        times = np.datetime64("2000-06-05T00:00:00") + np.arange(values.size) * np.timedelta64(1800)
        series = arrange(times, values.astype(np.float32), ["demand"], str(path))
        super().__init__(series, **options)


def find_data(package: str, name: str) -> Path:
    """A file of an installed package."""
    spec = find_spec(package)
    path = Path(spec.origin).parent / name if spec and spec.origin else Path(name)
    if not path.is_file():
        raise RunError(f"these data come with {package}; install it: pip install {package}")
    return path
