"""Every way to call the public functions wrongly: the message names the argument, what came and what was due."""

import copy
import re

import numpy as np
import pytest

import bplib
from bplib import (
    Activation,
    AdaGrad,
    Adam,
    AdamW,
    BinaryCrossEntropy,
    GradientDescent,
    LeakyReLU,
    Momentum,
    Nesterov,
    Network,
    Quadratic,
    ReLU,
    RMSProp,
    SoftmaxCrossEntropy,
    accuracy,
    backprop,
    check_gradient,
    forward,
    get_activation,
    get_loss,
    numerical_gradient,
    one_hot,
    predict,
    probabilities,
    relative_error,
    train,
)
from bplib.lbfgs import lbfgs
from bplib.schedules import constant, cosine, inverse_time, step_decay, warm_up

X, Y = np.ones((4, 2)), np.array([0, 2, 1, 0])
NAN = np.array([[1.0, 2], [3, 4], [5, np.nan], [7, np.inf]])


def net(sizes=(2, 3, 3), output="identity", **how):
    return Network(sizes, "tanh", output, **{"seed": 0, **how})


def with_W(l, value):
    network = net()
    network.W[l] = value
    return network


class Exp(Activation):
    """A reader's own, which overflows where z does not."""

    name = "exp"

    def __call__(self, z):
        return np.exp(np.abs(z))

    def prime(self, z):
        return np.sign(z) * np.exp(np.abs(z))


def split(w=0.5):
    """What goes in comes out of layer 2 once with each sign, and layer 3 adds them up."""
    network = Network((1, 1, 2, 1), "identity", "identity", seed=0)
    network.W[1][...] = w
    network.W[2][...], network.W[3][...] = [[1], [-1]], 1
    return network


def with_list(container):
    network = net()
    setattr(network, container, list(getattr(network, container).values()))
    return network


def without(container, l):
    network = net()
    del getattr(network, container)[l]
    return network


def trained(network=None, x=X, y=Y, loss="quadratic", **how):
    network = net() if network is None else network
    return train(network, x, y, loss, **{"learning_rate": 0.1, "epochs": 1, **how})


