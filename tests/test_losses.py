import math

import array_api_strict as strict
import numpy as np
import pytest

from bplib import BinaryCrossEntropy, Quadratic, SoftmaxCrossEntropy, get_loss, one_hot, softmax

ALL = [Quadratic(), BinaryCrossEntropy(), SoftmaxCrossEntropy()]
each = pytest.mark.parametrize("C", ALL, ids=repr)
ln = math.log


def columns(*examples):
    return np.array(examples, dtype=float).T


def test_quadratic_by_hand():
    C, a, y = Quadratic(), columns([1, 2], [3, 5]), columns([0, 0], [3, 1])
    # ½ (1² + 2²) = 2.5 and ½ (0² + 4²) = 8; their mean is 5.25
    assert C(a, y) == 5.25
    assert C.grad(a, y).tolist() == columns([1, 2], [0, 4]).tolist()


def test_binary_cross_entropy_by_hand():
    C, a, y = BinaryCrossEntropy(), columns([ln(3)], [-ln(3)], [0]), columns([1], [1], [0.5])
    # p = ¾, ¼, ½: the losses are -ln ¾, -ln ¼, -ln ½
    assert C(a, y) == pytest.approx((ln(4 / 3) + ln(4) + ln(2)) / 3, rel=1e-15)
    np.testing.assert_allclose(C.grad(a, y), columns([-1 / 4], [-3 / 4], [0]), rtol=1e-15)


def test_binary_cross_entropy_sums_over_the_outputs():
    C, a, y = BinaryCrossEntropy(), columns([ln(3), 0]), columns([1, 0])
    assert C(a, y) == pytest.approx(ln(4 / 3) + ln(2), rel=1e-15)


def test_softmax_cross_entropy_by_hand():
    C, a = SoftmaxCrossEntropy(), columns([0, ln(2), ln(5)], [ln(2), ln(2), ln(4)])
    y = columns([0, 0, 1], [0.5, 0.5, 0])
    # p = (1, 2, 5) / 8 and (2, 2, 4) / 8: the losses are -ln 5/8, and -½ ln ¼ - ½ ln ¼
    assert C(a, y) == pytest.approx((ln(8 / 5) + ln(4)) / 2, rel=1e-15)
    np.testing.assert_allclose(
        C.grad(a, y), columns([1 / 8, 2 / 8, -3 / 8], [-1 / 4, -1 / 4, 1 / 2]), rtol=1e-14
    )
    np.testing.assert_allclose(
        softmax(a, axis=0), columns([1 / 8, 2 / 8, 5 / 8], [1 / 4, 1 / 4, 1 / 2]), rtol=1e-15
    )


@each
def test_grad_is_the_slope_of_the_loss_of_each_example(C):
    rng = np.random.default_rng(0)
    a, y = rng.normal(size=(3, 5)), softmax(rng.normal(size=(3, 5)), axis=0)
    h, m = 1e-5, 5
    for i in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[i] += h
        down[i] -= h
        slope = m * (C(up, y) - C(down, y)) / (2 * h)  # C is a mean, C.grad is per example
        assert C.grad(a, y)[i] == pytest.approx(slope, rel=1e-7, abs=1e-9)


@each
def test_the_loss_is_a_mean_and_the_gradient_is_not(C):
    a, y = columns([0.3, -0.2]), columns([1, 0])
    twice_a, twice_y = np.hstack([a, a]), np.hstack([y, y])
    assert isinstance(C(a, y), float)
    assert C(twice_a, twice_y) == pytest.approx(C(a, y), rel=1e-15)
    np.testing.assert_allclose(C.grad(twice_a, twice_y), np.hstack([C.grad(a, y)] * 2), rtol=1e-15)


@each
def test_float32_stays(C):
    a, y = np.ones((2, 3), np.float32), np.full((2, 3), 0.5, np.float32)
    assert C.grad(a, y).dtype == np.float32


@pytest.mark.parametrize("C", ALL[1:], ids=repr)
def test_cross_entropies_far_out(C):
    a = columns([1000, -1000], [1000, -1000])
    y = columns([1, 0], [0, 1])
    per_output = 2000  # right: 0; wrong: 1000 + 1000 by both losses
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert C(a, y) == per_output / 2
        assert C.grad(a, y).tolist() == columns([0, 0], [1, -1]).tolist()


