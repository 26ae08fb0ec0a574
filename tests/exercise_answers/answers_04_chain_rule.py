"""Answers to the exercises of chapter 4."""

ANSWERS = {
    "neuron_out": (
        [
            "-0.1157",
            "-0.116",
            "-.1157",
            "(sigmoid(0.4) - 1) * sigmoid(0.4) * (1 - sigmoid(0.4)) * 1.2",
            "[[-0.1157]]",
            "-1.2 * sigmoid(0.4) * (1 - sigmoid(0.4)) ** 2",
            "np.array([-0.1157])",
            "((sigmoid(1 - 0.500001 * 1.2) - 1) ** 2 - (sigmoid(1 - 0.499999 * 1.2) - 1) ** 2) / 2 / -2e-6",
            "np.float32(-0.1157)",
        ],
        {
            "-0.4816": "σ′(z) is forgotten",
            "-0.0964": "this is δ",
            "-0.1102": "σ′ is taken at a",
            "0.0482": "this is dC/dx",
            "-0.2314": "twice too much",
            "-0.0578": "this is half of it",
            "0.1725": "the target is forgotten",
            "-0.0386": "with z for x",
            "0.1157": "the sign is not",
            "-0,1157": "Write a decimal point",
        },
    ),
    "passes_out": (
        [
            "4820",
            "4_820",
            "2 * 2410",
            "2 * Network([64, 32, 10], seed=1).n_parameters",
            "4820.0",
            "[4820]",
            "np.array([[4820]])",
            "2 * (64 * 32 + 32 + 32 * 10 + 10)",
            "np.int64(4820)",
        ],
        {
            "2410": "a central difference needs two",
            "2411": "these are forward differences",
            "4736": "the biases are parameters too",
            "4948": "the inputs have no biases",
            "4,820": "nothing between thousands",
            "4.820": "Not yet.",
            "4821": "Not yet.",
            "-4820": "Not yet.",
        },
    ),
    "central_out": (
        [
            "lambda f, w, h: (f(w + h) - f(w - h)) / (2 * h)",
            "lambda f, w, h: (f(w + h) - f(w - h)) / 2 / h",
            "lambda f, w, h: (f(w + h) - f(w - h)) / (h + h)",
            "lambda f, w, h: 0.5 * (f(w + h) - f(w - h)) / h",
            "lambda f, w, h: (f(w - h) - f(w + h)) / (-2 * h)",
            "lambda f, w, h: ((f(w + h) - f(w)) / h + (f(w) - f(w - h)) / h) / 2",
            "lambda f, w, h: [(f(w + h) - f(w - h)) / (2 * h)]",
            "central_difference",
            """
def central(f, w, h):
    up, down = f(w + h), f(w - h)
    return (up - down) / (2 * h)
""",
        ],
        {
            "lambda f, w, h: (f(w + h) - f(w)) / h": "the forward difference",
            "lambda f, w, h: (f(w + h) - f(w - h)) / h": "the two points are 2h apart",
            "lambda f, w, h: (f(w + h) - f(w - h)) / 2 * h": "multiplies by h",
            "lambda f, w, h: f(w + h) - f(w - h) / (2 * h)": "put the difference in parentheses",
            "lambda f, w, h: (f(w) - f(w - h)) / h": "the backward difference",
            "lambda f, w, h: (f(w - h) - f(w + h)) / (2 * h)": "the sign is not",
            "lambda f, w, h: (f(w + 1e-5) - f(w - 1e-5)) / 2e-5": "it gives",
            "lambda f, w, h: (f(w + h / 2) - f(w - h / 2)) / h": "it gives",
            "def central(f, w, h):\n    d = (f(w + h) - f(w - h)) / (2 * h)": "the function returns None",
            "central_difference(np.exp, 0.3, 0.5)": "a function is asked for",
        },
    ),
    "tanh_out": (
        [
            "lambda w, x, b, y: (np.tanh(w * x + b) - y) * (1 - np.tanh(w * x + b) ** 2) * x",
            "lambda w, x, b, y: -(y - np.tanh(w * x + b)) / np.cosh(w * x + b) ** 2 * x",
            "lambda w, x, b, y: [(np.tanh(w * x + b) - y) * (1 - np.tanh(w * x + b) ** 2) * x]",
            "lambda w, x, b, y: central_difference(lambda w: (np.tanh(w * x + b) - y) ** 2 / 2, w, 1e-5)",
            "lambda w, x, b, y: x * (1 + np.tanh(w * x + b)) * (1 - np.tanh(w * x + b)) * (np.tanh(w * x + b) - y)",
            """
def dC_dw_tanh(w, x, b, y):
    a = np.tanh(w * x + b)
    return (a - y) * (1 - a**2) * x
""",
            """
def dC_dw_tanh(w, x, b, y):
    z = w * x + b
    a = (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))
    return (a - y) * (1 - a * a) * x
""",
            """
def dC_dw_tanh(w, x, b, y):
    a = np.tanh(np.array([[w * x + b]]))
    delta = (a - y) * (1 - a**2)
    return delta @ np.array([[x]])
""",
        ],
        {
            "lambda w, x, b, y: (a := np.tanh(w * x + b)) * (1 - a) * (a - y) * x": "the sigmoid's a(1 − a)",
            "lambda w, x, b, y: (np.tanh(w * x + b) - y) * x": "f′(z) is forgotten",
            "lambda w, x, b, y: ((a := np.tanh(w * x + b)) - y) * (1 - a**2)": "this is δ",
            "lambda w, x, b, y: ((a := np.tanh(w * x + b)) - y) * (1 - np.tanh(a) ** 2) * x": "at a instead of z",
            "lambda w, x, b, y: (y - (a := np.tanh(w * x + b))) * (1 - a**2) * x": "the sign is not",
            "def dC_dw_tanh(w, x, b, y):\n    a = np.tanh(w * x + b)": "the function returns None",
            "lambda w, x, b, y: 2 * ((a := np.tanh(w * x + b)) - y) * (1 - a**2) * x": "it gives",
            "lambda w, x, b, y: ((a := np.tanh(w * x)) - y) * (1 - a**2) * x": "it gives",
            "lambda w, x, b: 0": "raised TypeError",
        },
    ),
    "shared_out": (
        [
            "shared",
            "round(float(shared), 4)",
            "shared * (1 + 1e-4)",
            "[[shared]]",
            "np.float32(shared)",
            "delta2 * a1 + delta1 * 2",
            "np.array([shared])",
            "_near + _far",
            "central_difference(lambda w: 0.5 * (sigmoid(w * sigmoid(w * 2)) - 1) ** 2, 0.8, 1e-4)",
        ],
        {
            "_near": "the second neuron's own weight",
            "_far": "the path through the first neuron",
            "_near * _far": "paths add",
            "_near + _far / 0.8": "dz₂/da₁ = w is forgotten",
            "_near + _delta2 * 0.8 * 2": "σ′(z₁) is forgotten",
            "-shared": "the sign is not",
            "(_near, _far)": "the shape is (2,), expected ()",
            "2 * shared": "twice too much",
            "-0.2": "Not yet.",
        },
    ),
    "step_out": (
        [
            "4.8e-6",
            "4.81e-6",
            "4.806e-06",
            "(2.0**-52 / 2) ** (1 / 3)",
            "2.0 ** (-53 / 3)",
            "np.cbrt(np.finfo(float).eps / 2)",
            "[[4.81e-6]]",
            "0.00000481",
            "np.exp(np.log(2.0**-53) / 3)",
        ],
        {
            "6.06e-6": "where is their sum least",
            "2**-26": "the forward difference",
            "1.05e-8": "check the derivative",
            "1e-5": "Not yet.",
            "-4.81e-6": "the sign is not",
            "0": "Not yet.",
            "lambda h: h**2": "this is a function",
            "'4.81e-6'": "a number or an array is asked for",
        },
    ),
    "tanh_value_out": (
        [
            "value_and_derivative(lambda z: Value(np.tanh(z.value), [(z, 1 - np.tanh(z.value) ** 2)]))",
            "value_and_derivative(lambda z: Value(np.tanh(z.value), [(z, 1 / np.cosh(z.value) ** 2)]))",
            "value_and_derivative(lambda z: Value(np.tanh(z.value), ((z, 1 - np.tanh(z.value) ** 2),)))",
            "value_and_derivative(lambda z: Value((a := np.tanh(z.value)), [(z, (1 - a) * (1 + a))]))",
            "value_and_derivative(tanh_solution)",
            """
def tanh(z):
    a = np.tanh(z.value)
    return Value(a, [(z, 1 - a**2)])


answer = value_and_derivative(tanh)
""",
            """
def tanh(z):
    a = 2 / (1 + np.exp(-2 * z.value)) - 1
    result = Value(a, [(z, 1 - a * a)])
    return result


answer = value_and_derivative(tanh)
""",
            """
def tanh(z):
    half = Value(z.value, [(z, 0.5)])
    slope = 1 - np.tanh(z.value) ** 2
    return Value(np.tanh(z.value), [(half, slope), (z, slope / 2)])


answer = value_and_derivative(tanh)
""",
        ],
        {
            "value_and_derivative(lambda z: Value((a := np.tanh(z.value)), [(z, a * (1 - a))]))": "that of the sigmoid",
            "value_and_derivative(lambda z: Value((a := np.tanh(z.value)), [(z, a)]))": "the value a itself",
            "value_and_derivative(lambda z: Value(np.tanh(z.value), [(z, 1 - z.value**2)]))": "1 − z² takes",
            "value_and_derivative(lambda z: Value(np.tanh(z.value)))": "needs its parent",
            "value_and_derivative(lambda z: Value(z.value, [(z, 1 - np.tanh(z.value) ** 2)]))": "the value is still z",
            "value_and_derivative(lambda z: Value(1 - (a := np.tanh(z.value)) ** 2, [(z, a)]))": "have changed places",
            "value_and_derivative(lambda z: Value(99.0, [(z, 1 - np.tanh(z.value) ** 2)]))": "it gives [99.",
            "value_and_derivative(lambda z: np.tanh(z.value))": "the result must be a Value, not a number",
            "value_and_derivative(lambda z: np.tanh(z))": "raised TypeError",
            "value_and_derivative(lambda z: print(Value(np.tanh(z.value), [(z, 1.0)]).value))": "returns None",
        },
    ),
}
