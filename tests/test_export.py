"""Networks that went to another library: the same outputs there, the same bits when they are back."""

import os

os.environ.setdefault(
    "KERAS_BACKEND", "jax"
)  # before keras is imported; PyTorch is not among the tests' packages

import copy
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bplib import LeakyReLU, Network, ReLU, Sigmoid, export, forward
from bplib.examples import RUNNING_X, running_network

jax = pytest.importorskip("jax")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("safetensors")
# Imported by the tests that need it: it takes longer than they do, and each process of a run reads this file.
if not find_spec("keras"):
    pytest.skip("Keras is not there", allow_module_level=True)
if "torch" in os.environ.get("KERAS_BACKEND", ""):
    pytest.skip("another backend of Keras", allow_module_level=True)

NETWORKS = [("sigmoid", "sigmoid"), ("tanh", "identity"), (LeakyReLU(0.01), "relu")]


def drawn(hidden, output, dtype=np.float64, sizes=(5, 4, 3, 2)):
    network = Network(sizes, hidden, output, seed=3, dtype=dtype)
    rng = np.random.default_rng(4)
    for l in network.b:
        network.b[l] = rng.normal(size=network.b[l].shape).astype(dtype)
    # As training may leave them: a view in another order.
    network.W[2] = np.asfortranarray(network.W[2])
    return network


def assert_same(one, other):
    assert (one.sizes, one.dtype) == (other.sizes, other.dtype)
    assert repr(one.activation) == repr(other.activation)
    for l in one.W:
        np.testing.assert_array_equal(one.W[l], other.W[l])
        np.testing.assert_array_equal(one.b[l], other.b[l])
        assert not np.shares_memory(one.W[l], other.W[l])


@pytest.fixture(params=NETWORKS, ids=lambda pair: "-".join(getattr(f, "name", f) for f in pair))
def pair(request):
    return request.param


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def case(request, pair):
    """A network, examples, what it answers, and how near another library must come."""
    network = drawn(*pair, dtype=request.param)
    x = np.random.default_rng(5).normal(size=(7, 5)).astype(request.param)
    return network, x, network(x), 1e-14 if request.param is np.float64 else 1e-5


def torch_and_back(network, x):
    torch = pytest.importorskip("torch")
    before = torch.get_rng_state()
    module = export.to_torch(network)
    assert torch.equal(torch.get_rng_state(), before)
    return module(torch.from_numpy(x)).detach().numpy(), export.from_torch(module)


def jax_and_back(network, x):
    with jax.enable_x64(network.dtype == np.float64):
        f, parameters = export.to_jax(network)
        outputs = np.asarray(jax.jit(f)(parameters, x))
        return outputs, export.from_jax(parameters, list(network.activation.values()))


def keras_and_back(network, x):
    with jax.enable_x64(network.dtype == np.float64):
        model = export.to_keras(network)
        return np.asarray(model(x)), export.from_keras(model)


def onnx_and_back(network, x):
    model = export.to_onnx(network)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (outputs,) = session.run(None, {"x": x})
    (one,) = session.run(None, {"x": x[:1]})  # the number of examples is open
    np.testing.assert_allclose(one, outputs[:1], rtol=1e-6)
    return outputs, export.from_onnx(onnx.load_from_string(model.SerializeToString()))


def safetensors_and_back(network, x):
    back = export.from_safetensors(export.to_safetensors(network))
    return back(x), back


@pytest.mark.parametrize(
    "there", [torch_and_back, jax_and_back, keras_and_back, onnx_and_back, safetensors_and_back]
)
def test_the_same_outputs_there_and_the_same_bits_back(there, case):
    network, x, expected, tolerance = case
    outputs, back = there(network, x)
    if there is keras_and_back and network.activation[1].name == "tanh" and network.dtype == np.float64:
        tolerance = 1e-6  # Keras 3.15.1 on JAX takes the tanh of float64 in float32
    assert outputs.dtype == network.dtype
    assert outputs.shape == expected.shape
    np.testing.assert_allclose(outputs, expected, rtol=tolerance, atol=tolerance)
    assert_same(network, back)


def test_a_loss_and_its_gradient_by_jax_are_those_of_the_book():
    from bplib import backprop

    network, x, y = running_network(), np.array([[1.0, 0.5], [-1, 2]]), np.array([[1.0], [0]])
    with jax.enable_x64(True):
        f, parameters = export.to_jax(network)
        loss = lambda p: ((f(p, x) - y) ** 2).sum() / 2 / len(x)  # noqa: E731
        C, gradient = jax.value_and_grad(loss)(parameters)
    own = backprop(network, x, y, "quadratic")
    assert float(C) == pytest.approx(own.C, rel=1e-14)
    for l in own.grad_W:
        np.testing.assert_allclose(gradient[l - 1]["W"].T, own.grad_W[l], rtol=1e-13)
        np.testing.assert_allclose(gradient[l - 1]["b"], own.grad_b[l][:, 0], rtol=1e-13)


