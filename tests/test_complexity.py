"""The counts of operations and bytes, held to arithmetic that counts what is done to it, in `backward` itself."""

import itertools
import math
from collections import Counter
from typing import ClassVar

import numpy as np
import pytest

from bplib import Activation, Network, Quadratic, backprop, backward
from bplib.complexity import CONVENTIONS, Operations, differences, memory, operations, total
from bplib.network import feedforward

DIGITS = (784, 16, 16, 10)  # the network that the counts of the source are asked of


class Tally(float):
    """A number that notes what is done to it, and what comes out is such a number again."""

    done: ClassVar[Counter] = Counter()

    def _note(kind, operation):
        def method(self, *others):
            Tally.done[kind] += 1
            return Tally(operation(float(self), *map(float, others)))

        return method

    __add__ = _note("additions", lambda u, v: u + v)
    __radd__ = _note("additions", lambda u, v: v + u)
    __sub__ = _note("additions", lambda u, v: u - v)
    __rsub__ = _note("additions", lambda u, v: v - u)
    __mul__ = _note("multiplications", lambda u, v: u * v)
    __rmul__ = _note("multiplications", lambda u, v: v * u)
    __truediv__ = _note("divisions", lambda u, v: u / v)
    __rtruediv__ = _note("divisions", lambda u, v: v / u)
    __pow__ = _note("powers", lambda u, v: u**v)
    __neg__ = _note("signs", lambda u: -u)
    __abs__ = _note("signs", abs)
    exp = _note("functions", math.exp)
    f = _note("f", lambda z: 1 / (1 + math.exp(-z)))
    f_prime = _note("f_prime", lambda z: math.exp(-z) / (1 + math.exp(-z)) ** 2)


class Tallies:
    """An array of them, which the lines of bplib take for another library's: numpy does each step number by number."""

    def __init__(self, numbers):
        self.numbers = np.frompyfunc(Tally, 1, 1)(np.asarray(numbers, object))

    shape = property(lambda self: self.numbers.shape)
    ndim = property(lambda self: self.numbers.ndim)
    size = property(lambda self: self.numbers.size)
    T = property(lambda self: Tallies(self.numbers.T))

    def __array_namespace__(self):
        return Tallies

    @staticmethod
    def sum(array, axis, keepdims):
        return Tallies(array.numbers.sum(axis=axis, keepdims=keepdims))

    def __matmul__(self, other):
        before = Tally.done["multiplications"]
        product = Tallies(self.numbers @ other.numbers)
        Tally.done["products"] += Tally.done["multiplications"] - before
        Tally.done["multiplications"] = before
        return product

    def __mul__(self, other):
        return Tallies(self.numbers * other.numbers)

    def __add__(self, other):
        return Tallies(self.numbers + other.numbers)

    def __sub__(self, other):
        return Tallies(self.numbers - other.numbers)

    def __truediv__(self, number):
        return Tallies(self.numbers / number)


class Observed(Activation):
    """The sigmoid, each evaluation noted as one."""

    name = "observed"

    def __call__(self, z):
        return Tallies(np.frompyfunc(Tally.f, 1, 1)(z.numbers))

    def prime(self, z):
        return Tallies(np.frompyfunc(Tally.f_prime, 1, 1)(z.numbers))


def observe(sizes, m):
    """What is counted in a forward and a backward pass of bplib, and the gradient that comes out of them."""
    network, rng = Network(sizes, seed=0), np.random.default_rng(1)
    x, y = rng.random((m, sizes[0])), rng.random((m, sizes[-1]))
    twin = network.copy()
    for l in network.W:
        twin.W[l], twin.b[l], twin.activation[l] = Tallies(network.W[l]), Tallies(network.b[l]), Observed()
    x_columns, y_columns = Tallies(x.T), Tallies(y.T)
    Tally.done.clear()
    z, a = feedforward(twin, x_columns)
    forward = Counter(Tally.done)
    Tally.done.clear()
    _, grad_W, grad_b = backward(twin, z, a, y_columns, Quadratic())
    back = Counter(Tally.done)
    ours = backprop(network, x, y, "quadratic")
    for l in network.W:
        np.testing.assert_allclose(grad_W[l].numbers.astype(float), ours.grad_W[l], rtol=1e-9)
        np.testing.assert_allclose(grad_b[l].numbers.astype(float), ours.grad_b[l], rtol=1e-9)
    return forward, back


