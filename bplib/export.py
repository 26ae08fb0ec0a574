"""A network taken elsewhere and back: PyTorch, JAX, Keras, ONNX, safetensors.

Taught on the page "The same network elsewhere". Everywhere but here a layer's weights act on examples as rows, so
most libraries keep W transposed, (n^(l-1), n^l): PyTorch and ONNX's Gemm alone keep (n^l, n^(l-1)), as the book does.
Biases are (n^l,) there, (n^l, 1) here. The dtype stays, and a network that went and came back has the same bits.

The loss stays behind. A network for a cross-entropy gives logits there as it does here; what a softmax layer at the end
would add is part of the loss (PyTorch's CrossEntropyLoss, Keras's `from_logits=True`).

Each function imports its library when it is called, and raises ModuleNotFoundError where that is missing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .activations import ACTIVATIONS, Identity, LeakyReLU, ReLU, Sigmoid, Tanh
from .network import Network, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._checks import Array
    from .activations import Activation

    Layer = tuple[Array, Array, Activation]  # W (n^l, n^(l-1)), b (n^l,), f

__all__ = [
    "from_jax",
    "from_keras",
    "from_onnx",
    "from_safetensors",
    "from_torch",
    "to_jax",
    "to_keras",
    "to_onnx",
    "to_safetensors",
    "to_torch",
]

SOFTMAX = (
    "ends in a softmax, which is part of the loss in bplib: take it off, train the network with "
    '"softmax_cross_entropy", and read its outputs with `probabilities`'
)


# -- PyTorch -------------------------------------------------------------------------------------------------------


def to_torch(network: Network) -> Any:
    """A `torch.nn.Sequential` of `Linear` layers and activations, with copies of the weights.

    It takes examples as rows (m, n^0) and gives rows (m, n^L). PyTorch's random state stays as it is.

    Raises TypeError or ValueError for a network that is not as expected, or an activation that is not bplib's own.
    """
    import torch

    modules: list[Any] = []
    for W, b, f in _layers(network):
        n_out, n_in = W.shape
        linear = torch.nn.utils.skip_init(torch.nn.Linear, n_in, n_out, dtype=getattr(torch, W.dtype.name))
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W))
            linear.bias.copy_(torch.from_numpy(b))
        modules.append(linear)
        match f:
            case Sigmoid():
                modules.append(torch.nn.Sigmoid())
            case Tanh():
                modules.append(torch.nn.Tanh())
            case ReLU():
                modules.append(torch.nn.ReLU())
            case LeakyReLU(slope=slope):
                modules.append(torch.nn.LeakyReLU(slope))
    return torch.nn.Sequential(*modules)


def from_torch(module: Any) -> Network:
    """The network of a `torch.nn.Sequential` of `Linear` layers, each with at most one activation behind it.

    Known: Sigmoid, Tanh, ReLU, LeakyReLU, Identity, and Dropout, which only training knows. A missing bias is 0.
    Raises TypeError for what is no Sequential, ValueError for a layer that bplib has not, naming its place.
    """
    import torch

    if not isinstance(module, torch.nn.Sequential):
        raise TypeError(f"module must be a torch.nn.Sequential, got {type(module).__name__}")
    parts: list[Any] = []
    for place, part in enumerate(module):
        match part:
            case torch.nn.Linear():
                if part.weight.dtype not in (torch.float32, torch.float64):
                    raise ValueError(f"module[{place}] is in {part.weight.dtype}: take module.float()")
                W, *b = (_array(p.detach().cpu()) for p in (part.weight, part.bias) if p is not None)
                parts.append((W, b[0] if b else np.zeros(len(W), W.dtype)))
            case torch.nn.Sigmoid():
                parts.append(Sigmoid())
            case torch.nn.Tanh():
                parts.append(Tanh())
            case torch.nn.ReLU():
                parts.append(ReLU())
            case torch.nn.LeakyReLU():
                parts.append(LeakyReLU(part.negative_slope))
            case torch.nn.Softmax() | torch.nn.LogSoftmax() if place == len(module) - 1:
                raise ValueError(f"module {SOFTMAX}")
            case torch.nn.Identity() | torch.nn.Dropout():
                pass
            case _:
                raise ValueError(f"module[{place}] is {part}, and bplib has no such layer")
    return _network("module", parts)


# -- JAX -----------------------------------------------------------------------------------------------------------


def to_jax(network: Network) -> tuple[Callable[[Any, Any], Any], list[dict[str, Any]]]:
    """A function `f(parameters, x)` and its parameters, a list with a dict of W (n^(l-1), n^l) and b (n^l,) a layer.

    f takes examples as rows (m, n^0), gives rows (m, n^L), and can be compiled, differentiated and mapped.

    Raises TypeError or ValueError as `to_torch` does, and ValueError for a network in float64 where JAX has not been
    told to have float64.
    """
    import jax.numpy as jnp

    layers = list(_layers(network))
    _refuse_truncation(network.dtype, "jax")
    activations = [f for _, _, f in layers]

    def f(parameters: Any, x: Any) -> Any:
        a = x
        for layer, activation in zip(parameters, activations, strict=True):
            a = activation(a @ layer["W"] + layer["b"])
        return a

    return f, [{"W": jnp.asarray(W.T), "b": jnp.asarray(b)} for W, b, _ in layers]


def from_jax(parameters: Sequence[Any], activations: Sequence[Activation]) -> Network:
    """The network of such parameters, after they were trained elsewhere; an activation for each layer.

    Raises TypeError or ValueError for parameters that do not fit each other, naming the layer.
    """
    if len(parameters) != len(activations):
        raise ValueError(
            f"there must be an activation for each layer, got {len(activations)} for {len(parameters)}"
        )
    parts: list[Any] = []
    for layer, activation in zip(parameters, activations, strict=True):
        parts += [(_array(layer["W"]).T, _array(layer["b"])), activation]
    return _network("parameters", parts)


# -- Keras ---------------------------------------------------------------------------------------------------------


def to_keras(network: Network) -> Any:
    """A `keras.Sequential` of `Dense` layers, on whichever backend Keras runs. It is not compiled: its loss is yours.

    Raises TypeError or ValueError as `to_torch` does, and ValueError for a network in float64 on a JAX that has not
    been told to have float64: Keras itself would go on in float32, with a warning. In float64, Keras 3.15.1 computes
    products on PyTorch and tanh on JAX in float32, so that outputs agree to 1e-7 there.
    """
    import keras

    layers = list(_layers(network))
    if keras.backend.backend() == "jax":
        _refuse_truncation(network.dtype, "Keras on JAX")
    name, parts = network.dtype.name, [keras.layers.Input((network.sizes[0],), dtype=network.dtype.name)]
    for W, _, f in layers:
        own = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu"}.get(f.name)
        zeros = {"kernel_initializer": "zeros", "bias_initializer": "zeros"}  # no random numbers are drawn
        parts.append(keras.layers.Dense(len(W), activation=own, dtype=name, **zeros))
        if isinstance(f, LeakyReLU):
            parts.append(keras.layers.LeakyReLU(negative_slope=f.slope, dtype=name))
    model = keras.Sequential(parts)
    model.set_weights([array for W, b, _ in layers for array in (W.T, b)])
    return model


def from_keras(model: Any) -> Network:
    """The network of a `keras.Sequential` of `Dense` layers, with activations in them or as layers of their own.

    Known: sigmoid, tanh, relu, leaky_relu (Keras's has the slope 0.2 unless told otherwise), linear; and Dropout, which
    only training knows. Raises TypeError for what is no Sequential, ValueError for a layer that bplib has not.
    """
    import keras

    if not isinstance(model, keras.Sequential):
        raise TypeError(f"model must be a keras.Sequential, got {type(model).__name__}")
    functions = {
        keras.activations.sigmoid: Sigmoid(),
        keras.activations.tanh: Tanh(),
        keras.activations.relu: ReLU(),
        keras.activations.leaky_relu: LeakyReLU(0.2),
        keras.activations.linear: Identity(),
    }
    parts: list[Any] = []
    for layer in model.layers:
        match layer:
            case keras.layers.Dense() | keras.layers.Activation():
                if isinstance(layer, keras.layers.Dense):
                    W, *b = (keras.ops.convert_to_numpy(weight.value) for weight in layer.weights)
                    parts.append((W.T, b[0] if b else np.zeros(W.shape[1], W.dtype)))
                if layer.activation is keras.activations.softmax and layer is model.layers[-1]:
                    raise ValueError(f"model {SOFTMAX}")
                if layer.activation not in functions:
                    name = getattr(layer.activation, "__name__", layer.activation)
                    raise ValueError(f"layer {layer.name!r} has the activation {name}, which bplib has not")
                if (f := functions[layer.activation]).name != "identity":
                    parts.append(f)
            case keras.layers.LeakyReLU():
                parts.append(LeakyReLU(float(layer.negative_slope)))
            case keras.layers.ReLU() if (
                not layer.negative_slope and not layer.threshold and layer.max_value is None
            ):
                parts.append(ReLU())
            case keras.layers.InputLayer() | keras.layers.Dropout():
                pass
            case _:
                raise ValueError(
                    f"layer {layer.name!r} is a {type(layer).__name__}, and bplib has no such layer"
                )
    return _network("model", parts)


# -- ONNX ----------------------------------------------------------------------------------------------------------


def to_onnx(network: Network) -> Any:
    """An `onnx.ModelProto`, for `onnx.save` and for every runtime that reads ONNX: input "x" (m, n^0), output "a".

    m stays open, so any number of examples fits. Each layer is a Gemm and its activation. Leaky ReLU is written as
    max(z, slope z): ONNX keeps the slope of its own LeakyRelu in float32, and onnxruntime 1.32.0 runs that one in
    float64 with opsets 16 to 18 alone. In float32, onnxruntime's Sigmoid is 0 from about z = -18 down, where the book's
    is 1.5e-8.

    Raises TypeError or ValueError as `to_torch` does.
    """
    import onnx
    from onnx import helper, numpy_helper

    nodes, arrays, a = [], {}, "x"
    layers = list(_layers(network))
    for l, (W, b, f) in enumerate(layers, start=1):
        arrays[f"W{l}"], arrays[f"b{l}"] = W, b
        z, out = f"z{l}", f"a{l}" if l < len(layers) else "a"
        nodes.append(helper.make_node("Gemm", [a, f"W{l}", f"b{l}"], [z], transB=1))
        match f:
            case Sigmoid() | Tanh():
                nodes.append(helper.make_node(type(f).__name__, [z], [out]))
            case ReLU():
                nodes.append(helper.make_node("Relu", [z], [out]))
            case LeakyReLU(slope=slope):
                arrays[f"slope{l}"] = np.array(slope, W.dtype)
                nodes.append(helper.make_node("Mul", [z, f"slope{l}"], [f"leak{l}"]))
                nodes.append(helper.make_node("Max", [z, f"leak{l}"], [out]))
            case _:
                nodes.append(helper.make_node("Identity", [z], [out]))
        a = out
    kind = helper.np_dtype_to_tensor_dtype(network.dtype)
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", kind, ["m", network.sizes[0]])],
        [helper.make_tensor_value_info("a", kind, ["m", network.sizes[-1]])],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in arrays.items()],
    )
    # Versions that have been read everywhere for years: the operators used here have not changed since.
    opset, ir = [helper.make_opsetid("", 17)], 8
    model = helper.make_model(graph, producer_name="bplib", opset_imports=opset, ir_version=ir)
    onnx.checker.check_model(model, full_check=True)
    return model


def from_onnx(model: Any) -> Network:
    """The network of an `onnx.ModelProto` that is a chain of layers: of Gemm, or MatMul and Add, and an activation.

    So it reads what `to_onnx`, `torch.onnx` and others write of such networks; weights that lie in a file beside are
    read by `onnx.load`. Raises TypeError for what is no ModelProto, ValueError for an operator that bplib has not,
    for a graph that is no chain, naming the node.
    """
    import onnx
    from onnx import helper, numpy_helper

    if not isinstance(model, onnx.ModelProto):
        raise TypeError(
            f"model must be an onnx.ModelProto, as onnx.load gives it, got {type(model).__name__}"
        )
    graph = model.graph
    arrays = {initializer.name: numpy_helper.to_array(initializer) for initializer in graph.initializer}
    inputs = [i.name for i in graph.input if i.name not in arrays]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise ValueError(
            f"model must have one input and one output, got {len(inputs)} and {len(graph.output)}"
        )
    plain: dict[str, type[Activation]] = {"Sigmoid": Sigmoid, "Tanh": Tanh, "Relu": ReLU}
    current, leak = inputs[0], ("", 0.0)  # the tensor that the chain has come to; a slope times it
    parts: list[Any] = []
    for place, node in enumerate(graph.node):
        name = f"node {place}, {node.op_type},"
        given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        own = [arrays[i] for i in node.input if i in arrays]
        if {i for i in node.input if i and i not in arrays} - {leak[0]} != {current}:
            raise ValueError(
                f"{name} goes on elsewhere than the one before it: bplib has chains of layers only"
            )
        behind = node.input[0] == current and not given.get("transA")  # x @ W, and not W @ x
        match node.op_type, own:
            case "Gemm", [W, *b] if behind and given.get("alpha", 1) == 1 == given.get("beta", 1):
                W = W if given.get("transB") else W.T
                parts.append(
                    (W, np.broadcast_to(b[0].reshape(-1), len(W)) if b else np.zeros(len(W), W.dtype))
                )
            case "MatMul", [W] if behind and W.ndim == 2:
                parts.append((W.T, np.zeros(W.shape[1], W.dtype)))
            case "Add", [b] if parts and isinstance(parts[-1], tuple) and not parts[-1][1].any():
                W, _ = parts.pop()
                parts.append((W, np.broadcast_to(b.reshape(-1), len(W))))
            case (("Sigmoid" | "Tanh" | "Relu"), []):
                parts.append(plain[node.op_type]())
            case "LeakyRelu", []:
                parts.append(LeakyReLU(_short(np.float32(given.get("alpha", 0.01)))))
            case "Mul", [slope] if slope.size == 1 and not leak[0]:
                leak = node.output[0], _short(slope)
                continue
            case "Max", [] if leak[0] in node.input and len(node.input) == 2:
                parts.append(LeakyReLU(leak[1]))
                leak = ("", 0.0)
            case ("Identity", []) | ("Dropout", _):
                pass
            case (("Softmax" | "LogSoftmax"), []):
                raise ValueError(f"model {SOFTMAX}")
            case _:
                raise ValueError(f"{name} is an operation that bplib has not, or not with these settings")
        current = node.output[0]
    if current != graph.output[0].name or leak[0]:
        raise ValueError(f"the output {graph.output[0].name!r} is not that of the last node")
    return _network("model", parts)


def _short(slope: Any) -> float:
    """The shortest number that has these bits: the 0.01 that was meant, and not the float32 next to it."""
    return float(str(np.asarray(slope).reshape(())[()]))


# -- safetensors ---------------------------------------------------------------------------------------------------


def to_safetensors(network: Network) -> bytes:
    """The content of a .safetensors file: tensors "W1", "b1", ... in the book's shapes, activations in its metadata.

    `pathlib.Path.write_bytes` writes it. Raises TypeError or ValueError as `to_torch` does.
    """
    from safetensors.numpy import save

    arrays, activations = {}, []
    for l, (W, b, f) in enumerate(_layers(network), start=1):
        # Of an array that is a view in another order, safetensors writes the memory as it lies: scrambled, unsaid.
        arrays[f"W{l}"], arrays[f"b{l}"] = np.ascontiguousarray(W), np.ascontiguousarray(b[:, None])
        activations.append([f.name, vars(f)])
    content: bytes = save(arrays, metadata={"format": FORMAT, "activation": json.dumps(activations)})
    return content


def from_safetensors(content: bytes) -> Network:
    """The network that `to_safetensors` gave. Raises ValueError if the content is damaged or of something else."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(content)
        length = int.from_bytes(content[:8], "little")
        about = json.loads(content[8 : 8 + length]).get("__metadata__", {})
        if about.get("format") != FORMAT:
            raise ValueError(f"its format is {about.get('format')!r}, expected {FORMAT!r}")
        activations = [ACTIVATIONS[name](**settings) for name, settings in json.loads(about["activation"])]
        parts: list[Any] = []
        for l, f in enumerate(activations, start=1):
            parts += [(arrays[f"W{l}"], arrays[f"b{l}"].reshape(-1)), f]
        return _network("content", parts)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"content is damaged or not a network of bplib: {error}") from error