@pytest.mark.parametrize("to", [export.to_jax, export.to_keras])
def test_float64_is_not_made_float32_in_silence(to):
    with (
        jax.enable_x64(False),
        pytest.raises(ValueError, match=r"no float64 unless told so.*network\.copy\(np\.float32\)"),
    ):
        to(running_network())


@pytest.mark.parametrize("to", [export.to_jax, export.to_keras, export.to_onnx, export.to_safetensors])
def test_what_cannot_go(to):
    class Square(Sigmoid):
        name = "square"

    network = running_network()
    with pytest.raises(TypeError, match="network must be a Network"):
        to(network.W)
    network.activation[2] = Square()
    with pytest.raises(ValueError, match=r"network\.activation\[2\] is Square\(\), and only bplib's own"):
        to(network)
    network = running_network()
    network.W[1][0, 0] = np.nan
    with pytest.raises(ValueError, match=r"network\.W\[1\]"):
        to(network)


def test_the_slope_of_a_leaky_relu_is_exact_in_float64():
    """ONNX's own LeakyRelu would have 0.009999999776482582."""
    network = drawn(LeakyReLU(0.01), LeakyReLU(0.01))
    model = export.to_onnx(network)
    assert "LeakyRelu" not in [node.op_type for node in model.graph.node]
    assert export.from_onnx(model).activation[1].slope == 0.01


# -- what others wrote ----------------------------------------------------------------------------------------------


def other_onnx(*nodes, sizes=(2, 3), dtype=np.float32, **arrays):
    from onnx import helper, numpy_helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_model(
        helper.make_graph(
            [helper.make_node(op, inputs, outputs, **given) for op, inputs, outputs, given in nodes],
            "other",
            [helper.make_tensor_value_info("in", kind, [None, sizes[0]])],
            [helper.make_tensor_value_info("out", kind, [None, sizes[-1]])],
            [numpy_helper.from_array(array.astype(dtype), name) for name, array in arrays.items()],
        )
    )


W, b, x = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([0.5, 0, -1]), np.array([[1, -1], [0.5, 2]])


def test_matmul_and_add_are_a_layer_and_so_is_a_gemm_whose_weights_lie_the_other_way():
    as_two = other_onnx(("MatMul", ["in", "W"], ["h"], {}), ("Add", ["b", "h"], ["out"], {}), W=W, b=b)
    as_one = other_onnx(("Gemm", ["in", "W", "b"], ["out"], {}), W=W, b=b)
    without = other_onnx(("MatMul", ["in", "W"], ["out"], {}), W=W)
    for model in (as_two, as_one):
        np.testing.assert_array_equal(export.from_onnx(model)(x), x @ W + b)
    np.testing.assert_array_equal(export.from_onnx(without)(x), x @ W)


def test_the_slope_of_an_onnx_leaky_relu_is_the_one_that_was_meant():
    model = other_onnx(("Gemm", ["in", "W"], ["h"], {}), ("LeakyRelu", ["h"], ["out"], {"alpha": 0.3}), W=W)
    assert export.from_onnx(model).activation[1].slope == 0.3


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([("Gemm", ["in", "W", "b"], ["h"], {}), ("Softmax", ["h"], ["out"], {})], "ends in a softmax, which is part"),
        ([("Gemm", ["in", "W", "b"], ["h"], {}), ("Gelu", ["h"], ["out"], {})], "node 1, Gelu, is an operation"),
        ([("Gemm", ["in", "W", "b"], ["out"], {"alpha": 2.0})], "node 0, Gemm, is an operation that bplib has not, or"),
        ([("Gemm", ["W", "in"], ["out"], {})], "node 0, Gemm"),
        ([("Sigmoid", ["in"], ["h"], {}), ("Gemm", ["h", "W", "b"], ["out"], {})], r"Sigmoid\(\) stands where"),
        ([("Gemm", ["in", "W", "b"], ["h"], {}), ("Add", ["h", "h"], ["out"], {})], "node 1, Add"),
        ([("Gemm", ["in", "W", "b"], ["h"], {}), ("Tanh", ["h"], ["other"], {})], "'out' is not that of the last node"),
        ([("Gemm", ["in", "W", "b"], ["h"], {}), ("Mul", ["h", "two"], ["out"], {})], "not that of the last node"),
        ([("Tanh", ["in"], ["out"], {})], "model has no layer with weights"),
    ],
)  # fmt: skip
def test_what_onnx_has_and_bplib_has_not(nodes, message):
    with pytest.raises(ValueError, match=message):
        export.from_onnx(other_onnx(*nodes, W=W, b=b, two=np.array(2.0)))


