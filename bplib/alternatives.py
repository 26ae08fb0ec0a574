"""Learning without the way back: other estimates of the same gradient, and other algorithms altogether.

Taught in the chapter on alternatives. What backpropagation is measured against stands here, short enough to be read:

- estimates of the gradient, all with one signature, `ESTIMATORS`: `finite_differences`, `spsa`, `evolution_strategy`,
  `forward_gradient`. They take examples as rows, as `backprop` does, and check what they are given;
- other ways to send the error back: `feed_back` with other matrices than the transposed weights, or straight from the
  output, and `difference_targets`;
- networks that settle: `equilibrium_propagation`, `predictive_coding`;
- no error at all, but goodness: `forward_forward`.

The functions of the last three kinds are textbook pages, as `backward` is: examples are columns, x (n^0, m) and
y (n^L, m), C is a `Loss`, and they trust their caller. All work on the arrays of any library that speaks the Python
array API standard; what is drawn at random is an argument. All give what an optimizer's `step` takes, grad_W and
grad_b, dicts keyed by layer.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._checks import generator, namespace, real, whole
from .backprop import backprop, door
from .losses import sigmoid
from .network import Network, feedforward
from .optimizers import GradientDescent

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._checks import Array, Labels, Layers
    from .losses import Loss

    Gradients = tuple[Layers, Layers]  # grad_W, grad_b


# -- estimates of the gradient -------------------------------------------------------------------------------------


def vector(W: Layers, b: Layers) -> Array:
    """All numbers of W and b in one vector of length n: layer by layer, the rows of W^l and then b^l."""
    xp = namespace(W[1])
    v: Array = xp.concat([xp.reshape(part[l], (-1,)) for l in sorted(W) for part in (W, b)])
    return v


def layers(network: Network, v: Array) -> Gradients:
    """The vector v of length n as W and b, in the shapes of the network's: what `vector` has put together."""
    xp = namespace(v)
    W, b, at = {}, {}, 0
    for l in range(1, network.L + 1):
        n, k = network.sizes[l], network.sizes[l - 1]
        W[l] = xp.reshape(v[at : at + n * k], (n, k))
        b[l] = xp.reshape(v[at + n * k : at + n * k + n], (n, 1))
        at += n * k + n
    return W, b


def with_parameters(network: Network, W: Layers, b: Layers) -> Network:
    """A network of the same layers and activations with these weights and biases, which are not copied."""
    twin = copy.copy(network)
    twin.W, twin.b = W, b
    return twin


def difference_slope(network: Network, x: Array, y: Array, C: Loss, v: Array, h: float) -> float:
    """The slope of the loss along v, (C(θ + h v) - C(θ - h v)) / 2h, by two forward passes.

    θ are all weights and biases in one vector, and v is another. The error falls as h² (chapter on the chain rule).
    """
    theta = vector(network.W, network.b)
    up, down = (with_parameters(network, *layers(network, theta + side * h * v)) for side in (1, -1))
    C_up, C_down = (C(feedforward(net, x)[1][net.L], y) for net in (up, down))
    return (C_up - C_down) / (2 * h)


def tangent_slope(network: Network, x: Array, y: Array, C: Loss, v: Array) -> float:
    """The slope of the loss along v, exact, by one forward pass that carries each number's derivative with it.

    This is forward mode (Wengert 1964): dz and da are what z and a change by, for each unit that θ moves along v.
    """
    W, b, f, a = network.W, network.b, network.activation, x
    V, c = layers(network, v)
    da: Layers = {}
    for l in range(1, network.L + 1):
        z = W[l] @ a + b[l]
        dz = V[l] @ a + c[l] + (W[l] @ da[l - 1] if l > 1 else 0)  # the inputs do not change
        a, da[l] = f[l](z), f[l].prime(z) * dz
    slope: float = namespace(a).sum(C.grad(a, y) * da[network.L]) / y.shape[1]
    return slope


def mean_along(directions: Any, slope: Callable[[Array], float]) -> Array:
    """The mean of (slope along v) v over the directions: the gradient, if the mean of v vᵀ is the identity."""
    total = sum(slope(v) * v for v in directions)
    return total / len(directions)  # type: ignore[no-any-return]


