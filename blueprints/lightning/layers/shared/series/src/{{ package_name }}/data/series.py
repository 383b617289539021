"""Series of values at equal steps of time; an item is a window of one: its past and its future."""

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ..runs import RunError
from .datamodule import Parts

DAY = np.timedelta64(1, "D")
SEASONS = {7 * DAY: 52, DAY: 7}  # by the step of time; a shorter one's season is a day


class Window(NamedTuple):
    """An item; batches have a dimension B before these.

    Args:
        past: (L,) values that are known; a gap has the last value before it.
        future: (H,) values to forecast; NaN where they are missing.
        times: (H,) of the future, in seconds since 1970.
        series: The number of the series.
        scale: Mean change of the series from one season to the next, in training.
    """

    past: Tensor
    future: Tensor
    times: Tensor
    series: Tensor
    scale: Tensor


class Grid(NamedTuple):
    """Equal steps of time: as 3600 seconds, or 1 month, whatever its length."""

    step: int
    unit: str  # s: seconds, M: months
    origin: int = 0  # of the first time, in units since 1970
    rest: int = 0  # seconds from a unit's begin

    def locate(self, times: NDArray[Any]) -> NDArray[Any]:
        """Times (N,) → steps from the first (N,); with a fraction if between two."""
        units = (times - np.timedelta64(self.rest, "s")).astype(f"M8[{self.unit}]")
        return (units.astype(int) - self.origin) / self.step

    def times(self, first: int, count: int) -> NDArray[Any]:
        """So many times from a step on, in seconds since 1970."""
        units = self.origin + (first + np.arange(count)) * self.step
        return units.astype(f"M8[{self.unit}]").astype("M8[s]").astype(int) + self.rest

    def __str__(self) -> str:
        return f"{self.step} {'months' if self.unit == 'M' else 'seconds'}"

    @property
    def season(self) -> int:
        """Steps of a year where the step is a week or more, of a week of days, else of a day."""
        if self.unit == "M":
            return max(12 // self.step, 1)
        step = np.timedelta64(self.step, "s")
        return SEASONS.get(step, max(int(DAY / step), 1))


class Series(NamedTuple):
    """Values (S, N) at N steps of a grid, NaN where one is missing, and the names of the series."""

    values: NDArray[np.float32]
    names: list[str]
    grid: Grid


class Windows(Dataset[Window]):
    """All windows of series, the earliest first.

    Args:
        series: From which they are cut.
        length: L, steps of the past; two seasons if None.
        horizon: H, steps of the future; a season if None.
        period: Steps of a season; if None that of the calendar, as a day of hours.
        naive: Steps of the season that the naive forecast repeats; the period if None.
        every: Between the windows of validation and test, in steps.
    """

    def __init__(
        self,
        series: Series,
        length: int | None = None,
        horizon: int | None = None,
        period: int | None = None,
        naive: int | None = None,
        every: int = 1,
    ) -> None:
        self.series, self.every = series, every
        self.period = period or series.grid.season
        self.length, self.horizon = length or 2 * self.period, horizon or self.period
        self.naive = naive or self.period
        if self.length < max(self.naive, self.period + 1):
            raise RunError(f"data.length={self.length} is too short for a season; make it longer")
        self.known = torch.from_numpy(fill_gaps(series.values))
        self.values = torch.from_numpy(series.values)
        self.scales = torch.ones(len(series.names))
        self.about = {"series": series.names, "step": list(series.grid[:2])}

    def __len__(self) -> int:
        steps = self.values.size(1) - self.length - self.horizon + 1
        return max(steps, 0) * len(self.values)

    def __getitem__(self, index: int) -> Window:
        start, number = divmod(index, len(self.values))
        now = start + self.length
        times = self.series.grid.times(now, self.horizon)
        future = self.values[number, now : now + self.horizon]
        missing = future.new_full((self.horizon - len(future),), torch.nan)
        return Window(
            self.known[number, start:now],
            torch.cat([future, missing]),
            torch.from_numpy(times),
            torch.tensor(number),
            self.scales[number],
        )

    @property
    def names(self) -> list[str]:
        """Of the windows' series."""
        return self.series.names * (len(self) // len(self.series.names))

    def split(self, shares: tuple[float, float], seed: int) -> Parts:
        """By time: no window of a part has a future in the next part."""
        count = self.values.size(1)
        ends = [round(count * (1 - share)) for share in (sum(shares), shares[1], 0)]
        train = range(self.length, ends[0] - self.horizon + 1)
        parts = [train]
        for name, share, begin, end in zip(("val", "test"), shares, ends, ends[1:], strict=False):
            part = range(max(begin, self.length), end - self.horizon + 1, self.every)
            if share and not part:
                raise RunError(
                    f"of {end - begin} steps, the part {name} has no window of {self.length} + "
                    f"{self.horizon}; write larger data.shares, or a smaller data.horizon"
                )
            parts.append(part)
        many = len(self.values)
        indices = ([(n - self.length) * many + k for n in p for k in range(many)] for p in parts)
        return Parts(*indices)

    def fit(self, indices: Sequence[int]) -> None:
        """Take the scales from the part for training."""
        end = max(indices) // len(self.values) + self.length + self.horizon
        values = self.values[:, :end]
        change = (values[:, self.period :] - values[:, : -self.period]).abs()
        self.scales = change.nanmean(1).nan_to_num(1).clamp(min=1e-6)

    @classmethod
    def from_files(cls, root: str, about: Mapping[str, Any]) -> "Ends":
        """The ends of a CSV file's series, for a model that knows what is `about` its data."""
        series = read_series(Path(root), about.get("time"), about.get("time_format"))
        grid = Grid(*about["step"])
        if series.grid[:2] != grid[:2]:
            raise RunError(f"{root} has steps of {series.grid}, but the model learnt from {grid}")
        return Ends(series, *(about[name] for name in ("length", "horizon", "period", "naive")))


class Ends(Windows):
    """The last window of each series; its future is yet to come."""

    def __init__(self, series: Series, length: int, horizon: int, period: int, naive: int) -> None:
        super().__init__(series, length, horizon, period, naive)
        if (count := self.values.size(1)) < length:
            raise RunError(f"the file has {count} steps of time; the model needs {length}")

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Window:
        last = self.values.size(1) - self.length
        return super().__getitem__(last * len(self.values) + index)


class CsvSeries(Windows):
    """Series of a CSV file: a column of times, and one of values for each series.

    Args:
        path: The file.
        time: The column of the times; the first if None.
        time_format: Of `strptime`, as "%d.%m.%Y"; ISO's if None.
        columns: Those of the series; all others if None.
        options: Those of `Windows`.
    """

    def __init__(
        self,
        path: str,
        time: str | None = None,
        time_format: str | None = None,
        columns: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(read_series(Path(path), time, time_format, columns), **options)
        self.about |= {"time": time, "time_format": time_format}


def read_series(
    path: Path,
    time: str | None = None,
    time_format: str | None = None,
    columns: Sequence[str] | None = None,
) -> Series:
    """The series of a CSV file; its rows may be in any order, and lack times or values."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{path.absolute()} cannot be read ({reason}); name another") from error
    head, *rows = [row for row in csv.reader(text.splitlines()) if row] or [[]]
    if len(head) < 2 or len(rows) < 3:
        raise RunError(f"{path} holds no series: a column of times, one of values, and three rows")
    time = time or head[0]
    columns = columns or [name for name in head if name != time]
    if missing := [name for name in (time, *columns) if name not in head]:
        raise RunError(f"{path} has no column {missing[0]} (found: {', '.join(head)})")
    times, cells = [], []
    for number, row in enumerate(rows, 2):
        named = dict(zip(head, row, strict=False))
        try:
            times.append(read_time(named[time], time_format))
            cells.append([read_value(named.get(name, "")) for name in columns])
        except (ValueError, KeyError) as error:
            raise RunError(f"line {number} of {path}: {error}") from None
    values = np.array(cells, np.float32).T
    return arrange(np.array(times, "M8[s]"), values, list(columns), str(path))


def arrange(
    times: NDArray[Any], values: NDArray[np.float32], names: list[str], source: str
) -> Series:
    """Put values (S, N) at times (N,), in any order, on a grid."""
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[:, order]
    twice = np.flatnonzero(times[1:] == times[:-1])
    if len(twice):
        time = show_time(times[twice[0]])
        raise RunError(
            f"{source} has the time {time} twice; keep one of the rows, or write the times with "
            "their offset from UTC"
        )
    grid = find_grid(times)
    places = grid.locate(times)
    off = np.flatnonzero(places != np.floor(places))
    if len(off):
        time = show_time(times[off[0]])
        raise RunError(f"{source} has steps of {grid}, and {time} between them; resample it")
    steps = places.astype(int)
    filled = np.full((len(values), steps[-1] + 1), np.nan, np.float32)
    filled[:, steps] = values
    return Series(filled, names, grid)


def find_grid(times: NDArray[Any]) -> Grid:
    """The most frequent step of sorted times (N,): of months if all are at one time of a month."""
    for shift in (0 * DAY, DAY):  # a month's last day is the one before the next month
        months = (times + shift).astype("M8[M]")
        rests = (times - months.astype("M8[s]")).astype(int)
        if (rests == rests[0]).all():
            whole = months.astype(int)
            return Grid(most_frequent(np.diff(whole)), "M", int(whole[0]), int(rests[0]))
    seconds = times.astype(int)
    return Grid(most_frequent(np.diff(seconds)), "s", int(seconds[0]))


def most_frequent(values: NDArray[Any]) -> int:
    found, counts = np.unique(values, return_counts=True)
    return int(found[counts.argmax()])


def fill_gaps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(S, N): where one is missing the last before it, which takes nothing from the future."""
    places = np.where(np.isnan(values), 0, np.arange(values.shape[1]))
    last = np.take_along_axis(values, np.maximum.accumulate(places, axis=1), axis=1)
    return np.nan_to_num(last, nan=0.0)


def read_time(text: str, time_format: str | None = None) -> datetime:
    """A time of a file, in UTC if it says where it is."""
    if time_format:
        time = datetime.strptime(text.strip(), time_format)
    else:
        plain = text.strip().replace("/", "-")
        try:
            time = datetime.fromisoformat(plain + {4: "-01-01", 7: "-01"}.get(len(plain), ""))
        except ValueError:
            raise ValueError(
                f"{text!r} is no time; write its form, as data.dataset.time_format='%d.%m.%Y %H:%M'"
            ) from None
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def read_value(text: str) -> float:
    """A number of a file; NaN where it is missing."""
    try:
        return float(text) if text.strip() not in ("", "NA", "null") else np.nan
    except ValueError:
        raise ValueError(f"{text!r} is no number; write data.dataset.columns=[NAME]") from None


def show_time(time: Any) -> str:
    """A time, or seconds since 1970 → text, as 2010-01-31 23:00:00."""
    return str(np.datetime64(time, "s")).replace("T", " ")


def repeat_season(past: Tensor, period: int, horizon: int) -> Tensor:
    """The past (B, L) → its last season, again and again (B, H)."""
    return past[:, -period:].repeat(1, -(-horizon // period))[:, :horizon]