def as_counted(*steps):
    """The steps of `operations`, as an observation counts them together."""
    kinds = ("products", "multiplications", "additions", "divisions", "f", "f_prime")
    return {kind: sum(column) for kind, column in zip(kinds, zip(*steps, strict=True), strict=True)}


@pytest.mark.parametrize(
    ("sizes", "m"),
    [((2, 4, 1), 4), ((2, 3, 2, 1), 1), ((3, 1), 2), ((5, 4), 3), ((4, 3, 5, 2, 3), 6), ((1, 1, 1), 1)],
)
def test_the_counts_are_what_is_counted_in_feedforward_and_backward(sizes, m):
    counts = operations(sizes, m)
    forward, back = observe(sizes, m)
    assert {k: v for k, v in as_counted(counts["forward"]).items() if v} == {
        k: v for k, v in forward.items() if v
    }
    expected = as_counted(counts["backward"], counts["accumulation"], counts["averaging"])
    assert {k: v for k, v in expected.items() if v} == {k: v for k, v in back.items() if v}


def test_an_update_is_one_multiplication_and_one_subtraction_for_each_parameter():
    network = Network((3, 4, 2), seed=0)
    W, grad = Tallies(network.W[1]), Tallies(np.ones((4, 3)))
    Tally.done.clear()
    assert (W - grad * Tallies(np.full((4, 3), 0.1))).shape == (4, 3)
    n = network.n_parameters
    assert {k: v / 12 for k, v in Tally.done.items()} == {"multiplications": 1, "additions": 1}
    assert operations((3, 4, 2))["update"] == Operations(entrywise=n, additions=n)


def test_what_counts_for_f_and_its_slope_is_what_one_writes():
    z = Tally(0.3)
    Tally.done.clear()
    a = 1 / (1 + (-z).exp())
    assert Tally.done.total() == CONVENTIONS["with activations"].f == 4
    Tally.done.clear()
    slope = a * (1 - a)
    assert Tally.done == {"multiplications": 1, "additions": 1}
    assert float(slope) == pytest.approx(float(z.f_prime()))
    assert CONVENTIONS["multiplications"].f_prime == 1
    assert CONVENTIONS["multiplications and additions"].f_prime == 2


def passes(sizes, convention, *more):
    counts = operations(sizes)
    return total({step: counts[step] for step in ("forward", "backward", *more)}, convention)


def test_the_counts_of_784_16_16_10():
    """By hand: weights 12,544 + 256 + 160 = 12,960, BP2's 256 + 160 = 416, 42 neurons, 13,002 parameters."""
    counts = operations(DIGITS)
    assert total({"": counts["forward"]}) == 12_960
    assert total({"": counts["backward"]}) == 12_960 + 416
    assert passes(DIGITS, "multiplications") == 2 * 12_960 + 416 + 42 + 42 == 26_420
    adds = 12_960 + 10 + (416 - 32)
    assert passes(DIGITS, "multiplications and additions") == 26_378 + adds + 84 == 39_816
    assert passes(DIGITS, "with activations") == 39_816 + 4 * 42
    # the sum over many examples costs each of them nearly one addition a parameter
    one, many = operations(DIGITS), operations(DIGITS, 60_000)
    steps = ("forward", "backward", "accumulation")
    assert round(total({s: many[s] for s in steps}, "with activations") / 60_000) == 39_984 + 13_002 == 52_986
    assert total({"": one["accumulation"]}, "with activations") == 0


def test_counts_grow_with_the_examples_as_they_should():
    one, many = operations((6, 5, 4), 1), operations((6, 5, 4), 1000)
    for step in ("forward", "backward"):
        assert tuple(many[step]) == tuple(1000 * k for k in one[step])
    assert many["averaging"] == one["averaging"]
    assert many["update"] == one["update"]


def test_counts_are_integers_of_python_and_do_not_overflow():
    counts = operations(np.array([784, 4096, 4096, 10], np.int32), np.int32(60_000))
    assert all(type(k) is int for count in counts.values() for k in count)
    assert total({"": counts["forward"]}) == 60_000 * (784 * 4096 + 4096**2 + 40_960) > 2**32
    assert all(type(k) is int for k in memory(np.array([784, 10], np.int32), np.int32(10**9)).values())
    assert type(differences(np.array([784, 16, 10], np.int32))) is int


# -- finite differences --------------------------------------------------------------------------------------------