def finite_differences(
    network: Network,
    x: Any,
    y: Any,
    C: str | Loss,
    *,
    samples: int | None = None,
    seed: Any = 0,
    h: float = 1e-5,
) -> Gradients:
    """The gradient, one parameter at a time: the slope along each by a central difference with step h.

    Two forward passes for each of the n parameters. With `samples`, only so many parameters, drawn at random, are
    asked; their slopes count n / samples times, the others are 0, and the mean over the draws is the gradient.

    All estimators have this signature: examples as rows as in `backprop`, `samples`, and `seed`, an integer or a
    `numpy.random.Generator`. They give grad_W and grad_b and raise what `backprop` raises for what does not fit.
    """
    x, y, C = door(network, x, y, C)
    h, n, rng = _step("h", h), network.n_parameters, generator("seed", seed)
    asked = np.arange(n)
    if samples is not None:
        asked = rng.choice(n, whole("samples", samples, 1, n), replace=False)
    g = np.zeros(n)
    for i in map(int, asked):
        g[i] = n / len(asked) * difference_slope(network, x, y, C, np.eye(1, n, i)[0], h)
    return layers(network, g)


def spsa(
    network: Network, x: Any, y: Any, C: str | Loss, *, samples: int = 1, seed: Any, h: float = 1e-3
) -> Gradients:
    """Simultaneous perturbation (Spall 1992): all parameters at once, each a step h up or down as a coin decides.

    (C(θ + h v) - C(θ - h v)) / 2h times v, the mean over `samples` such v of ±1; two forward passes each. The mean
    over all draws is the gradient up to O(h²), the variance (n - 1) ‖∇C‖² / samples. Arguments as in
    `finite_differences`.
    """
    x, y, C = door(network, x, y, C)
    h, v = _step("h", h), signs(network.n_parameters, samples, seed)
    return layers(network, mean_along(v, lambda v: difference_slope(network, x, y, C, v, h)))


def evolution_strategy(
    network: Network, x: Any, y: Any, C: str | Loss, *, samples: int = 10, seed: Any, sigma: float = 0.01
) -> Gradients:
    """An evolution strategy with mirrored samples (Salimans, Ho, Chen, Sidor and Sutskever 2017).

    `samples` pairs of networks, θ + σ v and θ - σ v with normal v; the step goes towards those that did better, each
    weighed by how much. Two forward passes each. The mean over all draws is the gradient of the loss smoothed with
    σ, the variance (n + 1) ‖∇C‖² / samples up to O(σ²). Arguments as in `finite_differences`.
    """
    x, y, C = door(network, x, y, C)
    sigma, v = _step("sigma", sigma), normals(network.n_parameters, samples, seed)
    return layers(network, mean_along(v, lambda v: difference_slope(network, x, y, C, v, sigma)))


def forward_gradient(
    network: Network, x: Any, y: Any, C: str | Loss, *, samples: int = 1, seed: Any
) -> Gradients:
    """The forward gradient (Baydin, Pearlmutter, Syme, Wood and Torr 2022): the exact slope along v, times v.

    The mean over `samples` normal v; one pass each, forward only, at about twice the price. The mean over all draws
    is the gradient exactly, the variance (n + 1) ‖∇C‖² / samples. Arguments as in `finite_differences`.
    """
    x, y, C = door(network, x, y, C)
    v = normals(network.n_parameters, samples, seed)
    return layers(network, mean_along(v, lambda v: tangent_slope(network, x, y, C, v)))


def backpropagation(
    network: Network, x: Any, y: Any, C: str | Loss, *, samples: int | None = None, seed: Any = 0
) -> Gradients:
    """`backprop` with the signature of the estimators, to be exchanged for them; it draws nothing."""
    g = backprop(network, x, y, C)
    return g.grad_W, g.grad_b


ESTIMATORS: dict[str, Callable[..., Gradients]] = {
    "backpropagation": backpropagation,
    "finite differences": finite_differences,
    "SPSA": spsa,
    "evolution strategy": evolution_strategy,
    "forward gradient": forward_gradient,
}


