"""What is compared: a row is a network and a way to use it; `target` is the ratio to reach, if any."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    model: str
    mode: str           # "train", "infer" or "start": from nothing to the first answer
    batch: int
    type: str           # "fp32", "bf16" or "int8"
    target: float = 0

    @property
    def name(self):
        return f"{self.model} {self.mode} {self.type} batch {self.batch}"


START = Case("resnet20", "start", 1, "fp32")

CASES = [
    Case("resnet20", "train", 128, "fp32", 2.3),
    Case("resnet56", "train", 128, "fp32", 2.3),
    Case("resnet50", "train", 32, "fp32", 1.5),
    Case("resnet20", "train", 128, "bf16", 1.7),
    Case("resnet56", "train", 128, "bf16"),
    Case("resnet50", "train", 32, "bf16", 1.3),
    Case("resnet18", "infer", 1, "fp32"),
    Case("resnet18", "infer", 1, "bf16"),
    Case("resnet18", "infer", 1, "int8"),
    Case("resnet50", "infer", 1, "fp32", 1.4),
    Case("resnet50", "infer", 1, "bf16", 1.5),
    Case("resnet50", "infer", 1, "int8", 1.75),
    Case("resnet18", "infer", 32, "fp32"),
    Case("resnet18", "infer", 32, "bf16"),
    Case("resnet18", "infer", 32, "int8"),
    Case("resnet50", "infer", 32, "fp32", 1.3),
    Case("resnet50", "infer", 32, "bf16"),
    Case("resnet50", "infer", 32, "int8"),
]