# (what is called, the error, what its message contains)
CALLS = [
    # names
    (lambda: get_activation("sigmod"), ValueError, "unknown activation 'sigmod'", "did you mean 'sigmoid'?"),
    (lambda: get_activation("ReLU"), ValueError, "did you mean 'relu'?", "'leaky_relu'"),
    (lambda: get_activation("xyz"), ValueError, "unknown activation 'xyz': Known: 'sigmoid', 'tanh'"),
    (lambda: get_activation(3), TypeError, "activation must be a name or an Activation, got 3"),
    (lambda: get_activation(ReLU), TypeError, "write ReLU()"),
    (lambda: get_loss("cross_entropy"), ValueError, "unknown loss", "did you mean 'binary_cross_entropy'?"),
    (lambda: get_loss("quadratik"), ValueError, "did you mean 'quadratic'?"),
    (lambda: get_loss(None), TypeError, "loss must be a name or a Loss, got None"),
    (lambda: get_loss(Quadratic), TypeError, "write Quadratic()"),
    (lambda: LeakyReLU(1), ValueError, "slope must be a number from 0 to below 1, got 1"),
    (lambda: LeakyReLU(-0.1), ValueError, "slope", "got -0.1"),
    (lambda: LeakyReLU("0.1"), TypeError, "slope", "got '0.1'"),
    (lambda: LeakyReLU(float("nan")), ValueError, "slope", "got nan"),
    # Network
    (lambda: net("23"), TypeError, "sizes must be a sequence of integers", "'23'"),
    (lambda: net(np.array(5)), TypeError, "sizes must be a sequence of integers", "array(5)"),
    (lambda: net(5), TypeError, "sizes must be a sequence", "got 5"),
    (lambda: net({2, 3, 1}), TypeError, "sizes must be a sequence of integers", "{1, 2, 3}"),
    (lambda: net({2: 0, 1: 0}), TypeError, "sizes must be a sequence of integers", "{2: 0, 1: 0}"),
    (lambda: net(iter((2, 1))), TypeError, "sizes must be a sequence of integers"),
    (lambda: net(b"23"), TypeError, "sizes must be a sequence of integers", "b'23'"),
    (lambda: net((2,)), ValueError, "sizes must name at least two layers", "(2,)"),
    (lambda: net((2, 0, 1)), ValueError, "sizes[1] must be an integer of at least 1, got 0"),
    (lambda: net((2, 3.0, 1)), TypeError, "sizes[1]", "got 3.0"),
    (lambda: net((True, 1)), TypeError, "sizes[0]", "got True"),
    (lambda: Network((2, 1), "tan", seed=0), ValueError, "unknown activation 'tan'", "'tanh'"),
    (
        lambda: net(output="softmax"),
        ValueError,
        "unknown activation 'softmax'",
        'output="identity"',
        '"softmax_cross_entropy"',
    ),
    (lambda: get_activation("Softmax"), ValueError, "unknown activation 'Softmax'", 'output="identity"'),
    (
        lambda: net(init="xaver"),
        ValueError,
        "unknown init 'xaver'",
        "did you mean 'xavier'?",
        "'he', 'normal'",
    ),
    (lambda: net(init=1), TypeError, "init must be one of 'xavier', 'he', 'normal', got 1"),
    (lambda: net(seed=None), TypeError, "seed must be an integer or a numpy.random.Generator, got None"),
    (lambda: net(seed=1.5), TypeError, "seed", "got 1.5"),
    (lambda: net(seed=True), TypeError, "seed", "got True"),
    (lambda: net(seed=-1), ValueError, "seed must be an integer of at least 0, got -1"),
    (lambda: net(dtype=np.float16), ValueError, "dtype must be numpy.float64 or numpy.float32", "float16"),
    (lambda: net(dtype=int), ValueError, "dtype", "int"),
    (lambda: net(dtype="no such"), ValueError, "dtype", "'no such'"),
    (lambda: net(dtype=np.array([1.0, 2])), ValueError, "dtype must be numpy.float64 or", "array([1., 2.])"),
    (lambda: net(dtype=">f8"), ValueError, "dtype must be numpy.float64 or", "'>f8'"),
    (lambda: net(dtype=None), ValueError, "dtype", "None"),
    (lambda: net().copy("f2"), ValueError, "dtype", "'f2'"),
    # x
    (lambda: net()(np.ones((4, 3))), ValueError, "x has shape (4, 3), expected (m, 2)"),
    (
        lambda: forward(net(), np.ones((4, 3))),
        ValueError,
        "x has shape (4, 3), expected (m, 2): one example a row",
    ),
    (lambda: forward(net(), np.ones(2)), ValueError, "x has shape (2,), expected (m, 2)", "x[None, :]"),
    (lambda: forward(net(), 1.0), ValueError, "x has shape (), expected (m, 2)"),
    (lambda: forward(net((1, 1)), np.ones(9)), ValueError, "x has shape (9,), expected (m, 1)", "x[:, None]"),
    (lambda: forward(net((1, 1)), np.ones(1)), ValueError, "x has shape (1,), expected (m, 1)", "x[:, None]"),
    (
        lambda: forward(net(), np.ones((2, 9))),
        ValueError,
        "x has shape (2, 9), expected (m, 2)",
        "examples, x.T",
    ),
    (
        lambda: forward(net((784, 1)), np.ones((9, 28, 28))),
        ValueError,
        "x has shape (9, 28, 28), expected (m, 784)",
        "x.reshape(len(x), -1)",
    ),
    (lambda: forward(net((784, 1)), np.ones((28, 28))), ValueError, "is x.reshape(1, -1)"),
    (lambda: forward(net((784, 1)), np.ones((28, 28, 1))), ValueError, "is x.reshape(1, -1)"),
    (
        lambda: trained(validation=(X.T, Y)),
        ValueError,
        "validation x has shape (2, 4), expected",
        "examples, x.T",
    ),
    (lambda: trained(validation=(X[0], Y)), ValueError, "validation x has shape (2,)", "is x[None, :]"),
    # missing values
    (
        lambda: forward(net(), np.ma.array(X)),
        TypeError,
        "x is a masked array",
        "out, or put numbers in their places",
    ),
    (lambda: forward(net(), [np.ma.array([1.0, 2], mask=[0, 1])]), TypeError, "x is a masked array"),
    (lambda: forward(net(), ((1.0, 2), np.ma.array([1.0, 2]))), TypeError, "x is a masked array"),
    (lambda: backprop(net(), X, np.ma.array(Y), "quadratic"), TypeError, "y is a masked array"),
    (lambda: one_hot(np.ma.array(Y), 3), TypeError, "labels is a masked array"),
    (lambda: relative_error(1, np.ma.masked), TypeError, "v is a masked array"),
    (lambda: relative_error([1, np.ma.masked], [1, 1]), TypeError, "u is a masked array"),
    (lambda: trained(validation=(np.ma.array(X), Y)), TypeError, "validation x is a masked array"),
    (
        lambda: check_gradient(net((2, 1)), X, Y, "quadratic", {1: np.ma.ones((1, 2))}),
        TypeError,
        "grad_W[1] is a masked array",
    ),
    (lambda: forward(with_W(1, np.ma.ones((3, 2))), X), TypeError, "network.W[1] is MaskedArray", "float64"),
    (
        lambda: forward(with_W(1, np.ones((3, 2)).view(np.recarray)), X),
        TypeError,
        "network.W[1] is recarray",
        "float64",
    ),
    # too large
    (lambda: forward(net(), X * 1e308), OverflowError, "z[1] is beyond what float64 holds", "smaller"),
    (lambda: forward(net(dtype="f4"), X * 3e38), OverflowError, "z[1] is beyond what float32 holds"),
    (
        lambda: with_W(1, np.full((3, 2), 1e200))(X * 1e200),
        OverflowError,
        "z[1] is beyond what float64 holds",
    ),
    (
        lambda: backprop(with_W(1, np.full((3, 2), 1e200)), X * 1e200, Y, "quadratic"),
        OverflowError,
        "z[1] is beyond",
    ),
    (
        lambda: backprop(net((2, 1)), X * 1e160, Y, "quadratic"),
        OverflowError,
        "grad_W[1] is beyond what float64 holds",
    ),
    (
        lambda: backprop(net((2, 1)), X * 0, [-1e308] * 4, "quadratic"),
        OverflowError,
        "grad_b[1] is beyond what float64 holds",
    ),
    (lambda: forward(net((2, 1), output=Exp()), X * 1e4), OverflowError, "a[1] is beyond what float64 holds"),
    (
        lambda: backprop(net((2, 1), output=Exp()), X * 1e4, X[:, 0], "quadratic"),
        OverflowError,
        "a[1] is beyond",
    ),
    (lambda: forward(split(1e10), [[1e300]]), OverflowError, "z[1] is beyond what float64 holds"),
    (lambda: backprop(split(1e10), [[1e300]], [[0.0]], "quadratic"), OverflowError, "z[1] is beyond"),
    (lambda: backprop(net((2, 1)), X, Y * 1e160, "quadratic"), OverflowError, "the loss is inf", "float64"),
    (
        lambda: check_gradient(net((2, 1)), X, Y * 1e160, "quadratic"),
        OverflowError,
        "the loss is inf",
        "h = 1e-05",
    ),
    # on the way the difference of two infinite numbers, of which numpy would warn
    (
        lambda: numerical_gradient(split(), [[1e10]], [[0.0]], "quadratic", h=1e308),
        OverflowError,
        "the loss is nan within h = 1e+308",
    ),
    (
        lambda: check_gradient(net((2, 1)), X, Y, "quadratic", h=1e200),
        OverflowError,
        "the loss is inf",
        "h = 1e+200",
    ),
    (
        lambda: check_gradient(net((2, 1)), X, Y, "quadratic", h=5e-324),
        ValueError,
        "at least 2.2e-16, got 5e-324",
    ),
    (lambda: forward(net(), np.ones((0, 2))), ValueError, "x is empty", "(0, 2)"),
    (lambda: forward(net(), []), ValueError, "x has shape (0,), expected (m, 2)"),
    (
        lambda: forward(net(), [[1, 2], [3]]),
        ValueError,
        "x must be an array of numbers, its rows equally long: ",
    ),
    (
        lambda: forward(net(), [["1", "2"]]),
        TypeError,
        "x must hold real numbers, got dtype <U1; if they are numbers in writing, np.asarray(x, float)",
    ),
    (lambda: forward(net(), [[None, 2]]), TypeError, "got dtype object", "np.asarray(x, float)"),
    (lambda: forward(net(), X + 1j), TypeError, "x must hold real numbers, got dtype complex128"),
    (lambda: forward(net(), NAN), ValueError, "x[2, 1] is nan, expected finite numbers"),
    (lambda: forward(net(), -NAN[3:]), ValueError, "x[0, 1] is -inf, expected finite numbers"),
    (lambda: forward(net(dtype="f4"), [[1, 1e40]]), ValueError, "x[0, 1] is 1e+40", "fit float32"),
    (lambda: forward("net", X), TypeError, "network must be a Network, got 'net'"),
    # a network that was changed
    (
        lambda: forward(with_W(2, np.ones((3, 2))), X),
        ValueError,
        "network.W[2] has shape (3, 2), expected (3, 3)",
    ),
    (
        lambda: forward(with_list("W"), X),
        TypeError,
        "network.W must be a dict with the layers [1, 2], got list",
    ),
    (
        lambda: forward(with_list("b"), X),
        TypeError,
        "network.b must be a dict with the layers [1, 2], got list",
    ),
    (
        lambda: forward(with_list("activation"), X),
        TypeError,
        "network.activation must be a dict with the layers",
    ),
    (lambda: forward(without("W", 1), X), ValueError, "network.W[1] is missing", "(3, 2)"),
    (lambda: forward(without("b", 2), X), ValueError, "network.b[2] is missing", "(3, 1)"),
    (
        lambda: forward(without("activation", 2), X),
        TypeError,
        "network.activation[2] must be an Activation, got None",
    ),
    (
        lambda: forward(with_W(1, np.ones((3, 2), int)), X),
        TypeError,
        "network.W[1] is dtype int",
        "array of float64",
    ),
    (
        lambda: forward(with_W(1, [[1.0, 2]] * 3), X),
        TypeError,
        "network.W[1] is list, expected an array of float64",
    ),
    (lambda: forward(with_W(1, np.full((3, 2), np.nan)), X), ValueError, "network.W[1][0, 0] is nan"),
    # y
    (
        lambda: backprop(net(), X, Y[:3], "quadratic"),
        ValueError,
        "y has shape (3,), expected (4, 3), or (4,): an integer label an example",
    ),
    (lambda: backprop(net(), X, np.eye(3)[Y].T, "quadratic"), ValueError, "expected (4, 3)", "examples, y.T"),
    (lambda: backprop(net(), X, Y[:, None], "quadratic"), ValueError, "expected (4, 3)", "labels, y[:, 0]"),
    (
        lambda: backprop(net((2, 1)), X, Y[None, :], "quadratic"),
        ValueError,
        "y has shape (1, 4), expected (4, 1), or (4,): one value an example; if its columns are the examples, y.T",
    ),
    (
        lambda: backprop(net(), X, np.ones((3, 4)), "quadratic"),
        ValueError,
        "y has shape (3, 4), expected (4, 3)",
    ),
    (
        lambda: backprop(net((2, 1)), X, X, "quadratic"),
        ValueError,
        "y has shape (4, 2), expected (4, 1), or (4,)",
    ),
    (
        lambda: backprop(net(), X, [0, 3, 1, 0], "quadratic"),
        ValueError,
        "y[1] is 3, expected a label from 0 to 2",
    ),
    (lambda: backprop(net(), X, [0, 3, 1, 4], "quadratic"), ValueError, "y[1] is 3"),  # the first of two
    (
        lambda: backprop(net(), X, [0, 1, -1, 0], "quadratic"),
        ValueError,
        "y[2] is -1, expected a label from 0 to 2",
    ),
    (
        lambda: backprop(net(), X, [0.0, 1, 2, 0], "quadratic"),
        TypeError,
        "y must hold integer labels",
        "float64",
        "names, y = np.unique(y, return_inverse=True)",
    ),
    (
        lambda: backprop(net(), X, list("abca"), "quadratic"),
        TypeError,
        "y must hold real numbers, got dtype <U1",
        "names, y = np.unique(y, return_inverse=True)",
    ),
    (
        lambda: backprop(net((2, 2)), X, NAN, "quadratic"),
        ValueError,
        "y[2, 1] is nan, expected finite numbers",
    ),
    # x and the losses
    (lambda: backprop(net(), X[:, :1], Y, "quadratic"), ValueError, "x has shape (4, 1), expected (m, 2)"),
    (lambda: backprop(net(), X, Y, "quadratc"), ValueError, "unknown loss 'quadratc'"),
    (
        lambda: backprop(net(output="sigmoid"), X, Y, "softmax_cross_entropy"),
        ValueError,
        "softmax_cross_entropy takes logits, but the network's output is 'sigmoid': "
        'make it with Network(..., output="identity")',
    ),
    (
        lambda: trained(net((2, 1), "tanh"), y=[0, 1, 1, 0], loss=BinaryCrossEntropy()),
        ValueError,
        "binary_cross_entropy takes logits",
        'output="identity"',
    ),
    (
        lambda: backprop(net((2, 1)), X, [0, 1, 1.5, 0], "binary_cross_entropy"),
        ValueError,
        "y[2, 0] is 1.5, expected a target from 0 to 1",
    ),
    (
        lambda: backprop(net((2, 1)), X, [0, -1, 1, 0], "binary_cross_entropy"),
        ValueError,
        "y[1, 0] is -1, expected a target from 0 to 1",
    ),
    (
        lambda: backprop(net((2, 2)), X, [[0, 1], [0.5, 0.4], [1, 0], [1, 0]], "softmax_cross_entropy"),
        ValueError,
        "y[1] sums to 0.9, expected targets that sum to 1",
    ),
    (
        lambda: backprop(net((2, 2)), X, [[0, 1], [2, -1], [1, 0], [1, 0]], "softmax_cross_entropy"),
        ValueError,
        "y[1, 0] is 2, expected a target from 0 to 1",
    ),
    (
        lambda: backprop(net((2, 1)), X, [1, 1, 1, 1], "softmax_cross_entropy"),
        ValueError,
        "softmax over one output is always 1: use 'binary_cross_entropy'",
    ),
    # one_hot and the losses themselves
    (lambda: one_hot([0, 3], 3), ValueError, "labels[1] is 3, expected a label from 0 to 2"),
    (lambda: one_hot([0, -1], 3), ValueError, "labels[1] is -1, expected a label from 0 to 2"),
    (
        lambda: one_hot(list("ab"), 2),
        TypeError,
        "labels must hold real numbers, got dtype <U1; classes",
        "names, labels = np.unique(labels, return_inverse=True)",
    ),
    (lambda: one_hot([0, np.nan, 1], 3), ValueError, "labels[1] is nan, expected finite numbers"),
    (lambda: one_hot([0.0], 3), TypeError, "labels must hold integer labels from 0 to 2, got dtype float64"),
    (lambda: one_hot([True], 3), TypeError, "labels must hold integer labels", "bool"),
    (lambda: one_hot([[0]], 3), ValueError, "labels has shape (1, 1), expected (m,)"),
    (lambda: one_hot([0], 0), ValueError, "n must be an integer of at least 1, got 0"),
    (lambda: one_hot([0], 2.0), TypeError, "n must be an integer", "got 2.0"),
    (lambda: Quadratic()(X, X.T), ValueError, "y has shape (2, 4), expected the shape of a, (4, 2)"),
    (lambda: Quadratic().grad(X, X[:1]), ValueError, "y has shape (1, 2), expected the shape of a, (4, 2)"),
    (lambda: BinaryCrossEntropy()(X, X[0]), ValueError, "y has shape (2,), expected the shape of a, (4, 2)"),
    (
        lambda: SoftmaxCrossEntropy().grad(X[0], X[0]),
        ValueError,
        "a has shape (2,), expected (outputs, examples)",
    ),
    (lambda: SoftmaxCrossEntropy()(X[:, :0], X[:, :0]), ValueError, "a has shape (4, 0), expected"),
    (lambda: Quadratic().classify(X[0]), ValueError, "a has shape (2,), expected (outputs, examples)"),
    (lambda: Quadratic()(np.array([["a"]]), [[1]]), TypeError, "a must hold real numbers", "<U1"),
    (lambda: Quadratic()(X, [["a"]]), TypeError, "y must hold real numbers", "<U1"),
    (lambda: Quadratic()([["a"]], [[1]]), TypeError, "a must hold real numbers", "<U1"),
    # gradients
    (
        lambda: numerical_gradient(net(), X, Y, "quadratic", h=0),
        ValueError,
        "h must be a number of at least 2.2e-16, got 0",
    ),
    (
        lambda: numerical_gradient(net(), X, Y, "quadratic", h="1"),
        TypeError,
        "h must be a number of at least 2.2e-16, got '1'",
    ),
    (lambda: numerical_gradient(net(), NAN, Y, "quadratic"), ValueError, "x[2, 1] is nan"),
    (lambda: check_gradient(net(), X, Y[:2], "quadratic"), ValueError, "y has shape (2,), expected (4, 3)"),
    (
        lambda: check_gradient(net(), X, Y, "quadratic", {1: X}),
        ValueError,
        "grad_W",
        "layers [1, 2], got [1]",
    ),
    (
        lambda: check_gradient(net(), X, Y, "quadratic", 3),
        ValueError,
        "grad_W must be a dict with the layers [1, 2], got 3",
    ),
    (
        lambda: check_gradient(net(), X, Y, "quadratic", grad_b=[1]),
        ValueError,
        "grad_b must be a dict",
        "[1]",
    ),
    (
        lambda: check_gradient(net(), X, Y, "quadratic", {1: np.ones((2, 3)), 2: np.ones((3, 3))}),
        ValueError,
        "grad_W[1] has shape (2, 3), expected (3, 2)",
    ),
    (
        lambda: check_gradient(
            net(), X, Y, "quadratic", grad_b={1: np.ones((3, 1)), 2: np.full((3, 1), np.nan)}
        ),
        ValueError,
        "grad_b[2][0, 0] is nan",
    ),
    (lambda: relative_error([1, 2], [1, 2, 3]), ValueError, "v has shape (3,), expected that of u, (2,)"),
    (lambda: relative_error([1, np.nan], [1, 2]), ValueError, "u[1] is nan, expected finite numbers"),
    (lambda: relative_error(1, np.inf), ValueError, "v is inf, expected finite numbers"),
    (lambda: relative_error("a", 1), TypeError, "u must hold real numbers"),
    # optimizers
    (lambda: GradientDescent(0), ValueError, "learning_rate must be a positive number, got 0"),
    (lambda: GradientDescent(-1), ValueError, "learning_rate", "got -1"),
    (lambda: GradientDescent(np.inf), ValueError, "learning_rate", "got inf"),
    (lambda: GradientDescent(10**400), ValueError, "learning_rate must be a positive number"),
    (lambda: GradientDescent("0.1"), TypeError, "learning_rate must be a positive number, got '0.1'"),
    (lambda: GradientDescent(True), TypeError, "learning_rate", "got True"),
    (lambda: Momentum(-0.1), ValueError, "learning_rate", "got -0.1"),
    (lambda: Momentum(0.1, 1), ValueError, "beta must be a number from 0 to below 1, got 1"),
    (lambda: Momentum(0.1, -0.5), ValueError, "beta", "got -0.5"),
    (lambda: Momentum(0.1, None), TypeError, "beta", "got None"),
    (lambda: RMSProp(0), ValueError, "learning_rate must be a positive number, got 0"),
    (lambda: RMSProp(0.1, 1), ValueError, "beta must be a number from 0 to below 1, got 1"),
    (lambda: RMSProp(0.1, epsilon=0), ValueError, "epsilon must be a positive number, got 0"),
    (lambda: Adam(0), ValueError, "learning_rate must be a positive number, got 0"),
    (lambda: Adam(beta1=1), ValueError, "beta1 must be a number from 0 to below 1, got 1"),
    (lambda: Adam(beta2=-0.5), ValueError, "beta2", "got -0.5"),
    (lambda: AdaGrad(0), ValueError, "learning_rate must be a positive number, got 0"),
    (lambda: AdaGrad(0.1, 0), ValueError, "epsilon must be a positive number, got 0"),
    (lambda: AdamW(decay=-1), ValueError, "decay must be a number of at least 0, got -1"),
    (lambda: AdamW(decay=None), TypeError, "decay must be a number of at least 0, got None"),
    (
        lambda: trained(learning_rate=lambda t: -1),
        ValueError,
        "learning_rate(0), the first of the schedule, must be",
    ),
    (lambda: trained(learning_rate=lambda t: None), TypeError, "a number of at least 0, got None"),
    (
        lambda: lbfgs(net(), X, Y, "quadratic", iterations=0),
        ValueError,
        "iterations must be an integer of at least 1",
    ),
    (
        lambda: lbfgs(net(), X, Y, "quadratic", iterations=1, memory=0),
        ValueError,
        "memory must be an integer",
    ),
    (lambda: lbfgs(net(), X[:2], Y, "quadratic", iterations=1), ValueError, "y has shape"),
    (lambda: constant(0, -1), ValueError, "eta must be a positive number, got -1"),
    (lambda: step_decay(0, 1, 5, 2), ValueError, "factor must be a number above 0, to 1, got 2"),
    (lambda: step_decay(0, 1, 0), ValueError, "every must be a positive number, got 0"),
    (lambda: cosine(0, 0.1, 0), ValueError, "steps must be a positive number, got 0"),
    (lambda: inverse_time(0, 0.1, "5"), TypeError, "steps must be a positive number, got '5'"),
    (lambda: warm_up(0, 0), ValueError, "steps must be a positive number, got 0"),
    (lambda: Adam(epsilon="0"), TypeError, "epsilon must be a positive number, got '0'"),
    # train
    (lambda: trained(x=X[:, :1]), ValueError, "x has shape (4, 1), expected (m, 2)"),
    (lambda: trained(x=X[:0], y=Y[:0]), ValueError, "x is empty"),
    (lambda: trained(x=NAN), ValueError, "x[2, 1] is nan"),
    (lambda: trained(y=Y[:3]), ValueError, "y has shape (3,), expected (4, 3)"),
    (lambda: trained(loss="quad"), ValueError, "unknown loss 'quad'", "'quadratic'"),
    (lambda: trained(learning_rate=None), ValueError, "one of learning_rate and optimizer"),
    (
        lambda: trained(optimizer=Momentum(0.1)),
        ValueError,
        "one of learning_rate and optimizer, and not both",
    ),
    (lambda: trained(learning_rate=0), ValueError, "learning_rate must be a positive number, got 0"),
    (
        lambda: trained(learning_rate=None, optimizer="adam"),
        TypeError,
        "optimizer must have a step",
        "'adam'",
    ),
    (lambda: trained(epochs=0), ValueError, "epochs must be an integer of at least 1, got 0"),
    (lambda: trained(epochs=2.5), TypeError, "epochs", "got 2.5"),
    (lambda: trained(drop_last=1), TypeError, "drop_last must be True or False, got 1"),
    (lambda: trained(batch_size=0), ValueError, "batch_size must be an integer of at least 1, got 0"),
    (lambda: trained(batch_size=5), ValueError, "batch_size must be an integer from 1 to 4, got 5"),
    (lambda: trained(batch_size=2.0), TypeError, "batch_size", "got 2.0"),
    (lambda: trained(threshold=0), ValueError, "threshold must be None or a positive number, got 0"),
    (lambda: trained(threshold="low"), TypeError, "threshold", "got 'low'"),
    (lambda: trained(threshold=np.nan), ValueError, "threshold", "nan"),
    (lambda: trained(validation=X), TypeError, "validation must be None or a pair (x, y), got ndarray"),
    (lambda: trained(validation=(X,)), TypeError, "validation must be None or a pair (x, y)"),
    (lambda: trained(validation=(X[:, :1], Y)), ValueError, "validation x has shape (4, 1), expected (m, 2)"),
    (lambda: trained(validation=(X, Y[:2])), ValueError, "validation y has shape (2,), expected (4, 3)"),
    (
        lambda: trained(validation=(X, Y + 1)),
        ValueError,
        "validation y[1] is 3, expected a label from 0 to 2",
    ),
    (
        lambda: trained(seed="one"),
        TypeError,
        "seed must be an integer or a numpy.random.Generator, got 'one'",
    ),
    (lambda: trained(callback=3), TypeError, "callback must be callable", "got 3"),
    (
        lambda: trained(with_W(1, np.ones((2, 2)))),
        ValueError,
        "network.W[1] has shape (2, 2), expected (3, 2)",
    ),
    (
        lambda: trained(validation=(X, list("abca"))),
        TypeError,
        "validation y must hold real numbers, got dtype <U1",
        "names, y = np.unique(y, return_inverse=True)",
    ),
    # predict
    (lambda: predict(net(output="sigmoid"), X, "softmax_cross_entropy"), ValueError, 'output="identity"'),
    (lambda: predict(net(), X[0], "quadratic"), ValueError, "x[None, :]"),
    (lambda: predict("net", X, "quadratic"), TypeError, "network must be a Network, got 'net'"),
    (lambda: predict(net(), X, "quad"), ValueError, "unknown loss 'quad'"),
    (lambda: probabilities(net(), X, "quadratic"), ValueError, "quadratic takes no logits", "network(x)"),
    (lambda: probabilities(net(output="tanh"), X, "binary_cross_entropy"), ValueError, 'output="identity"'),
    # accuracy
    (
        lambda: accuracy(with_W(1, np.full((3, 2), 1e200)), X * 1e200, Y, "quadratic"),
        OverflowError,
        "z[1] is beyond what float64 holds",
    ),
    (
        lambda: accuracy(net(), X, Y[:2], "quadratic"),
        ValueError,
        "labels has shape (2,), expected (4, 3), or (4,)",
    ),
    (
        lambda: accuracy(net(), X, Y + 1, "quadratic"),
        ValueError,
        "labels[1] is 3, expected a label from 0 to 2",
    ),
    (lambda: accuracy(net((2, 1)), X, [0, 1, 2, 0], "quadratic"), ValueError, "labels must be classes"),
    (lambda: accuracy(net(), X, np.ones((4, 3)), "quadratic"), ValueError, "labels must be classes"),
    (
        lambda: accuracy(net((2, 1)), X, [0, 1, 2, 0], "binary_cross_entropy"),
        ValueError,
        "labels[2, 0] is 2, expected a target from 0 to 1",
    ),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[2][:60])
