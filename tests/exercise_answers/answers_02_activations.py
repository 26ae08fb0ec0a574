"""Answers to the exercises of chapter 2."""

ANSWERS = {
    "slope_exercise": (
        [
            "0.222",
            "0.2217",
            "sigmoid(0.7) * (1 - sigmoid(0.7))",
            "[[0.2217]]",
            "np.exp(-0.7) / (1 + np.exp(-0.7)) ** 2",
            "(sigmoid(0.7 + 1e-5) - sigmoid(0.7 - 1e-5)) / 2e-5",
            "Sigmoid().prime(np.array([[0.7]]))",
            "0.668 * (1 - 0.668)",
            "sigmoid(0.7) - sigmoid(0.7) ** 2",
        ],
        {
            "0,222": "Write a decimal point",
            "0.668": "this is the activation a",
            "0.21": "this is z(1 − z)",
            "0.2242": "this is f′ at a",
            "0.2288": "without the bias",
            "0.5536": "That is the slope of tanh",
            "0.3318": "one of the two factors",
            "0.7": "this is z",
            "-0.2217": "the sign is not",
        },
    ),
    "leaky_exercise": (
        [
            "lambda z: np.where(z > 0, 1, 0.01)",
            "lambda z: np.where(z >= 0, 1.0, 0.01)",
            "lambda z: np.where(z < 0, 0.01, 1)",
            "lambda z: (z > 0) + 0.01 * (z <= 0)",
            "lambda z: [1 if entry > 0 else 0.01 for entry in z]",
            "LeakyReLU(0.01).prime",
            "lambda z: 0.01 + 0.99 * (z > 0)",
            "lambda z: np.where(z > 0, 1, 0.01)[:, None]",
            "lambda z: np.heaviside(z, 1) * 0.99 + 0.01",
            """
def leaky_prime(z):
    slope = np.ones_like(z)
    slope[z < 0] = 0.01
    return slope
""",
            """
def leaky_prime(z):
    z[z > 0] = 1
    z[z < 0] = 0.01
""",
        ],
        {
            "lambda z: np.where(z > 0, 1, 0)": "the plain ReLU",
            "lambda z: np.where(z > 0, z, 0.01 * z)": "this is the function itself",
            "lambda z: np.where(z > 0, 0.01, 1)": "left and right are exchanged",
            "lambda z: np.where(z > 0, 1, 0.1)": "0.01 is asked for",
            "lambda z: np.where(z > 0, 1, 0.01 * z)": "The slope of 0.01 z is 0.01",
            "lambda z: np.where(z > 0, 1, 0.0105)": "it gives [0.0105",
            "lambda z: np.where(z > 0, 1, 0.011)": "it gives [0.011",
            "lambda z: np.where(z > 0.1, 1, 0.01)": "it gives [0.01",
            "lambda z: 1 if z > 0 else 0.01": "raised ValueError: The truth value of an array",
            "lambda z: np.array([0.01, 0.01, 0.01, 1, 1, 1])": "the shape is (6,), expected (2,)",
            "def leaky_prime(z):\n    print(np.where(z > 0, 1, 0.01))": "the function returns None",
            "lambda z: ReLU": "a number or an array is asked for",
        },
    ),
    "layers_exercise": (
        [
            "10",
            "10.0",
            "int(np.ceil(np.log(1e-6) / np.log(0.25)))",
            "np.ceil(np.log(1e-6) / np.log(0.25))",
            "[10]",
            "np.array([[10]])",
            "np.int32(10)",
            "next(n for n in range(1, 100) if 0.25**n < 1e-6)",
            "len('x' * 10)",
        ],
        {
            "9": "one too few",
            "11": "ten layers are enough",
            "20": "a factor of ½",
            "9.54e-7": "this is the product",
            "9.966": "the number is whole",
            "10.005": "Not yet.",
            "-10": "Not yet.",
            "'ten'": "a number or an array is asked for",
        },
    ),
    "silu_exercise": (
        [
            "lambda z: sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z))",
            "lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))",
            "lambda z: z * sigmoid(z) + sigmoid(z) * (1 - z * sigmoid(z))",
            "lambda z: 1 / (1 + np.exp(-z)) + z * np.exp(-z) / (1 + np.exp(-z)) ** 2",
            "lambda z: ((z + 1e-5) * sigmoid(z + 1e-5) - (z - 1e-5) * sigmoid(z - 1e-5)) / 2e-5",
            "lambda z: [float(sigmoid(v) + v * sigmoid(v) * (1 - sigmoid(v))) for v in z]",
            "lambda z: sigmoid(z) + z * Sigmoid().prime(z)",
            "lambda z: np.array([sigmoid(z) * (1 + z * (1 - sigmoid(z)))]).T",
            """
def silu_prime(z):
    a = sigmoid(z)
    silu = z * a
    return silu + a * (1 - silu)
""",
        ],
        {
            "sigmoid": "this is σ(z) alone",
            "lambda z: z * sigmoid(z) * (1 - sigmoid(z))": "this is z σ′(z) alone",
            "lambda z: sigmoid(z) * (1 - sigmoid(z))": "this is 1 · σ′(z)",
            "lambda z: z * sigmoid(z)": "this is SiLU itself",
            "lambda z: z * sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z))": "the slope of z is 1",
            "lambda z: sigmoid(z) + sigmoid(z) * (1 - sigmoid(z))": "the z is missing",
            "def silu_prime(z):\n    a = sigmoid(z)\n    a + z * a * (1 - a)": "the function returns None",
            "lambda z: np.mean(sigmoid(z) * (1 + z * (1 - sigmoid(z))))": "the shape is (), expected (6,)",
            "lambda: 1": "raised TypeError",
            "0.5": "a function is asked for",
        },
    ),
    "bump_exercise": (
        [
            "[-20, -50, -2, 2]",
            "(-20.0, -50.0, -2.0, 2.0)",
            "np.array([-20, -50, -2, 2])",
            "[-100 * 0.2, -100 * 0.5, -2, 2]",
            "[[-20], [-50], [-2], [2]]",
            "[[-20, -50, -2, 2]]",
            "-20, -50, -2, 2",
            "np.float32([-20, -50, -2, 2])",
            "np.concatenate([-100 * np.array([0.2, 0.5]), [-2, 2]])",
        ],
        {
            "[20, 50, -2, 2]": "the biases have the wrong sign",
            "[-50, -20, -2, 2]": "the first neuron is the left wall",
            "[-20, -50, -1, 1]": "only 1 deep",
            "[-20, -50, 2, -2]": "this bump points upwards",
            "[0.2, 0.5, -2, 2]": "the places of the walls",
            "[-20, -50, -2, -2]": "must undo the first",
            "[-20, -50, -2]": "the shape is (3,), expected (4,)",
            "[-20.04, -50, -2, 2]": "Not yet.",
            "[[-20, -50], [-2, 2]]": "the numbers are right, but in the shape (2, 2)",
        },
    ),
    "tent_exercise": (
        [
            "[1, -2, 1]",
            "(1.0, -2.0, 1.0)",
            "np.array([1, -2, 1])",
            "[[1], [-2], [1]]",
            "[[1, -2, 1]]",
            "1, -2, 1",
            "np.diff([0, 1, -1, 0])",
            "np.linalg.solve([[1, 0, 0], [2, 1, 0], [3, 2, 1]], [1, 0, 0])",
            "np.convolve([1, -1], [1, -1])",
        ],
        {
            "[1, -2, 0]": "the slopes must add up to 0",
            "[1, -1, 0]": "Each weight is a change of slope",
            "[1, -1, -1]": "Between 1 and 2 it is flat",
            "[1, -1, 1]": "rises after that",
            "[-1, 2, -1]": "the sign is not",
            "[1, -2]": "the shape is (2,), expected (3,)",
            "[1, -2.001, 1]": "Not yet.",
            "None": "this is None",
        },
    ),
}
