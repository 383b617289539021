"""Weights & Biases, one tracked run for each job of a sweep."""

from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only


class ClosedWandbLogger(WandbLogger):
    """A logger whose run ends with the job, and with the job's status."""

    @rank_zero_only
    def close(self, status: str) -> None:
        """End the run, if it was started: Lightning leaves that to the end of the process."""
        if self._experiment is not None:
            self._experiment.finish(exit_code=int(status != "success"))
