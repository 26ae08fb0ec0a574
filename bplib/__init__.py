"""bplib: backpropagation in small, readable numpy, beside the book 'Backpropagation, Hands On'.

Read network.py, then backprop.py: that is the algorithm. The names are the equations' symbols.
"""

from .activations import Activation, Identity, LeakyReLU, ReLU, Sigmoid, Tanh, get_activation
from .backprop import Gradient, backprop, backward
from .gradient_check import check_gradient, numerical_gradient, relative_error
from .losses import BinaryCrossEntropy, Loss, Quadratic, SoftmaxCrossEntropy, get_loss, one_hot, softmax
from .network import Network, forward
from .optimizers import AdaGrad, Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSProp
from .predict import predict, probabilities
from .training import DivergenceError, History, accuracy, train

__all__ = [
    "Activation",
    "AdaGrad",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "DivergenceError",
    "Gradient",
    "GradientDescent",
    "History",
    "Identity",
    "LeakyReLU",
    "Loss",
    "Momentum",
    "Nesterov",
    "Network",
    "Quadratic",
    "RMSProp",
    "ReLU",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
    "accuracy",
    "backprop",
    "backward",
    "check_gradient",
    "forward",
    "get_activation",
    "get_loss",
    "numerical_gradient",
    "one_hot",
    "predict",
    "probabilities",
    "relative_error",
    "softmax",
    "train",
]