def test_the_message_says_what_is_wrong(call):
    do, error, *fragments = call
    with pytest.raises(error) as info:
        do()
    assert type(info.value) is error
    for fragment in fragments:
        assert fragment in str(info.value)
    assert not re.search(r"\bdtype\('|np\.float64\(", str(info.value)), "numpy's repr is not for readers"


@pytest.mark.parametrize(
    "optimizer",
    [GradientDescent(0.1), Momentum(0.1), Nesterov(0.1), AdaGrad(0.1), RMSProp(0.1), Adam(), AdamW()],
    ids=lambda o: type(o).__name__,
)
@pytest.mark.parametrize(
    ("grad_W", "grad_b", "message"),
    [
        ({1: np.ones((1, 2))}, {1: np.ones(1)}, "grad_b[1] has shape (1,), expected (1, 1)"),
        ({1: np.ones((1, 1))}, {1: np.ones((1, 1))}, "grad_W[1] has shape (1, 1), expected (1, 2)"),
        ({1: np.ones((1, 2))}, {}, "grad_W and grad_b have layers [1], [], expected [1]"),
        ({1: np.ones((1, 2))}, {1: np.ma.masked_all((1, 1))}, "grad_b[1] is a masked array"),
    ],
)
def test_a_step_with_wrong_gradients_changes_nothing(optimizer, grad_W, grad_b, message):
    network = net((2, 1))
    before = network.copy()
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        optimizer.step(network, grad_W, grad_b)
    assert (network.W[1] == before.W[1]).all()
    assert (network.b[1] == before.b[1]).all()


