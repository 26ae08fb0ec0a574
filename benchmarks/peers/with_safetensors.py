"""safetensors, files of weights: see common.py."""

from __future__ import annotations

from typing import Any

import common
import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from safetensors.torch import save_file as save_tensors


def elsewhere() -> dict[str, Any]:
    A = np.arange(6.0).reshape(2, 3)

    def back(array: Any) -> Any:
        save_file({"a": array}, "a.safetensors")
        return load_file("a.safetensors")["a"]

    def tied() -> None:
        weight = torch.ones(2, 2)
        save_tensors({"a": weight, "b": weight}, "b.safetensors")

    def turned() -> None:
        save_tensors({"a": torch.ones(2, 3).t()}, "c.safetensors")

    return common.cases(
        transposed=lambda: back(A.T).tolist(),
        transposed_copy=lambda: back(np.ascontiguousarray(A.T)).tolist(),
        columns=lambda: back(A[:, :2]).tolist(),
        transposed_torch=turned,
        tied=tied,
    )


if __name__ == "__main__":
    common.run(["safetensors", "numpy", "torch"], elsewhere=elsewhere)
