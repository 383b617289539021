"""Print the milliseconds of CPU time that a training step takes: digits, batch 64, one thread.

    python tools/training_speed.py project|lightning|torch [EPOCHS]

One of the same network in a project made from the blueprint, in a plain Lightning script, and in
a bare loop. It runs in the environment of generated projects, inside a project; `tools.bench train`
does both. The median epoch counts, validation and checkpoints included; imports and set-up do not.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN002, ANN201, ANN204, D101, D102, D103

from __future__ import annotations

import contextlib
import io
import resource
import statistics
import sys
from itertools import pairwise

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

TRAIN, END = 1168, 1438  # items for training, and those for validation after them
STEPS = 19
moments = []


def note_time():
    used = resource.getrusage(resource.RUSAGE_SELF)
    moments.append(1000 * (used.ru_utime + used.ru_stime))


class Clock(pl.Callback):
    def on_train_epoch_start(self, *_):
        note_time()


def read_digits():
    images, labels = load_digits(return_X_y=True)
    return torch.tensor(images / 16, dtype=torch.float32).view(-1, 1, 8, 8), torch.tensor(labels)


def train_project(epochs):
    from demo.build import compose
    from demo.train import train

    clock = "+callbacks.clock={_target_: __main__.Clock}"
    quiet = ("trainer=cpu", "trainer.enable_progress_bar=false", "test=false", "paths.run=run")
    train(compose(*quiet, clock, f"trainer.max_epochs={epochs}"))


def make_net():
    from demo.models.net import Cnn

    return Cnn(1, 10, width=32, dropout=0.2)


class Model(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = make_net()
        self.accuracy = MulticlassAccuracy(10, average="micro")
        self.f1 = MulticlassF1Score(10)

    def training_step(self, batch):
        loss = cross_entropy(self.net(batch[0]), batch[1])
        self.log("train/loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch):
        scores = self.net(batch[0])
        self.accuracy(scores, batch[1])
        self.f1(scores, batch[1])
        loss = cross_entropy(scores, batch[1])
        self.log_dict({"val/loss": loss, "val/accuracy": self.accuracy, "val/f1": self.f1})

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), 3e-3, weight_decay=1e-2)
        schedule = CosineAnnealingLR(optimizer, self.trainer.estimated_stepping_batches)
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def train_lightning(epochs):
    images, labels = read_digits()
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        deterministic="warn",
        log_every_n_steps=10,
        logger=CSVLogger("."),
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Clock(), ModelCheckpoint(monitor="val/loss", save_last=True)],
    )
    train = TensorDataset(images[:TRAIN], labels[:TRAIN])
    val = TensorDataset(images[TRAIN:END], labels[TRAIN:END])
    trainer.fit(Model(), DataLoader(train, 64, shuffle=True), DataLoader(val, 64))


def train_torch(epochs):
    images, labels = read_digits()
    net = make_net()
    optimizer = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=1e-2)
    for _ in range(epochs):
        note_time()
        for batch in torch.randperm(TRAIN).split(64):
            optimizer.zero_grad()
            cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            for batch in images[TRAIN:END].split(64):
                net(batch)
        net.train()


def main(name, epochs="20"):
    torch.set_num_threads(1)
    with contextlib.redirect_stdout(io.StringIO()):
        globals()[f"train_{name}"](int(epochs))
    lengths = [(after - before) / STEPS for before, after in pairwise(moments)]
    print(statistics.median(lengths[1:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