FORMAT = "bplib network 1"


# -- what all of them share ----------------------------------------------------------------------------------------


def _layers(network: Network) -> Iterator[Layer]:
    """W, b of shape (n^l,) and f of each layer, after a look at all of them."""
    checked(network)
    for l, f in network.activation.items():
        if ACTIVATIONS.get(f.name) is not type(f):
            raise ValueError(f"network.activation[{l}] is {f!r}, and only bplib's own can be taken elsewhere")
    return ((network.W[l], network.b[l][:, 0], network.activation[l]) for l in range(1, network.L + 1))


def _network(name: str, parts: list[Any]) -> Network:
    """The network of a chain of (W, b) and activations; where none stands between two layers, the identity does."""
    weights = [part for part in parts if isinstance(part, tuple)]
    if not weights:
        raise ValueError(f"{name} has no layer with weights")
    for l, ((W, b), (after, _)) in enumerate(zip(weights, [*weights[1:], weights[-1]], strict=True), start=1):
        if W.dtype != weights[0][0].dtype or b.dtype != W.dtype or W.dtype not in (np.float32, np.float64):
            raise ValueError(
                f"{name}: layer {l} has {W.dtype} and {b.dtype}, expected float32 or float64 throughout"
            )
        if W.ndim != 2 or b.shape != W.shape[:1] or (l < len(weights) and after.shape[1:] != W.shape[:1]):
            raise ValueError(
                f"{name}: the shapes of layer {l}, {W.shape} and {b.shape}, do not fit the others"
            )
    sizes = [weights[0][0].shape[1], *(len(W) for W, _ in weights)]
    network = Network(sizes, "identity", "identity", seed=0, dtype=weights[0][0].dtype)
    l = 0
    for part in parts:
        if isinstance(part, tuple):
            l += 1
            network.W[l], network.b[l] = np.array(part[0], order="C"), np.array(part[1])[:, None]
        elif l == 0 or network.activation[l].name != "identity":
            raise ValueError(f"{name}: {part!r} stands where bplib has a layer with weights")
        else:
            network.activation[l] = part
    return checked(network)


def _array(value: Any) -> Array:
    array: Array = np.asarray(value)
    return array


def _refuse_truncation(dtype: Any, where: str) -> None:
    import jax

    if dtype == np.float64 and not jax.config.jax_enable_x64:
        raise ValueError(
            f"{where} has no float64 unless told so, and would go on in float32: call "
            'jax.config.update("jax_enable_x64", True) first, or take network.copy(np.float32)'
        )