def test_what_is_no_model():
    for function, name in ((export.from_onnx, "model"), (export.from_keras, "model")):
        with pytest.raises(TypeError, match=f"{name} must be .*, got int"):
            function(3)
    with pytest.raises(ValueError, match="damaged or not a network of bplib"):
        export.from_safetensors(b"12345678")
    from safetensors.numpy import save

    with pytest.raises(ValueError, match="its format is None"):
        export.from_safetensors(save({"W1": W}))
    content = export.to_safetensors(running_network())
    for n in range(0, len(content), 7):
        with pytest.raises(ValueError, match="damaged or not a network of bplib"):
            export.from_safetensors(content[:n])


def test_other_keras_models():
    import keras

    layers = keras.layers
    inside = keras.Sequential(
        [
            layers.Input((2,)),
            layers.Dense(3, "leaky_relu"),
            layers.Dropout(0.5),
            layers.Dense(1, use_bias=False),
        ]
    )
    network = export.from_keras(inside)
    assert network.activation[1].slope == 0.2  # Keras's own default
    assert not network.b[2].any()
    np.testing.assert_allclose(network(x), np.asarray(inside(x)), rtol=1e-5, atol=1e-6)
    outside = keras.Sequential(
        [layers.Input((2,)), layers.Dense(2), layers.Activation("tanh"), layers.Dense(1)]
    )
    assert [f.name for f in export.from_keras(outside).activation.values()] == ["tanh", "identity"]
    ends = [
        ([layers.Dense(3, "softmax")], "model ends in a softmax"),
        ([layers.Dense(3, "gelu", name="odd")], "layer 'odd' has the activation gelu, which bplib has not"),
        (
            [layers.BatchNormalization(name="norm")],
            "layer 'norm' is a BatchNormalization, and bplib has no such",
        ),
        ([layers.Activation("tanh"), layers.Activation("relu")], r"ReLU\(\) stands where bplib has a layer"),
    ]
    for end, message in ends:
        with pytest.raises(ValueError, match=message):
            export.from_keras(keras.Sequential([layers.Input((2,)), layers.Dense(2), *end]))


def test_other_torch_modules():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    module = nn.Sequential(nn.Linear(2, 3, bias=False), nn.LeakyReLU(), nn.Dropout(0.1), nn.Linear(3, 1))
    network = export.from_torch(module)
    assert network.dtype == np.float32
    with torch.no_grad():
        module[0].weight += 1  # the network has copies
    assert not np.array_equal(network.W[1], module[0].weight.detach().numpy())
    with pytest.raises(TypeError, match=r"module must be a torch\.nn\.Sequential, got Linear"):
        export.from_torch(module[0])
    for last, message in [
        (nn.Softmax(dim=1), "module ends in a softmax"),
        (nn.GELU(), r"module\[2\] is GELU\(.*\), and bplib has no such layer"),
    ]:
        with pytest.raises(ValueError, match=message):
            export.from_torch(nn.Sequential(nn.Linear(2, 1), nn.ReLU(), last))
    with pytest.raises(ValueError, match=r"module\[0\] is in torch\.bfloat16: take module\.float\(\)"):
        export.from_torch(module.to(torch.bfloat16))


def test_parameters_that_do_not_fit():
    _, parameters = export.to_jax(running_network().copy(np.float32))
    activations = [Sigmoid()] * 3
    with pytest.raises(ValueError, match="an activation for each layer, got 2 for 3"):
        export.from_jax(parameters, activations[:2])
    broken = copy.copy(parameters)
    broken[1] = {"W": parameters[1]["W"].T, "b": parameters[1]["b"]}
    with pytest.raises(
        ValueError, match=r"parameters: the shapes of layer 1, \(3, 2\) and \(3,\), do not fit"
    ):
        export.from_jax(broken, activations)
    half = [{k: v.astype("float16") for k, v in layer.items()} for layer in parameters]
    with pytest.raises(ValueError, match="layer 1 has float16 and float16, expected float32 or float64"):
        export.from_jax(half, activations)
    assert [type(f) for f in export.from_jax(parameters, [ReLU(), *activations[1:]]).activation.values()] == [
        ReLU,
        Sigmoid,
        Sigmoid,
    ]


def test_the_example_of_the_book_in_every_library():
    network = running_network().copy(np.float32)
    a = forward(network, np.array(RUNNING_X, np.float32))[1][3].item()
    model = export.to_keras(network)
    assert float(model(np.array(RUNNING_X, np.float32))[0, 0]) == pytest.approx(a, rel=1e-6)
    assert Path(export.__file__).read_text(encoding="utf-8").count("def to_") == 5