def test_softmax_is_not_moved_by_a_constant():
    a = np.array([[1.0, -3], [2, 5]])
    np.testing.assert_allclose(softmax(a + 1000, axis=0), softmax(a, axis=0), rtol=1e-12)


def test_classes():
    several = columns([0.1, 0.7, 0.3], [-1, -5, -2])
    for C in ALL:
        assert C.classify(several, axis=0).tolist() == [1, 0]
        assert (
            C.classify(several[:2], axis=0).tolist() == C.classify(several[:2].T, axis=1).tolist() == [1, 0]
        )
    one = columns([-0.1], [0], [0.5], [0.51])
    assert Quadratic().classify(one, axis=0).tolist() == [0, 0, 0, 1]
    assert BinaryCrossEntropy().classify(one, axis=0).tolist() == [0, 0, 1, 1]
    assert BinaryCrossEntropy().classify(one.T, axis=1).tolist() == [0, 0, 1, 1]


def test_rows_are_not_taken_for_columns():
    a = np.array([[1.0, 2, 3], [0, 5, 0]])
    np.testing.assert_array_equal(softmax(a, axis=1), softmax(a.T, axis=0).T)
    np.testing.assert_allclose(softmax(a, axis=1).sum(axis=1), 1)
    np.testing.assert_array_equal(
        softmax([1.0, 2, 3]), softmax(a, axis=1)[0]
    )  # one example: there is no other axis
    for name, call in (("softmax", softmax), ("classify", Quadratic().classify)):
        with pytest.raises(
            TypeError, match=rf"^{name} needs the axis of the outputs: .* network\(x\) gives them$"
        ):
            call(a)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_class_of_one_example_is_one_integer_in_an_array(axis):
    classes = Quadratic().classify(np.array([[0.7]]), axis=axis)
    assert classes.shape == (1,)
    assert classes.dtype == np.int64
    assert classes[0] == 1


def test_one_hot():
    assert one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert one_hot(np.array([1], np.uint8), 2).tolist() == [[0, 1]]


def test_lookup_by_name_and_by_instance():
    assert [type(get_loss(C.name)) for C in ALL] == [type(C) for C in ALL]
    C = Quadratic()
    assert get_loss(C) is C
    assert [repr(C) for C in ALL] == ["Quadratic()", "BinaryCrossEntropy()", "SoftmaxCrossEntropy()"]


def test_the_sum_of_targets_may_miss_1_by_rounding_and_no_more():
    C = SoftmaxCrossEntropy()
    # A thousand times float32's 0.001 is 1 within 5e-8 in float64; added up in float32 it is off by 1e-5.
    y = np.full((1000, 2), 0.001, np.float32)
    assert abs(y.sum(axis=0)[0] - 1) > 2e-6
    C.check_targets(y)
    C.check_targets(np.array([[0.5 + 0.9e-6], [0.5]]))
    for off in (1.1e-6, -1.1e-6):
        with pytest.raises(ValueError, match=r"y\[0\] sums to"):
            C.check_targets(np.array([[0.5 + off], [0.5]]))


@each
def test_another_library_s_arrays_are_worked_on_with_its_own_functions(C):
    a, y = columns([0.3, -0.2, 1], [2, 0, -1]), columns([1, 0, 0], [0.25, 0.5, 0.25])
    there_a, there_y = strict.asarray(a), strict.asarray(y)
    results = [(C(a, y), C(there_a, there_y)), (C.grad(a, y), C.grad(there_a, there_y))]
    results.append((C.classify(a, axis=0), C.classify(there_a, axis=0)))
    if C.logits:
        results.append((C.probabilities(a), C.probabilities(there_a)))
    for ours, theirs in results:
        assert theirs.__array_namespace__() is strict
        assert np.asarray(theirs).tolist() == np.asarray(ours).tolist()


@each
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_loss_is_a_python_float(C, dtype):
    a, y = columns([0.3, -0.2, 1]).astype(dtype), columns([1, 0, 0]).astype(dtype)
    assert type(C(a, y)) is float
