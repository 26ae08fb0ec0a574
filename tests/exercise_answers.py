"""What readers answer to each exercise of the book: forms that are right, and wrong ones with what they are told.

Each is written as a reader would write it, and is run among the names of its chapter; a wrong one has some words of
what must be said of it. test_exercises.py tries them.
"""

ANSWERS = {}

# -- 1. Weights ----------------------------------------------------------------------------------------------------

ANSWERS["01_weights"] = {
    "weighted_sum": (
        [
            "-1",
            "-1.0",
            "2 * 1 - 1 * 2 - 1",
            "neuron_w @ np.array([1, 2]) + neuron_b",
            "[[-1]]",
            "np.array([[2.0, -1.0]]) @ np.array([[1.0], [2.0]]) - 1",
            "np.float32(-1)",
            "sum(w * x for w, x in zip((2, -1), (1, 2))) - 1",
            "np.array(-1)",
            "Fraction(-1)",
        ],
        {
            "0": "the bias is forgotten",
            "2": "the two weights are swapped",
            "1": "the bias is subtracted",
            "3": "the second input counts against",
            "0.269": "this is the activation",
            "(-1, 'negative')": "a number or an array is asked for",
            "[2, -2, -1]": "the shape is (3,), expected ()",
            "-1.05": "Not yet.",
            "print(-1)": "this is None, as `print` gives",
            "lambda x: -1": "Call it?",
        },
    ),
    "line": (
        [
            "(2, -1)",
            "[2, -1]",
            "2, -1",
            "np.array([2.0, -1.0])",
            "[[2], [-1]]",
            "[[2, -1]]",
            "-neuron_w[0] / neuron_w[1], -neuron_b / neuron_w[1]",
            "(Fraction(2), -1)",
            "np.polyfit([0, 1, 2], [-1, 1, 3], 1)",
        ],
        {
            "(-2, 1)": "both signs are turned round",
            "(-2, -1)": "p has the wrong sign",
            "(0.5, 0.5)": "x₁ written as a function of x₂",
            "(2, 1)": "without changing its sign",
            "2": "the shape is (), expected (2,)",
            "{2, -1}": "a number or an array is asked for",
            "2, 0, -1, 0": "the shape is (4,)",
            "(2.001, -1)": "Not yet.",
        },
    ),
    "doubled": (
        [
            "0.119",
            ".1192",
            "sigmoid(-2)",
            "1 / (1 + np.exp(2))",
            "[[0.119]]",
            "sigmoid(np.array([4, -2]) @ np.array([[1], [2]]) - 2)",
            "np.float32(0.1192)",
            "1 - sigmoid(2.0)",
            "round(float(sigmoid(-2.0)), 3)",
        ],
        {
            "0,119": "Python reads 0,119 as 2 numbers. Write a decimal point",
            "-2": "this is z",
            "-1": "z before doubling",
            "0.269": "the activation before doubling",
            "0.538": "not twice the old one",
            "0.881": "this is σ(2)",
            "'0.119'": "a number or an array is asked for",
            "sigmoid": "this is a function",
            "0.13": "Not yet.",
            "11.9": "Not yet.",
        },
    ),
    "count": (
        [
            "43",
            "43.0",
            "5 * 4 + 5 + 3 * 5 + 3",
            "Network((4, 5, 3), seed=0).n_parameters",
            "[43]",
            "np.array([[43]])",
            "np.int64(43)",
            "25 + 18",
            "sum(w.size for w in Network([4, 5, 3], seed=1).W.values()) + 8",
        ],
        {
            "35": "the biases are forgotten",
            "47": "they have none",
            "12": "counts the neurons",
            "25": "this is layer 1 alone",
            "18": "this is layer 2 alone",
            "8": "these are the biases alone",
            "43.02": "Not yet.",
            "(25, 18)": "Not yet: ",
            "((5, 4), (3, 5))": "the shape is (2, 2)",
        },
    ),
    "one_layer": (
        [
            "lambda W, b, a: sigmoid(W @ a + b)",
            "lambda W, b, a: sigmoid(np.dot(W, a) + b)",
            "lambda W, b, a: 1 / (1 + np.exp(-(W @ a + b)))",
            "lambda W, b, a: (sigmoid(a.T @ W.T + b.T)).T",
            "lambda W, b, a: sigmoid(np.hstack([W, b]) @ np.vstack([a, np.ones((1, a.shape[1]))]))",
            "lambda W, b, a: sigmoid(np.einsum('ij,jk->ik', W, a) + b)",
            "lambda *layer: sigmoid(layer[0] @ layer[2] + layer[1])",
            "lambda W, b, a: [[float(sigmoid(w @ x + c)) for x in a.T] for w, (c,) in zip(W, b)]",
            """
def my_layer(W, b, a):
    z = W @ a
    z += b
    return sigmoid(z)
""",
            """
def my_layer(W, b, a):
    out = np.zeros((len(W), a.shape[1]))
    for i in range(len(W)):
        for j in range(a.shape[1]):
            out[i, j] = sigmoid(W[i] @ a[:, j] + b[i, 0])
    return out
""",
        ],
        {
            "lambda W, b, a: W @ a + b": "the activation function is missing",
            "lambda W, b, a: sigmoid(W @ a)": "the bias is missing",
            "lambda W, b, a: sigmoid(W @ a) + b": "inside the sigmoid",
            "lambda W, b, a: sigmoid(W @ a - b)": "the bias is subtracted",
            "lambda W_, b_, a: sigmoid(W[1] @ a + b[1])": "the function raised ValueError",
            "lambda W, b, a: sigmoid(W @ X + b)": "raised ValueError: matmul",
            "lambda W, b, a: sigmoid(W @ a + b).ravel()": "the numbers are right, but in the shape (3,)",
            "lambda W, b, a: sigmoid(W @ a + b).T": "the numbers are right, but in the shape (1, 3)",
            "def my_layer(W, b, a):\n    print(sigmoid(W @ a + b))": "the function returns None",
            "def my_layer(W, b, a):\n    z = W @ a + b\n    sigmoid(z)": "the function returns None",
            "lambda W, b, a: tanh(W @ a + b)": "raised NameError",
            "lambda W, b, a: np.tanh(W @ a + b)": "it gives",
            "sigmoid(W[1] @ X + b[1])": "a function is asked for",
        },
    ),
    "linear": (
        [
            "W[2] @ W[1]",
            "np.dot(W[2], W[1])",
            "[[0.41, -1.11], [-0.49, 1.31]]",
            "(W[1].T @ W[2].T).T",
            "np.einsum('ik,kj->ij', W[2], W[1])",
            "(W[2] @ W[1]).tolist()",
            "(W[2] @ W[1]).astype(np.float32)",
            "[[0.41, -1.11], [-0.49, 1.310]]",
            "np.array([W[2] @ W[1]])",
            "np.linalg.multi_dot([W[2], W[1], np.eye(2)])",
        ],
        {
            "(W[2] @ W[1]).T": "this is the transpose",
            "W[1] @ W[2]": "this is W¹W²",
            "W[2] @ b[1] + b[2]": "this is c",
            "(W[2] @ W[1]).ravel()": "the numbers are right, but in the shape (4,), expected (2, 2)",
            "-W[2] @ W[1]": "the sign is not",
            "W[2]": "the shape is (2, 3), expected (2, 2)",
            "W": "a number or an array is asked for",
            "[[0.41, -1.11], [-0.49, 1.32]]": "Not yet.",
        },
    ),
}

