"""Losses: how wrong the outputs a are, C(a, y), and in which direction, dC/da.

Taught in the chapter on loss. Columns are examples: a and y have the shape (n^L, m). C is the mean over the m
examples; `C.grad` is per example, because the mean is taken last, in BP3 and BP4.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ._checks import finite, known, namespace, numbers, rows, whole
from .activations import Sigmoid

if TYPE_CHECKING:
    from ._checks import Array, Labels

sigmoid = Sigmoid()


class Loss(ABC):
    """A loss C(a, y), its derivative C.grad(a, y), and what outputs a mean. Subclass it to write your own."""

    name: ClassVar[str]
    logits: ClassVar[bool] = False  # True: a are logits, and the output layer must be Identity
    boundary: ClassVar[float] = 0.5  # a single output above it means class 1

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @abstractmethod
    def __call__(self, a: Array, y: Array) -> float:
        """The loss, as the mean over the examples."""

    @abstractmethod
    def grad(self, a: Array, y: Array) -> Array:
        """dC/da for each example, of the shape of a."""

    def classify(self, a: Array, axis: int | None = None) -> Labels:
        """The class of each example, shape (m,): the largest output; of one output, the side it is on.

        `axis` is that of the outputs: 0 where columns are examples, as in the a[L] of `forward`, 1 where rows are,
        as `network(x)` gives them (`predict` does both steps). TypeError without it, for no shape tells which.
        """
        a = _columns("a", a)
        xp, axis = namespace(a), _axis("classify", a, axis)
        if a.shape[axis] > 1:
            classes: Labels = xp.argmax(a, axis=axis)
        else:
            classes = xp.astype(xp.squeeze(a, axis=axis) > self.boundary, xp.int64)
        return classes

    def probabilities(self, a: Array) -> Array:
        """The logits a as probabilities, of the shape of a. ValueError for a loss that takes no logits."""
        raise ValueError(f"{self.name} takes no logits: the outputs are what the network says, network(x)")

    def check_targets(self, y: Array, name: str = "y") -> None:  # noqa: B027 (most losses take any target)
        """Raise ValueError for targets, as columns, that this loss cannot have."""


class Quadratic(Loss):
    """C = ½ ‖a - y‖², the mean over the examples (Rumelhart, Hinton and Williams 1986, equation 3).

    The ½ cancels the 2 of the derivative. Classes: the largest output, or a > 0.5 where there is one.
    """

    name: ClassVar[str] = "quadratic"

    def __call__(self, a: Array, y: Array) -> float:
        """The loss. ValueError if a and y are not of one shape (n^L, m)."""
        a, y = _pair(a, y)
        return _number(0.5 * namespace(a).sum((a - y) ** 2) / a.shape[1])

    def grad(self, a: Array, y: Array) -> Array:
        """dC/da = a - y."""
        a, y = _pair(a, y)
        return a - y


class BinaryCrossEntropy(Loss):
    """C = -Σ (y ln p + (1 - y) ln(1 - p)) with p = σ(a), the mean over the examples (Bishop 2006, 4.3.2).

    a are logits: the output layer is Identity, and σ is part of the loss. So BP1 stands as it is, and nothing
    overflows: C = Σ max(a, 0) - a y + ln(1 + exp(-|a|)). Classes: a > 0, which is p > ½; the largest
    logit where there is more than one output.
    """

    name: ClassVar[str] = "binary_cross_entropy"
    logits: ClassVar[bool] = True
    boundary: ClassVar[float] = 0.0

    def __call__(self, a: Array, y: Array) -> float:
        """The loss. ValueError if a and y are not of one shape (n^L, m)."""
        a, y = _pair(a, y)
        xp = namespace(a)
        return _number(xp.sum(xp.maximum(a, 0) - a * y + xp.log1p(xp.exp(-xp.abs(a)))) / a.shape[1])

    def grad(self, a: Array, y: Array) -> Array:
        """dC/da = σ(a) - y."""
        a, y = _pair(a, y)
        return sigmoid(a) - y

    def probabilities(self, a: Array) -> Array:
        """The probabilities p = σ(a)."""
        return sigmoid(a)

    def check_targets(self, y: Array, name: str = "y") -> None:
        """ValueError for a target outside [0, 1]."""
        _check_probabilities(y, name)


class SoftmaxCrossEntropy(Loss):
    """C = -Σ y ln p with p = softmax(a), the mean over the examples (Bridle 1990; Bishop 2006, 4.3.4).

    a are logits: the output layer is Identity, and softmax is part of the loss. So BP1 stands as it is. The
    largest logit is subtracted first, which changes nothing but keeps exp from overflowing (Blanchard,
    Higham and Higham 2021). Classes: the largest logit.
    """

    name: ClassVar[str] = "softmax_cross_entropy"
    logits: ClassVar[bool] = True

    def __call__(self, a: Array, y: Array) -> float:
        """The loss. ValueError if a and y are not of one shape (n^L, m)."""
        a, y = _pair(a, y)
        xp = namespace(a)
        a = a - xp.max(a, axis=0)
        return _number(xp.sum(xp.log(xp.sum(xp.exp(a), axis=0)) - xp.sum(y * a, axis=0)) / a.shape[1])

    def grad(self, a: Array, y: Array) -> Array:
        """dC/da = softmax(a) - y."""
        a, y = _pair(a, y)
        return softmax(a, axis=0) - y

    def probabilities(self, a: Array) -> Array:
        """The probabilities p = softmax(a) of each column."""
        return softmax(a, axis=0)

    def check_targets(self, y: Array, name: str = "y") -> None:
        """ValueError for a target outside [0, 1], or an example whose targets do not sum to 1."""
        if len(y) == 1:
            raise ValueError("softmax over one output is always 1: use 'binary_cross_entropy'")
        _check_probabilities(y, name)
        sums = y.sum(axis=0, dtype=np.float64)
        wrong = np.abs(sums - 1) > 1e-6
        if wrong.any():
            i = int(wrong.argmax())
            raise ValueError(f"{name}[{i}] sums to {sums[i]:g}, expected targets that sum to 1 for this loss")


def softmax(a: Array, axis: int | None = None) -> Array:
    """exp(a) / Σ exp(a): the logits of an example as probabilities that sum to 1.

    `axis` is that of the logits: 0 where columns are examples, as in the a[L] of `forward`, 1 where rows are, as
    `network(x)` gives them. TypeError without it, unless a is one example's, for no shape tells which.
    """
    xp, axis = namespace(a), _axis("softmax", a, axis)
    e = xp.exp(a - xp.max(a, axis=axis, keepdims=True))
    p: Array = e / xp.sum(e, axis=axis, keepdims=True)
    return p


def _axis(name: str, a: Any, axis: int | None) -> int:
    if axis is None and np.ndim(a) > 1:
        raise TypeError(
            f"{name} needs the axis of the outputs: axis=0 where columns are examples, as in the a[L] of forward, "
            "axis=1 where rows are, as network(x) gives them"
        )
    return 0 if axis is None else axis


LOSSES: dict[str, type[Loss]] = {C.name: C for C in (Quadratic, BinaryCrossEntropy, SoftmaxCrossEntropy)}


def get_loss(C: str | Loss) -> Loss:
    """The loss of that name, or `C` itself if it is one already.

    Raises ValueError for an unknown name (with the nearest known one), TypeError for anything else.
    """
    if isinstance(C, Loss):
        return C
    if isinstance(C, str):
        return known("loss", C, LOSSES)()
    hint = f"; write {C.__name__}()" if isinstance(C, type) and issubclass(C, Loss) else ""
    raise TypeError(f"loss must be a name or a Loss, got {C!r}{hint}")


def one_hot(labels: Any, n: int) -> Array:
    """Labels 0..n-1, shape (m,), as rows of zeros with a single 1, shape (m, n).

    Raises TypeError for labels that are not integers, ValueError for another shape or a label out of range.
    """
    label = _labels("labels", labels, whole("n", n, 1))
    return np.eye(n)[label]


def targets(y: Any, m: int, n: int, dtype: Any, C: Loss, name: str = "y") -> Array:
    """The targets of m examples for n outputs as rows (m, n), from any form that public functions take.

    These are: rows (m, n); integer labels (m,), made one-hot, for n > 1; values (m,) for n = 1.
    """
    given = numbers(name, y, _from_names(name))
    if given.shape == (m,):
        given = given[:, None] if n == 1 else one_hot(_labels(name, given, n), n)
    if given.shape != (m, n):
        form, it = "one value" if n == 1 else "an integer label", name.split()[-1]
        hint = f"; if its columns are the examples, {it}.T" if given.shape == (n, m) else ""
        if given.shape == (m, 1):
            hint = f"; if these are labels, {it}[:, 0]"
        raise ValueError(
            f"{name} has shape {given.shape}, expected {(m, n)}, or {(m,)}: {form} an example{hint}"
        )
    array = rows(name, given, n, dtype)
    C.check_targets(array.T, name)
    return array


def _labels(name: str, given: Any, n: int) -> Labels:
    labels = numbers(name, given, _from_names(name))
    if labels.ndim != 1:
        raise ValueError(f"{name} has shape {labels.shape}, expected (m,)")
    if labels.dtype.kind not in "iu":
        finite(name, labels, labels.dtype)  # what is missing is no class, which np.unique would make of it
        what = f"integer labels from 0 to {n - 1}, got dtype {labels.dtype}"
        raise TypeError(f"{name} must hold {what}{_from_names(name)}")
    wrong = (labels < 0) | (labels >= n)
    if wrong.any():
        i = int(wrong.argmax())
        raise ValueError(f"{name}[{i}] is {labels[i]}, expected a label from 0 to {n - 1}")
    return labels


def _from_names(name: str) -> str:
    y = name.split()[-1]
    return f"; classes of any kind become such by names, {y} = np.unique({y}, return_inverse=True)"


def _array(name: str, value: Any) -> Array:
    """Floats of numpy's, at no cost in every step of a training, and another library's array as they are."""
    if isinstance(value, np.ndarray | np.generic):
        good = type(value) is np.ndarray and value.dtype.kind == "f"
    else:
        good = hasattr(value, "__array_namespace__")
    return value if good else numbers(name, value)


def _number(C: Any) -> float:
    """A Python float for numpy's scalars; the array of no dimension that another library has in its place, as it is."""
    number: float = float(C) if isinstance(C, np.generic) else C
    return number


def _columns(name: str, a: Array) -> Array:
    a = _array(name, a)
    if a.ndim != 2 or a.size == 0:
        raise ValueError(f"{name} has shape {a.shape}, expected (outputs, examples)")
    return a


def _pair(a: Array, y: Array) -> tuple[Array, Array]:
    a, y = _columns("a", a), _array("y", y)
    if a.shape != y.shape:
        raise ValueError(f"y has shape {y.shape}, expected the shape of a, {a.shape}: (outputs, examples)")
    return a, y


def _check_probabilities(y: Array, name: str) -> None:
    wrong = ((y < 0) | (y > 1)).T
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        raise ValueError(f"{name}[{i}, {j}] is {y[j, i]:g}, expected a target from 0 to 1 for this loss")