@pytest.mark.parametrize(
    "optimizer",
    [GradientDescent(0.1), Momentum(0.1), Nesterov(0.1), AdaGrad(0.1), RMSProp(0.1), Adam(), AdamW()],
    ids=lambda o: type(o).__name__,
)
@pytest.mark.parametrize("letter", ["W", "b"])
def test_a_step_on_a_read_only_array_changes_nothing(optimizer, letter):
    network = net()
    before = network.copy()
    getattr(network, letter)[2].flags.writeable = False
    name = f"network.{letter}[2]"
    what = f"{name} is read-only, and a step changes it in place: give it {name}.copy()"
    with pytest.raises(ValueError, match=re.escape(what)):
        trained(network, learning_rate=None, optimizer=optimizer)
    assert all((network.W[l] == before.W[l]).all() and (network.b[l] == before.b[l]).all() for l in (1, 2))


@pytest.mark.parametrize(
    "optimizer",
    [Momentum(0.1), Nesterov(0.1), AdaGrad(0.1), RMSProp(0.1), Adam(), AdamW()],
    ids=lambda o: type(o).__name__,
)
def test_the_memory_of_another_network_is_refused(optimizer):
    optimizer = copy.deepcopy(optimizer)  # a second run of the tests in one process finds it without a memory
    first, kind = net(), type(optimizer).__name__
    trained(first, learning_rate=None, optimizer=optimizer)
    trained(first, learning_rate=None, optimizer=optimizer)  # goes on where it was
    for other in (net((2, 2, 3)), first.copy()):
        before = other.copy()
        with pytest.raises(
            ValueError, match=rf"^this {kind} remembers .* <Network 2-3-3.*make a new {kind}$"
        ):
            trained(other, learning_rate=None, optimizer=optimizer)
        assert (other.W[2] == before.W[2]).all()


