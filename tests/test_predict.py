import numpy as np
import pytest

from bplib import Network, accuracy, predict, probabilities, train
from bplib.datasets import xor

# Four examples, three outputs, so that rows cannot pass for columns.
OUTPUTS = np.array([[2.0, 1, 0], [0, 3, -1], [-1, 0, 0.5], [0, 0, 7]])


@pytest.fixture
def network():
    """A network whose outputs for the rows of the unit matrix are OUTPUTS."""
    network = Network((4, 3), output="identity", seed=0)
    network.W[1][...] = OUTPUTS.T
    return network


def test_predict_gives_the_class_of_each_row(network):
    for loss in ("quadratic", "softmax_cross_entropy", "binary_cross_entropy"):
        labels = predict(network, np.eye(4), loss)
        assert labels.tolist() == [0, 1, 2, 2]
        assert labels.dtype.kind == "i"
        assert accuracy(network, np.eye(4), labels, loss) == 1


@pytest.mark.parametrize(("loss", "boundary"), [("quadratic", 0.5), ("binary_cross_entropy", 0)])
def test_predict_with_one_output_asks_for_its_side(loss, boundary):
    network = Network((1, 1), output="identity", seed=0)
    network.W[1][...] = 1
    x = boundary + np.array([[-1.0], [0], [1e-9], [1]])
    assert predict(network, x, loss).tolist() == [0, 0, 1, 1]


def test_probabilities_of_a_softmax_are_rows_that_sum_to_1(network):
    p = probabilities(network, np.eye(4), "softmax_cross_entropy")
    np.testing.assert_allclose(p, np.exp(OUTPUTS) / np.exp(OUTPUTS).sum(axis=1, keepdims=True), rtol=1e-14)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)


def test_probabilities_of_a_binary_cross_entropy_are_each_for_itself(network):
    p = probabilities(network, np.eye(4), "binary_cross_entropy")
    np.testing.assert_allclose(p, 1 / (1 + np.exp(-OUTPUTS)), rtol=1e-14)


def test_a_trained_network_says_what_it_learnt():
    x, y = xor()
    network = Network((2, 4, 1), "tanh", "identity", seed=0, dtype=np.float32)
    train(network, x, y, "binary_cross_entropy", learning_rate=1.0, epochs=300, progress=False)
    p = probabilities(network, x, "binary_cross_entropy")
    assert p.shape == (4, 1)
    assert p.dtype == np.float32
    assert np.abs(p - y).max() < 0.1
    assert predict(network, x, "binary_cross_entropy").tolist() == y[:, 0].tolist() == [0, 1, 1, 0]
