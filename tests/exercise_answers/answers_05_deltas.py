"""Answers to the exercises of chapter 5."""

ANSWERS = {
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
            "-2": "Not yet.",
            "2.001": "Not yet.",
            "'layer 2'": "a number or an array is asked for",
            "suspicious": "this is a function",
        },
    ),
}