def signs(n: int, samples: int, seed: Any) -> Array:
    """Directions for SPSA: `samples` rows of n numbers, +1 or -1 with equal chance."""
    shape = (whole("samples", samples, 1), n)
    return generator("seed", seed).choice([-1.0, 1.0], shape)


def normals(n: int, samples: int, seed: Any) -> Array:
    """Directions for evolution strategies and forward gradients: `samples` rows of n standard normal numbers."""
    shape = (whole("samples", samples, 1), n)
    return generator("seed", seed).standard_normal(shape)


def _step(name: str, value: Any) -> float:
    return real(name, value, "a positive number", lambda h: h > 0)


# -- other ways to send the error back -----------------------------------------------------------------------------


def gradients(delta: Layers, a: Layers) -> Gradients:
    """BP3 and BP4, with deltas from anywhere: the mean over the examples of δ^l, and of δ^l (a^(l-1))ᵀ."""
    m = a[0].shape[1]
    grad_b = {l: namespace(d).sum(d, axis=1, keepdims=True) / m for l, d in delta.items()}
    grad_W = {l: d @ a[l - 1].T / m for l, d in delta.items()}
    return grad_W, grad_b


def feed_back(
    network: Network, z: Layers, a: Layers, y: Array, C: Loss, B: Layers, direct: bool = False
) -> tuple[Layers, Layers, Layers]:
    """The backward pass with B^l where BP2 has (W^(l+1))ᵀ; delta, grad_W and grad_b, as `backward` gives them.

    With random B this is feedback alignment (Lillicrap, Cownden, Tweed and Akerman 2016), with `sign_feedback` sign
    symmetry (Liao, Leibo and Poggio 2016), with (W^(l+1))ᵀ backpropagation. `direct` sends the output's delta
    straight to each layer, B^l δ^L (Nøkland 2016). B[l] has shape (n^l, n^(l+1)), or (n^l, n^L) if direct.
    """
    f, L = network.activation, network.L
    delta = {L: C.grad(a[L], y) * f[L].prime(z[L])}  # (BP1)
    for l in range(L - 1, 0, -1):
        delta[l] = (B[l] @ delta[L if direct else l + 1]) * f[l].prime(z[l])  # (BP2), with another matrix
    return delta, *gradients(delta, a)


def random_feedback(network: Network, *, seed: Any, direct: bool = False) -> Layers:
    """Matrices B^l for `feed_back`, normal with variance 1 / n^l, drawn once and never learnt."""
    n, L, rng = network.sizes, network.L, generator("seed", seed)
    return {
        l: rng.normal(0, 1 / math.sqrt(n[l]), (n[l], n[L if direct else l + 1])).astype(network.dtype)
        for l in range(1, L)
    }


def sign_feedback(network: Network) -> Layers:
    """Matrices B^l for `feed_back` that know only the signs of (W^(l+1))ᵀ: ±1 times the mean of |W^(l+1)|."""
    W = network.W
    xp = namespace(W[1])
    return {l: xp.sign(W[l + 1]).T * xp.mean(xp.abs(W[l + 1])) for l in range(1, network.L)}


def transposed(network: Network) -> Layers:
    """Matrices B^l for `feed_back` that make it backpropagation: (W^(l+1))ᵀ."""
    return {l: network.W[l + 1].T for l in range(1, network.L)}


def angle(u: Any, v: Any) -> float:
    """The angle between two arrays of one shape, taken as vectors, in degrees. 90 says nothing, 0 all."""
    u, v = np.ravel(u), np.ravel(v)
    return float(np.degrees(np.arccos(np.clip(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)), -1, 1))))


class Inverses(NamedTuple):
    """What `difference_targets` learns beside the network: g^l(a) = f^l(V^l a + c^l), from layer l + 1 back to l.

    V[l] has shape (n^l, n^(l+1)), c[l] (n^l, 1), for l = 1..L-2: the output's error comes back as in backpropagation.
    """

    V: Layers
    c: Layers

    def back(self, network: Network, l: int, a: Array) -> Array:
        """What layer l would have said, judged by what layer l + 1 says."""
        return network.activation[l](self.V[l] @ a + self.c[l])


