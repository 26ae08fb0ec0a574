"""Answers to the exercises of chapter 1."""

ANSWERS = {
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
            "lambda W, b, a: sigmoid(W @ X + b)": "raised ValueError: A @ B needs",
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