@pytest.mark.parametrize("shape", [(3,), (), (0,), (4, 3), (3, 3, 3), (4, 3, 1), (1, 2, 2, 1)])
def test_no_fix_is_named_that_would_not_help(shape):
    with pytest.raises(ValueError, match=r"one example a row$"):
        forward(net(), np.ones(shape))


@pytest.mark.parametrize("shape", [(3,), (3, 4, 1), (4, 4), (2, 4), (1, 4), (3, 1)])
def test_no_fix_is_named_for_y_that_would_not_help(shape):
    with pytest.raises(ValueError, match=r"an integer label an example$"):
        backprop(net(), X, np.ones(shape, int), "quadratic")


def test_no_fix_is_named_for_numbers_that_are_not_real():
    with pytest.raises(TypeError, match=r"got dtype complex128$"):
        forward(net(), X + 1j)


def test_infinite_numbers_that_cancel_are_found_without_a_warning():
    with pytest.raises(ValueError, match=r"x\[0, 0\] is inf"):
        forward(net(), [[np.inf, -np.inf]])


def test_a_refused_training_changes_nothing():
    network = net()
    before = network.copy()
    for wrong in (
        {"epochs": 0},
        {"validation": (X, Y + 1)},
        {"callback": 3},
        {"seed": -1},
        {"batch_size": 9},
    ):
        with pytest.raises((TypeError, ValueError)):
            trained(network, **wrong)
    for l in network.W:
        assert (network.W[l] == before.W[l]).all()
        assert (network.b[l] == before.b[l]).all()


def test_what_is_public_is_there_and_documented():
    assert bplib.__all__ == sorted(bplib.__all__)
    for name in bplib.__all__:
        assert getattr(bplib, name).__doc__.strip()