def random_inverses(network: Network, *, seed: Any) -> Inverses:
    """Inverses before they have learnt: V^l normal with variance 1 / n^(l+1), c^l zero."""
    n, rng, inner = network.sizes, generator("seed", seed), range(1, network.L - 1)
    V = {l: rng.normal(0, 1 / math.sqrt(n[l + 1]), (n[l], n[l + 1])).astype(network.dtype) for l in inner}
    return Inverses(V, {l: np.zeros((n[l], 1), network.dtype) for l in inner})


def difference_targets(
    network: Network, inverses: Inverses, z: Layers, a: Layers, y: Array, C: Loss, step: float = 0.3
) -> tuple[Layers, Layers, Layers]:
    """Difference target propagation (Lee, Zhang, Fischer and Bengio 2015): each layer gets a target, not a delta.

    The last hidden layer's target t is `step` against the loss's gradient; each layer before gets
    t^l = a^l + g^l(t^(l+1)) - g^l(a^(l+1)), and learns ½ ‖a^l - t^l‖² / step on its own. With one hidden layer there
    is nothing to invert, and this is backpropagation. Gives delta, grad_W and grad_b.
    """
    f, L = network.activation, network.L
    delta = {L: C.grad(a[L], y) * f[L].prime(z[L])}  # (BP1)
    t = {L - 1: a[L - 1] - step * (network.W[L].T @ delta[L])}
    for l in range(L - 2, 0, -1):
        t[l] = a[l] + inverses.back(network, l, t[l + 1]) - inverses.back(network, l, a[l + 1])
    for l in range(1, L):
        delta[l] = (a[l] - t[l]) / step * f[l].prime(z[l])
    return delta, *gradients(delta, a)


def inverse_gradients(network: Network, inverses: Inverses, a: Layers, noise: Layers) -> Gradients:
    """The gradients by V and c of ½ ‖g^l(f^(l+1)(a + noise)) - (a + noise)‖²: how the inverses learn.

    noise[l] has the shape of a[l], for l = 1..L-2.
    """
    W, b, f, error, above = network.W, network.b, network.activation, {}, {}
    for l in inverses.V:
        true = a[l] + noise[l]
        above[l] = f[l + 1](W[l + 1] @ true + b[l + 1])
        u = inverses.V[l] @ above[l] + inverses.c[l]
        error[l] = (f[l](u) - true) * f[l].prime(u)
    m = a[0].shape[1]
    grad_c = {l: namespace(e).sum(e, axis=1, keepdims=True) / m for l, e in error.items()}
    return {l: e @ above[l].T / m for l, e in error.items()}, grad_c


# -- networks that settle ------------------------------------------------------------------------------------------


def settle(
    network: Network, x: Array, y: Array | None = None, C: Loss | None = None,
    *, beta: float = 0.0, s: Layers | None = None, steps: int = 20, damping: float = 0.5,
) -> Layers:  # fmt: skip
    """Where the states s^l of the hidden layers come to rest, when each hears both its neighbours.

    s^l = f(W^l s^(l-1) + b^l + (W^(l+1))ᵀ s^(l+1)) for l = 1..L-1, with s^0 = x. The last hidden layer hears, in the
    place of a layer above, -β (W^L)ᵀ δ^L: the loss pulls with the strength β. Each step goes the share `damping` of
    the way; it starts at s, or at the forward pass. Gives s[0] = x to s[L-1].
    """
    W, b, f, L = network.W, network.b, network.activation, network.L
    s = dict(feedforward(network, x)[1] if s is None else s)
    first = W[1] @ x + b[1]  # stays, as the inputs do
    for _ in range(steps):
        z = {1: first, **{l: W[l] @ s[l - 1] + b[l] for l in range(2, L)}}
        for l in range(1, L - 1):
            z[l] = z[l] + W[l + 1].T @ s[l + 1]
        if beta and C is not None and y is not None:
            z[L - 1] = z[L - 1] - beta * (W[L].T @ _output_delta(network, s, y, C))
        s.update({l: s[l] + damping * (f[l](z[l]) - s[l]) for l in range(1, L)})
    return {l: s[l] for l in range(L)}


