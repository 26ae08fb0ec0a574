import math

import array_api_strict as strict
import numpy as np
import pytest

from bplib import Activation, Identity, LeakyReLU, ReLU, Sigmoid, Tanh, get_activation

ALL = [Sigmoid(), Tanh(), ReLU(), LeakyReLU(), LeakyReLU(0.2), Identity()]
each = pytest.mark.parametrize("f", ALL, ids=repr)


@pytest.mark.parametrize(
    ("f", "z", "value", "slope"),
    [
        (Sigmoid(), 0, 1 / 2, 1 / 4),
        (Sigmoid(), math.log(3), 3 / 4, 3 / 16),
        (Sigmoid(), -math.log(3), 1 / 4, 3 / 16),
        (Tanh(), 0, 0, 1),
        (Tanh(), math.log(3), 4 / 5, 9 / 25),  # (9 - 1) / (9 + 1)
        (Tanh(), -math.log(3), -4 / 5, 9 / 25),
        (ReLU(), 2, 2, 1),
        (ReLU(), -2, 0, 0),
        (ReLU(), 0, 0, 0),
        (LeakyReLU(), 2, 2, 1),
        (LeakyReLU(), -2, -0.02, 0.01),
        (LeakyReLU(0.25), -2, -0.5, 0.25),
        (LeakyReLU(0.25), 0, 0, 0.25),
        (Identity(), -7, -7, 1),
    ],
)
def test_values_known_by_hand(f, z, value, slope):
    z = np.array([[z]], dtype=float)
    assert f(z) == pytest.approx(value, rel=1e-15, abs=0)
    assert f.prime(z) == pytest.approx(slope, rel=1e-15, abs=0)


@each
def test_prime_is_the_slope(f):
    z = np.linspace(-6, 6, 100)  # even: the kink at 0 is not among them
    h = 1e-5
    np.testing.assert_allclose(f.prime(z), (f(z + h) - f(z - h)) / (2 * h), rtol=1e-8, atol=1e-10)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_dtype_and_shape_are_kept_and_the_argument_is_not_changed(f, dtype, shape):
    z = np.full(shape, -1.5, dtype)
    for result in (f(z), f.prime(z)):
        assert result.dtype == dtype
        assert result.shape == shape
    assert (z == -1.5).all()


@each
def test_a_plain_number_will_do(f):
    assert float(f(1.0)) == float(f(np.array([1.0]))[0])
    assert float(f.prime(1)) == float(f.prime(np.array([1.0]))[0])


@each
def test_far_out_nothing_overflows(f):
    z = np.array([-1e300, -1000, 1000, 1e300])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(f(z)).all()
        assert np.isfinite(f.prime(z)).all()


def test_sigmoid_at_a_thousand():
    f, z = Sigmoid(), np.array([-1000.0, 1000.0])
    assert f(z).tolist() == [0, 1]
    assert f.prime(z).tolist() == [0, 0]


def test_sigmoid_and_its_slope_keep_their_relative_accuracy():
    f = Sigmoid()
    far = np.array([-700.0, -300.0, -40.0])  # here f and f' are exp(z), to 17 digits
    exact = [math.exp(z) for z in far]
    np.testing.assert_allclose(f(far), exact, rtol=1e-15)
    np.testing.assert_allclose(f.prime(far), exact, rtol=1e-15)
    np.testing.assert_allclose(f.prime(-far), exact, rtol=1e-15)


def test_the_slope_of_tanh_keeps_its_relative_accuracy():
    z = np.array([-20.0, 20.0, 300.0])
    np.testing.assert_allclose(Tanh().prime(z), [1 / math.cosh(v) ** 2 for v in z], rtol=1e-14)


def test_lookup_by_name_and_by_instance():
    names = {f.name: type(f) for f in ALL}
    assert set(names) == {"sigmoid", "tanh", "relu", "leaky_relu", "identity"}
    for name, kind in names.items():
        assert type(get_activation(name)) is kind
    f = LeakyReLU(0.3)
    assert get_activation(f) is f
    assert repr(f) == "LeakyReLU(slope=0.3)"


def test_an_activation_of_the_readers_own():
    class Square(Activation):
        name = "square"

        def __call__(self, z):
            return z**2

        def prime(self, z):
            return 2 * z

    f = Square()
    assert get_activation(f) is f
    assert repr(f) == "Square()"


@each
def test_another_library_s_arrays_are_worked_on_with_its_own_functions(f):
    z = np.linspace(-2, 2, 6).reshape(
        2, 3
    )  # array_api_strict refuses numpy's functions, and takes none of numpy's arrays
    for ours, theirs in ((f(z), f(strict.asarray(z))), (f.prime(z), f.prime(strict.asarray(z)))):
        assert theirs.__array_namespace__() is strict
        assert np.asarray(theirs).tolist() == ours.tolist()


def test_repr_names_every_parameter():
    class Swish(Identity):
        def __init__(self):
            self.beta, self.shift = 1.5, "no"

    assert repr(Swish()) == "Swish(beta=1.5, shift='no')"