# -- 2. Activations ------------------------------------------------------------------------------------------------

ANSWERS["02_activations"] = {
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
            "-10": "the sign is not",
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

# -- 3. Loss -------------------------------------------------------------------------------------------------------

ANSWERS["03_loss"] = {
    "mean_loss": (
        [
            "0.708",
            "0.7083",
            "17 / 24",
            "Fraction(17, 24)",
            "(0.125 + 2 + 0) / 3",
            "np.mean((a_three - y_three) ** 2) / 2",
            "np.mean((np.array([0.5, 2, -1]) - np.array([1, 0, -1])) ** 2, keepdims=True) / 2",
            "[[0.7083]]",
            "0.5 * np.square(a_three - y_three).mean()",
        ],
        {
            "1.417": "without the ½",
            "2.125": "this is the sum; the loss is the mean",
            "4.25": "the sum without the ½",
            "0.4167": "not squared",
            "0.125": "the half square of the mean error",
            "0,708": "Write a decimal point",
            "[0.125, 2, 0]": "the shape is (3,), expected ()",
            "-0.708": "the sign is not",
            "0.72": "Not yet.",
        },
    ),
    "slope_by_w": (
        [
            "lambda w, b, x, y: np.mean((w * x + b - y) * x)",
            "lambda w, b, x, y: ((w * x + b - y) * x).mean()",
            "lambda w, b, x, y: (w * x + b - y) @ x / len(x)",
            "lambda w, b, x, y: np.mean(-(y - w * x - b) * x)",
            "lambda w, b, x, y: sum((w * p + b - q) * p for p, q in zip(x, y)) / len(x)",
            "lambda w, b, x, y: np.mean((w * x + b - y) * x, keepdims=True)",
            "lambda w, b, x, y: w * np.mean(x**2) + b * np.mean(x) - np.mean(x * y)",
            "lambda w, b, x, y: np.sum(2 * (w * x + b - y) * x) / (2 * x.size)",
            """
def slope(w, b, x, y):
    h = 1e-5
    loss = lambda w: np.mean((w * x + b - y) ** 2) / 2
    return (loss(w + h) - loss(w - h)) / (2 * h)
""",
            """
def slope(w, b, x, y):
    total = 0
    for k in range(len(x)):
        total += (w * x[k] + b - y[k]) * x[k]
    return total / len(x)
""",
        ],
        {
            "lambda w, b, x, y: np.mean(w * x + b - y)": "the derivative by b",
            "lambda w, b, x, y: np.sum((w * x + b - y) * x)": "this is the sum; the loss is a mean",
            "lambda w, b, x, y: (w * x + b - y) * x": "one number for each example",
            "lambda w, b, x, y: np.mean((w * x + b - y) ** 2) / 2": "this is the loss itself",
            "lambda w, b, x, y: 2 * np.mean((w * x + b - y) * x)": "twice too much",
            "lambda w, b, x, y: np.mean(w * x + b - y) * np.mean(x)": "not the product of the means",
            "lambda w, b, x, y: np.mean((y - w * x - b) * x)": "the sign is not",
            "def slope(w, b, x, y):\n    print(np.mean((w * x + b - y) * x))": "the function returns None",
            "lambda w, b, x, y: np.sum((w * x + b - y) * x) / 3": "it gives",
            "lambda w, b, x, y: np.mean((w * x - y) * x)": "it gives",
            "lambda w, b, x, y: np.mean((w * x + b - the_targets) * x)": "raised NameError",
        },
    ),
    "largest_rate": (
        [
            "0.25",
            ".25",
            "1 / 4",
            "2 / 8",
            "Fraction(1, 4)",
            "[0.25]",
            "[[0.25]]",
            "np.float32(0.25)",
            "2 / (2 * 4)",
        ],
        {
            "0.125": "arrives in one step",
            "0.5": "c = 8",
            "2": "the limit for a curvature of 1",
            "4": "the limit is 2/c",
            "0,25": "Write a decimal point",
            "0.249": "Not yet.",
            "'1/4'": "a number or an array is asked for",
            "(0, 0.25)": "the shape is (2,), expected ()",
        },
    ),
    "softmax_loss": (
        [
            "2.17",
            "2.1698",
            "-np.log(np.exp(1) / (np.exp(1) + np.exp(3) + np.exp(0)))",
            "np.log(np.exp(1) + np.exp(3) + 1) - 1",
            "np.logaddexp.reduce([1, 3, 0]) - 1",
            "[[2.1698]]",
            "np.log(np.exp(np.array([1, 3, 0]) - 3).sum()) + 3 - 1",
            "np.array([2.17])",
            "np.float32(2.1698)",
        ],
        {
            "0.1698": "if the second class were right",
            "3.1698": "if the third class were right",
            "0.1142": "this is the probability",
            "0.9423": "to base 10",
            "-2.17": "the sign is not",
            "2,17": "Write a decimal point",
            "[2.17, 0.17, 3.17]": "the shape is (3,), expected ()",
            "2.2": "Not yet.",
        },
    ),
    "steeper": (
        [
            "150.4",
            "150",
            "150.417",
            "a_ex / (a_ex * a_ex * (1 - a_ex))",
            "1 / (0.9933 * 0.0067)",
            "[[150.4]]",
            "2 + np.exp(5) + np.exp(-5)",
            "(1 + np.exp(-5)) * (1 + np.exp(5))",
            "np.float32(150.4)",
        ],
        {
            "0.00665": "the other way up",
            "10.15": "the ratio of the losses",
            "0.993": "the slope of the cross-entropy alone",
            "143.9": "keep more digits",
            "-150.4": "the sign is not",
            "150,4": "Write a decimal point",
            "140": "Not yet.",
            "np.inf": "which is not finite",
        },
    ),
    "stable_loss": (
        [
            "lambda z, k: np.log(np.exp(z - z.max()).sum()) + z.max() - z[k]",
            "lambda z, k: np.logaddexp.reduce(z) - z[k]",
            "lambda z, k: -(z[k] - z.max() - np.log(np.sum(np.exp(z - np.max(z)))))",
            "lambda z, k: np.log(sum(np.exp(v - max(z)) for v in z)) - (z[k] - max(z))",
            "lambda z, k: [np.logaddexp.reduce(z) - z[k]]",
            "lambda z, k: -np.log(np.exp(z.astype(np.longdouble) - z[k] - np.log(1)).sum() ** -1.0)",
            "lambda z, k: np.log1p(np.exp(np.delete(z, z.argmax()) - z.max()).sum()) + z.max() - z[k]",
            "lambda z, k: float((np.log(np.exp(z - z.max()).sum()) + z.max() - z)[k])",
            """
def loss_from_logits(z, k):
    z = z - z.max()
    return np.log(np.exp(z).sum()) - z[k]
""",
            """
def loss_from_logits(z, k):
    z -= z.max()
    log_p = z - np.log(np.exp(z).sum())
    return -log_p[k]
""",
        ],
        {
            "lambda z, k: np.log(np.exp(z).sum()) - z[k]": "this overflows",
            "lambda z, k: -np.log(np.exp(z[k]) / np.exp(z).sum())": "this overflows",
            "lambda z, k: -np.log(np.exp(z - z.max())[k] / np.exp(z - z.max()).sum())": "rounds to 0",
            "lambda z, k: np.log(np.exp(z - z[k]).sum())": "with z[k] subtracted",
            "lambda z, k: np.log(np.exp(z - z[0]).sum()) + z[0] - z[k]": "another logit subtracted",
            "lambda z, k: np.log(np.exp(z - z.mean()).sum()) + z.mean() - z[k]": "another logit subtracted",
            "lambda z, k: np.log(np.exp(z - z.min()).sum()) + z.min() - z[k]": "which is not finite",
            "lambda z, k: -np.log(np.exp(z - z.max())[k] / np.exp(z - z.max()).sum() + 1e-12)": "it gives 27.6",
            "lambda z, k: np.log(np.exp(np.clip(z, -700, 700)).sum()) - np.clip(z, -700, 700)[k]": "it gives",
            "lambda z, k: np.logaddexp.reduce(z) - z[k - 1]": "classes count from 0",
            "lambda z, k: np.exp(z[k] - np.logaddexp.reduce(z))": "this is the probability",
            "lambda z, k: np.log(np.exp(z - z.max()).sum()) - z[k]": "but not from z[k]",
            "lambda z, k: z[k] - np.logaddexp.reduce(z)": "the sign is not",
            "lambda z, k: np.logaddexp.reduce(z) - z": "the shape is (3,), expected ()",
            "def loss_from_logits(z, k):\n    z -= z.max()\n    np.log(np.exp(z).sum()) - z[k]": "returns None",
        },
    ),
    "other_valley": (
        [
            "(-0.39, -2.12)",
            "-0.39, -2.12",
            "[-0.39, -2.12]",
            "np.array([-0.39, -2.12])",
            "-np.array([0.39, 2.12])",
            "np.array([[-0.39], [-2.12]])",
            "[[-0.39, -2.12]]",
            "np.float32([-0.39, -2.12])",
            "[-Fraction(39, 100), -Fraction(212, 100)]",
        ],
        {
            "(0.39, 2.12)": "the valley that is given",
            "(-0.39, 2.12)": "What must w₂ do?",
            "(0.39, -2.12)": "What must w₁ do?",
            "(2.12, 0.39)": "exchanged",
            "(-2.12, -0.39)": "leave each weight in its place",
            "(0, 0)": "it is the saddle",
            "-0.39": "expected (2,)",
            "(-0.5, -2.12)": "Not yet",
        },
    ),
}

# -- 4. Chain rule -------------------------------------------------------------------------------------------------

ANSWERS["04_chain_rule"] = {
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
            "-4820": "the sign is not",
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

# -- 5. Deltas -----------------------------------------------------------------------------------------------------

ANSWERS["05_deltas"] = {
    "output_delta": (
        [
            "0.128",
            ".128",
            "0.8 * 0.8 * (1 - 0.8)",
            "[[0.128]]",
            "(0.8 - 0) * 0.16",
            "Fraction(128, 1000)",
            "np.float32(0.128)",
            "np.array([0.128])",
            "16 / 125",
        ],
        {
            "0.8": "f′(z) is forgotten",
            "0.171": "f′ was taken at a",
            "0.32": "this is the loss",
            "0.16": "this is f′(z) alone",
            "0.1024": "not its square",
            "0.256": "twice too much",
            "-0.128": "the sign is not",
            "0,128": "Write a decimal point",
        },
    ),
    "hidden_delta": (
        [
            "-0.15",
            "-.15",
            "(2 * 0.1 - 0.4) * (1 - 0.25)",
            "[[-0.15]]",
            "np.array([[2, -1]]) @ np.array([[0.1], [0.4]]) * 0.75",
            "-0.2 * 0.75",
            "Fraction(-3, 20)",
            "np.float32(-0.15)",
            "[-0.15]",
        ],
        {
            "-0.2": "f′(z) is forgotten",
            "-0.05": "a (1 − a) is the sigmoid's f′",
            "0.45": "the sign of the second weight",
            "0.525": "the end of its own edge",
            "-0.1573": "f′ was taken at a",
            "0.15": "the sign is not",
            "(0.15, -0.3)": "the shape is (2,), expected ()",
            "-0,15": "Write a decimal point",
            "-0.16": "Not yet.",
        },
    ),
    "outer_product": (
        [
            "[[0.2, 0.1, 0.0], [-0.1, -0.05, 0.0]]",
            "[[0.2, 0.1, 0], [-0.1, -0.05, 0]]",
            "np.outer([0.2, -0.1], [1, 0.5, 0])",
            "np.array([[0.2], [-0.1]]) @ np.array([[1, 0.5, 0]])",
            "np.array([[0.2], [-0.1]]) * np.array([1, 0.5, 0])",
            "[[d * a for a in (1, 0.5, 0)] for d in (0.2, -0.1)]",
            "np.einsum('i,j->ij', [0.2, -0.1], [1, 0.5, 0])",
            "np.outer([1, 0.5, 0], [0.2, -0.1]).T",
            "np.float32([[0.2, 0.1, 0], [-0.1, -0.05, 0]])",
        ],
        {
            "[[0.2, -0.1], [0.1, -0.05], [0, 0]]": "this is the transpose",
            "[0.2, 0.1, 0, -0.1, -0.05, 0]": "the numbers are right, but in the shape (6,), expected (2, 3)",
            "0.15": "this is one number",
            "np.outer([0.2, -0.1], [0, 0.25, 0])": "BP4 is delta times activation",
            "[[-0.2, -0.1, 0], [0.1, 0.05, 0]]": "the sign is not",
            "[[0.2, 0.1], [-0.1, -0.05]]": "the shape is (2, 2), expected (2, 3)",
            "[[0.2, 0.1, 0], [-0.1, -0.05]]": "a number or an array is asked for",
            "[[0.2, 0.1, 0.0], [-0.1, -0.06, 0.0]]": "Not yet.",
        },
    ),
    "propagate_exercise": (
        [
            "lambda W, d, z: (W.T @ d) * sigmoid(z) * (1 - sigmoid(z))",
            "lambda W, d, z: np.dot(W.T, d) * sigmoid(z) * sigmoid(-z)",
            "lambda W, d, z: (d.T @ W).T * sigmoid(z) * (1 - sigmoid(z))",
            "lambda W, d, z: np.einsum('kj,km->jm', W, d) * (sigmoid(z) - sigmoid(z) ** 2)",
            "lambda W, d, z: W.transpose() @ d * (sigmoid(z) * (1 - sigmoid(z)))",
            "propagated",
            "lambda W, d, z: np.column_stack([W.T @ v * sigmoid(u) * (1 - sigmoid(u)) for v, u in zip(d.T, z.T)])",
            """
def propagate(W_next, delta_next, z):
    a = sigmoid(z)
    delta = W_next.T @ delta_next
    delta *= a * (1 - a)
    return delta
""",
        ],
        {
            "lambda W, d, z: (W @ d) * sigmoid(z) * (1 - sigmoid(z))": "without the transpose",
            "lambda W, d, z: W.T @ d": "f′(z) is forgotten",
            "lambda W, d, z: (W.T @ d) * z * (1 - z)": "z (1 − z) is not f′(z)",
            "lambda W, d, z: propagated(W, d, sigmoid(z))": "σ was taken twice",
            "lambda W, d, z: (W.T @ d) * sigmoid(z)": "in place of its slope",
            "lambda W, d, z: W.T @ (d * sigmoid(z) * (1 - sigmoid(z)))": "after W.T, not before",
            "lambda W, d, z: -propagated(W, d, z)": "the sign is not",
            "lambda W, d, z: (d.T @ W) * sigmoid(z) * (1 - sigmoid(z))": "raised ValueError",
            "lambda W, d, z: propagated(W, d, z).T": "the shape is (2, 3), expected (3, 2)",
            "lambda W, d, z: propagated(W, d, z).mean(axis=1)": "the shape is (3,), expected (3, 2)",
            "def propagate(W_next, delta_next, z):\n    W_next.T @ delta_next": "the function returns None",
        },
    ),
    "bias_exercise": (
        [
            "lambda delta: delta.mean(axis=1, keepdims=True)",
            "lambda delta: np.mean(delta, axis=1, keepdims=True)",
            "lambda delta: delta.mean(axis=1)[:, None]",
            "lambda delta: delta.sum(axis=1, keepdims=True) / delta.shape[1]",
            "lambda delta: delta @ np.ones((delta.shape[1], 1)) / delta.shape[1]",
            "lambda delta: np.mean(delta, axis=-1).reshape(-1, 1)",
            "lambda delta: [[sum(row) / len(row)] for row in delta]",
            "lambda delta: sum(delta[:, [k]] for k in range(delta.shape[1])) / delta.shape[1]",
            """
def bias_gradient(delta):
    n, m = delta.shape
    total = np.zeros((n, 1))
    for k in range(m):
        total += delta[:, k : k + 1]
    return total / m
""",
        ],
        {
            "lambda delta: delta.sum(axis=1, keepdims=True)": "this is the sum over the examples",
            "lambda delta: delta.mean(axis=1)": "keepdims=True keeps them a column",
            "lambda delta: delta.mean(axis=0)": "this is the mean over the neurons",
            "lambda delta: delta.mean(axis=0, keepdims=True)": "this is the mean over the neurons",
            "lambda delta: delta.mean()": "this is the mean over everything",
            "lambda delta: -delta.mean(axis=1, keepdims=True)": "the sign is not",
            "lambda delta: delta.mean(axis=1, keepdims=True).T": "keepdims=True keeps them a column",
            "lambda delta: delta": "the shape is (2, 3), expected (2, 1)",
            "lambda delta: delta.sum(axis=1, keepdims=True) / 3": "it gives",
            "def bias_gradient(delta):\n    print(delta.mean(axis=1, keepdims=True))": "the function returns None",
        },
    ),
    "guilty_layer": (
        [
            "2",
            "2.0",
            "[2]",
            "np.array(2)",
            "[[2]]",
            "max(l for l in errors.W if errors.W[l] > 1e-3)",
            "np.int64(2)",
            "len('ab')",
        ],
        {
            "1": "layer 1 is accused",
            "3": "layer 3 is not accused",
            "(2, 1)": "the shape is (2,), expected ()",
            "0": "Not yet.",
            "-2": "the sign is not",
            "2.001": "Not yet.",
            "'layer 2'": "a number or an array is asked for",
            "suspicious": "this is a function",
        },
    ),
}

# -- 6. The full algorithm -----------------------------------------------------------------------------------------

ANSWERS["06_full_algorithm"] = {
    "weight_gradient": (
        [
            "lambda delta, a_prev: delta @ a_prev.T / delta.shape[1]",
            "lambda delta, a_prev: delta @ a_prev.T / a_prev.shape[1]",
            "lambda delta, a_prev: np.dot(delta, a_prev.T) / len(delta.T)",
            "lambda delta, a_prev: (a_prev @ delta.T).T / delta.shape[1]",
            "lambda delta, a_prev: np.einsum('im,jm->ij', delta, a_prev) / delta.shape[1]",
            "lambda d, a: np.mean([np.outer(d[:, k], a[:, k]) for k in range(d.shape[1])], axis=0)",
            "lambda d, a: (d[:, None, :] * a[None, :, :]).mean(axis=2)",
            "lambda d, a: (d.astype(np.float32) @ a.astype(np.float32).T) / d.shape[1]",
            """
def my_gradient(delta, a_prev):
    m = delta.shape[1]
    total = 0
    for k in range(m):
        total = total + delta[:, [k]] @ a_prev[:, [k]].T
    return total / m
""",
        ],
        {
            "lambda delta, a_prev: delta @ a_prev.T": "the mean divides by m",
            "lambda d, a: d.mean(axis=1, keepdims=True) @ a.mean(axis=1, keepdims=True).T": "the product of the means",
            "lambda delta, a_prev: delta @ a_prev.T / len(delta)": "the number of neurons",
            "lambda delta, a_prev: a_prev @ delta.T / delta.shape[1]": "this is the transpose",
            "lambda delta, a_prev: -delta @ a_prev.T / delta.shape[1]": "the sign is not",
            "lambda delta, a_prev: delta * a_prev": "raised ValueError",
            "lambda d, a: (d @ a.T / d.shape[1]).ravel()": "the numbers are right, but in the shape (6,)",
            "lambda delta, a_prev: delta @ a_prev.T / 2": "it gives",
            "def my_gradient(delta, a_prev):\n    g = delta @ a_prev.T / delta.shape[1]": "the function returns None",
            "backprop": "raised",
        },
    ),
    "descent": (
        [
            "lambda W, grad, eta: W - eta * grad",
            "lambda W, grad, eta: -eta * grad + W",
            "lambda W, grad, eta: np.subtract(W, np.multiply(eta, grad))",
            "lambda W, grad, eta: W + (-grad) * eta",
            "lambda W, grad, eta: [[w - eta * g for w, g in zip(*rows)] for rows in zip(W, grad)]",
            "def my_update(W, grad, eta):\n    W -= eta * grad",
            "def my_update(W, grad, eta):\n    W -= eta * grad\n    return W",
            "def my_update(W, grad, eta):\n    W[:] = W - eta * grad",
            "def my_update(W, grad, eta):\n    grad *= eta\n    W -= grad",
            "def my_update(W, grad, eta):\n    np.subtract(W, eta * grad, out=W)",
            "lambda W, grad, eta: W.__isub__(eta * grad)",
        ],
        {
            "lambda W, grad, eta: W + eta * grad": "this goes uphill",
            "def my_update(W, grad, eta):\n    W += eta * grad": "this goes uphill",
            "lambda W, grad, eta: W - grad": "the learning rate is missing",
            "def my_update(W, grad, eta):\n    W -= grad": "the learning rate is missing",
            "lambda W, grad, eta: eta * W - grad": "belongs to the gradient",
            "lambda W, grad, eta: -eta * grad": "this is the step alone",
            "lambda W, grad, eta: W - grad / eta": "multiply by it",
            "def my_update(W, grad, eta):\n    W = W - eta * grad": "the function returns None",
            "def my_update(W, grad, eta):\n    print(W - eta * grad)": "the function returns None",
            "lambda W, grad, eta: W - 5 * grad": "it gives",
            "lambda W, grad, eta: W - eta * g.grad_W[1]": "raised ValueError",
        },
    ),
    "multiplications": (
        [
            "(12960, 13376)",
            "12_960, 13_376",
            "[12960, 13376]",
            "np.array([12960, 13376])",
            "[[12960], [13376]]",
            "(12960.0, 13376.0)",
            "784 * 16 + 16 * 16 + 16 * 10, 784 * 16 + 2 * (16 * 16 + 16 * 10)",
            "(up, back)",
            "np.array([[12960, 13376]])",
        ],
        {
            "(13002, 13376)": "biases are added, not multiplied",
            "(12960, 25920)": "BP2 stops at layer 1",
            "(12960, 12960)": "this counts BP4 alone",
            "(12960, 416)": "this counts BP2 alone",
            "(13376, 12960)": "the backward pass comes second",
            "12,960, 13,376": "nothing between thousands",
            "12960": "the shape is (), expected (2,)",
            "(12961, 13376)": "Not yet.",
        },
    ),
    "starts": (
        [
            "15",
            "15.0",
            "[15]",
            "np.array([[15]])",
            "np.int64(15)",
            "learnt",
            "20 - 5",
            "sum([True] * 15)",
        ],
        {
            "14": "Not yet.",
            "16": "Not yet.",
            "5": "the starts that fail",
            "20": "some starts do get stuck",
            "0.75": "this is the share",
            "[True] * 15": "the shape is (15,), expected ()",
            "15.01": "Not yet.",
            "'15 of 20'": "a number or an array is asked for",
        },
    ),
    "equal_weights": (
        [
            "(20, 0)",
            "20, 0",
            "[20, 0]",
            "np.array([20, 0])",
            "[[20], [0]]",
            "(20.0, 0.0)",
            "(len(alone), len(both))",
            "(20 - 0, 20 - 20)",
        ],
        {
            "(0, 20)": "the wrong way round",
            "(20, 20)": "when the weights stay random",
            "(0, 0)": "W2 keeps its random weights",
            "(1, 0)": "whether one start learns",
            "(True, False)": "whether one start learns",
            "20": "two counts are asked for",
            "(19, 0)": "Not yet.",
            "(20, 1)": "Not yet.",
            "(alone, both)": "a number or an array is asked for",
        },
    ),
    "two_losses": (
        [
            "(847, 224)",
            "847, 224",
            "[847, 224]",
            "np.array([847, 224])",
            "[[847], [224]]",
            "(847.0, 224.0)",
            "(quadratic, entropy)",
            "np.array([[847, 224]])",
        ],
        {
            "(224, 847)": "the quadratic loss comes first",
            "(848, 225)": "epochs count from 0",
            "(847, 260)": "Not yet.",
            "(847, 225)": "Not yet.",
            "(880, 224)": "Not yet.",
            "847": "the shape is (), expected (2,)",
            "(847, 224, 0)": "the shape is (3,), expected (2,)",
            "print(847, 224)": "this is None",
        },
    ),
    "guessing": (
        [
            "0.1",
            "0.07",
            "0.0676",
            "on_test",
            "1 / 10",
            "[0.11]",
            "0.135",
            "0.177",
            "np.float32(0.08)",
        ],
        {
            "1.0": "far more than guessing",
            "0.9": "far more than guessing",
            "0.3": "that is more than guessing",
            "0": "one in ten is right even by luck",
            "10": "this is in percent",
            "6.76": "this is in percent",
            "0.02": "Not yet.",
            "0,11": "Write a decimal point",
        },
    ),
}