def settled(network: Network, x: Array, steps: int = 20, damping: float = 0.5) -> Array:
    """What a network that settles answers: a^L of the states at rest, with no target near."""
    s = settle(network, x, steps=steps, damping=damping)
    L = network.L
    return network.activation[L](network.W[L] @ s[L - 1] + network.b[L])


def _output_delta(network: Network, s: Layers, y: Array, C: Loss) -> Array:
    """δ^L, where the last hidden layer says s^(L-1)."""
    f, L = network.activation[network.L], network.L
    z = network.W[L] @ s[L - 1] + network.b[L]
    return C.grad(f(z), y) * f.prime(z)


def equilibrium_propagation(
    network: Network, x: Array, y: Array, C: Loss,
    *, beta: float = 0.2, steps: int = 20, damping: float = 0.5, two_sided: bool = True,
) -> Gradients:  # fmt: skip
    """Equilibrium propagation (Scellier and Bengio 2017): the gradient from two states of rest.

    The network settles, once pulled towards the target with β and once pushed away with -β, and
    grad W^l = -(s₊^l (s₊^(l-1))ᵀ - s₋^l (s₋^(l-1))ᵀ) / 2β. That is the gradient of the loss of the settled network up
    to O(β²); with one side, against β = 0, up to O(β). The output is read off the states and learns by BP1 (Laborieux,
    Ernoult, Scellier, Bengio, Grollier and Querlioz 2021). With one hidden layer the settled network is the forward
    pass. `steps` and `damping` are as in `settle`; there must be a hidden layer.
    """
    L, m = network.L, x.shape[1]
    free = settle(network, x, steps=steps, damping=damping)
    rest = {
        side: free
        if side == 0
        else settle(network, x, y, C, beta=side * beta, s=free, steps=steps, damping=damping)
        for side in ((1, -1) if two_sided else (1, 0))
    }
    up, down = rest.values()
    span = beta * (2 if two_sided else 1)
    grad_W = {l: (down[l] @ down[l - 1].T - up[l] @ up[l - 1].T) / (span * m) for l in range(1, L)}
    grad_b = {l: namespace(x).sum(down[l] - up[l], axis=1, keepdims=True) / (span * m) for l in range(1, L)}
    ends = [gradients({L: _output_delta(network, s, y, C)}, {0: x, **s}) for s in rest.values()]
    grad_W[L], grad_b[L] = ((one[L] + other[L]) / 2 for one, other in zip(*ends, strict=True))
    return grad_W, grad_b


def predictive_coding(
    network: Network, x: Array, y: Array, C: Loss, *, beta: float = 1.0, steps: int = 20, rate: float = 0.1
) -> Gradients:
    """Predictive coding (Whittington and Bogacz 2017): each layer predicts the next, and the errors come to rest.

    The weighted sums z are free, and fall down the energy ½ Σ ‖e^l‖² + β C, with e^l = z^l - (W^l f(z^(l-1)) + b^l),
    by `steps` steps of size `rate` from the forward pass, where all e^l are 0. At rest
    e^l = ((W^(l+1))ᵀ e^(l+1)) ⊙ f'(z^l): that is BP2. With β to 0, -e^l / β tends to δ^l (Millidge, Song, Salvatori,
    Lukasiewicz and Bogacz 2023).
    """
    W, b, f, L = network.W, network.b, network.activation, network.L
    z, a = feedforward(network, x)
    first = z[1]  # what the inputs predict stays, as they do

    def errors() -> Layers:
        return {1: z[1] - first, **{l: z[l] - (W[l] @ a[l - 1] + b[l]) for l in range(2, L + 1)}}

    for _ in range(steps):
        e = errors()
        slope = {l: e[l] - (W[l + 1].T @ e[l + 1]) * f[l].prime(z[l]) for l in range(1, L)}
        slope[L] = e[L] + beta * C.grad(a[L], y) * f[L].prime(z[L])
        z = {l: z[l] - rate * slope[l] for l in z}
        a = {0: x, **{l: f[l](z[l]) for l in z}}
    return gradients({l: -e / beta for l, e in errors().items()}, a)


# -- goodness in the place of an error -----------------------------------------------------------------------------


