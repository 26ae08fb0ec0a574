"""The running example of the book: one small network, the same in every chapter."""

from __future__ import annotations

import numpy as np

from .network import Network

# One example: its two inputs, and the target that the network should answer with. Rows, as everywhere.
RUNNING_X = ((1.0, 0.5),)
RUNNING_Y = ((1.0,),)


def running_network() -> Network:
    """The 2-3-2-1 network of the book, sigmoid in every layer, as it is before any training.

    Two hidden layers, so that a delta travels from one hidden layer to the one before; 20 parameters, so that
    every number fits on a page, all with one decimal.
    """
    network = Network([2, 3, 2, 1], activation="sigmoid", output="sigmoid", seed=0)
    network.W = {
        1: np.array([[0.9, -0.6], [0.4, 0.8], [-0.7, 0.5]]),
        2: np.array([[1.2, -0.8, 0.5], [-0.4, 0.9, 0.7]]),
        3: np.array([[1.1, -1.3]]),
    }
    network.b = {1: np.array([[0.1], [-0.3], [0.2]]), 2: np.array([[-0.2], [0.1]]), 3: np.array([[0.2]])}
    return network