def test_the_differences_of_784_16_16_10_beside_backpropagation():
    both = passes(DIGITS, "multiply-adds")
    assert round(differences(DIGITS) / both) == 6_399
    assert round(differences(DIGITS, central=True) / both) == 12_797
    assert round(differences(DIGITS, local=True) / both) == 85


def moved_products(sizes, network, x, l, i, k):
    """The products that a pass takes when one parameter has moved, and only what it touches is computed again."""
    z, a = feedforward(network, x)
    done, L = 0, len(sizes) - 1
    new = {j: v.copy() for j, v in z.items()}
    h = 0.1
    if k is None:
        new[l][i] += h
    else:
        new[l][i] += h * a[l - 1][k]
        done += 1
    moved = network.activation[l](new[l][i]) - a[l][i]
    if l < L:
        for j in range(sizes[l + 1]):
            new[l + 1][j] += network.W[l + 1][j, i] * moved
            done += 1
    here = network.activation[l + 1](new[l + 1]) if l < L else None
    for j in range(l + 2, L + 1):
        new[j] = network.W[j] @ here + network.b[j]
        done += network.W[j].size
        here = network.activation[j](new[j])
    return done, new[L]


@pytest.mark.parametrize("sizes", [(3, 4), (3, 2, 4), (2, 3, 4, 2), (2, 3, 2, 3, 1)])
def test_local_differences_count_what_a_pass_that_redoes_only_this_takes(sizes):
    network, x = Network(sizes, seed=3), np.linspace(-1, 1, sizes[0])[:, None]
    one_pass = sum(W.size for W in network.W.values())
    done = 0
    for l in network.W:
        for i, k in itertools.product(range(sizes[l]), (*range(sizes[l - 1]), None)):
            products, last = moved_products(sizes, network, x, l, i, k)
            done += products
            other = network.copy()
            (other.b[l] if k is None else other.W[l])[i, 0 if k is None else k] += 0.1
            np.testing.assert_allclose(last, feedforward(other, x)[0][len(sizes) - 1], rtol=1e-12)
    assert differences(sizes, local=True) == one_pass + done
    assert differences(sizes, local=True, central=True) == one_pass + 2 * done
    n = network.n_parameters
    assert differences(sizes) == (n + 1) * one_pass
    assert differences(sizes, central=True) == 2 * n * one_pass


# -- bytes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_bytes_are_those_of_the_arrays(dtype):
    network = Network((7, 5, 4, 3), "tanh", "sigmoid", seed=0, dtype=dtype)
    g = backprop(network, np.ones((11, 7)), np.ones((11, 3)), "quadratic")
    held = memory(network.sizes, 11, dtype)

    def size(*layers):
        return sum(array.nbytes for each in layers for array in each.values())

    assert held["parameters"] == size(network.W, network.b)
    assert held["gradient"] == size(g.grad_W, g.grad_b)
    assert held["kept"] == size(g.z, {l: a for l, a in g.a.items() if l})
    assert held["deltas"] == size(g.delta)
    assert memory(network.sizes, 11, "float16")["kept"] == 2 * 2 * 11 * 12


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [operations, differences, lambda n: memory(n, 1)])
def test_sizes_that_are_no_layers(count):
    for sizes, words in (((3,), "at least two layers"), ((3, 0), r"sizes\[1\] must be an integer")):
        with pytest.raises(ValueError, match=words):
            count(sizes)
    for sizes in (784, "2-3-1", (2.0, 3)):
        with pytest.raises(TypeError, match="sizes"):
            count(sizes)


@pytest.mark.parametrize("count", [operations, memory])
def test_examples_that_are_no_number(count):
    with pytest.raises(ValueError, match="m must be an integer of at least 1, got 0"):
        count((2, 1), 0)
    with pytest.raises(TypeError, match=r"m must be an integer of at least 1, got 4\.0"):
        count((2, 1), 4.0)


@pytest.mark.parametrize("dtype", [None, int, "bfloat17", "complex64", object])
def test_a_dtype_that_is_no_float(dtype):
    with pytest.raises(
        ValueError, match=r"dtype must be one of numpy's floats, such as numpy\.float32, got "
    ):
        memory((2, 1), 1, dtype)


def test_an_unknown_convention_gets_the_nearest():
    with pytest.raises(
        ValueError, match="unknown convention 'multiplicatons': did you mean 'multiplications'"
    ):
        total(operations((2, 1)), "multiplicatons")