def labelled(x: Array, y: Array) -> Array:
    """The inputs with a label under them, as the network of `forward_forward` takes them: (n^0 + classes, m)."""
    both: Array = namespace(x).concat([x, y])
    return both


def goodness(a: Array) -> Array:
    """How active a layer is for each example, the mean of its squared activations: shape (m,)."""
    g: Array = namespace(a).mean(a**2, axis=0)
    return g


def normalised(a: Array) -> Array:
    """The activations with mean square 1, so that the next layer cannot read the goodness off their length."""
    return a / namespace(a).sqrt(goodness(a) + 1e-8)  # type: ignore[no-any-return]


def forward_forward(network: Network, right: Array, wrong: Array, threshold: float = 2.0) -> Gradients:
    """The forward-forward algorithm (Hinton 2022): every layer learns on its own to tell right labels from wrong.

    `right` are examples with their label, `wrong` the same with another (`labelled`). Each layer's loss is
    ln(1 + exp(threshold - goodness)) for the right ones and ln(1 + exp(goodness - threshold)) for the wrong ones.
    Nothing is sent back: what goes on to the next layer is the `normalised` activation, taken as given.
    """
    W, b, f = network.W, network.b, network.activation
    xp, m = namespace(right), right.shape[1]
    grad_W, grad_b = {}, {}
    for l in range(1, network.L + 1):
        delta, a = {}, {1: right, -1: wrong}
        after = {}
        for side in (1, -1):
            z = W[l] @ a[side] + b[l]
            after[side] = f[l](z)
            slope = -side * sigmoid(
                side * (threshold - goodness(after[side]))
            )  # of the loss, by the goodness
            delta[side] = slope * 2 * after[side] / network.sizes[l] * f[l].prime(z)
        grad_W[l] = (delta[1] @ right.T + delta[-1] @ wrong.T) / m
        grad_b[l] = xp.sum(delta[1] + delta[-1], axis=1, keepdims=True) / m
        right, wrong = normalised(after[1]), normalised(after[-1])
    return grad_W, grad_b


def label_goodness(network: Network, x: Array, classes: int) -> Array:
    """For every label the goodness of all layers together, (classes, m): the answer is the label with the most."""
    xp = namespace(x)
    total = []
    for k in range(classes):
        one_hot = xp.broadcast_to(
            xp.asarray(np.eye(classes)[:, k : k + 1], dtype=x.dtype), (classes, x.shape[1])
        )
        a, sum_ = labelled(x, one_hot), 0 * x[0]
        for l in range(1, network.L + 1):
            a = network.activation[l](network.W[l] @ a + network.b[l])
            sum_ = sum_ + goodness(a)
            a = normalised(a)
        total.append(sum_)
    g: Array = xp.stack(total)
    return g


def other_labels(labels: Labels, classes: int, *, seed: Any) -> Labels:
    """A wrong label for each example, drawn from all the others with equal chance."""
    wrong: Labels = (labels + generator("seed", seed).integers(1, classes, len(labels))) % classes
    return wrong


# -- training with any of them -------------------------------------------------------------------------------------


def learn(
    network: Network, x: Array, y: Array, gradient: Callable[[Network, Array, Array], Gradients],
    *, learning_rate: float, epochs: int, batch_size: int, seed: Any,
) -> None:  # fmt: skip
    """Train the network in place by gradient descent, with a gradient from anywhere.

    x and y are columns, and gradient(network, x, y) gives grad_W and grad_b for a batch of them. Where it leaves a
    layer out, that layer stays as it is: it is frozen. The order is drawn anew for every epoch; a last batch that is
    smaller is left out.
    """
    optimizer, rng, m = GradientDescent(learning_rate), generator("seed", seed), x.shape[1]
    for _ in range(whole("epochs", epochs, 1)):
        order = rng.permutation(m)
        for i in range(0, m - whole("batch_size", batch_size, 1, m) + 1, batch_size):
            rows = order[i : i + batch_size]
            grad_W, grad_b = gradient(network, x[:, rows], y[:, rows])
            still = {l: 0 * network.W[l] for l in network.W}, {l: 0 * network.b[l] for l in network.b}
            optimizer.step(network, still[0] | grad_W, still[1] | grad_b)
