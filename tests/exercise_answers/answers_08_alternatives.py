"""Answers to the exercises of chapter 8."""

ANSWERS = {
    "directions_needed": (
        [
            "2411",
            "2410 + 1",
            "2411.0",
            "[2411]",
            "[[2411]]",
            "np.int64(2411)",
            "np.array([2411.0])",
            "sum([64 * 32, 32, 32 * 10, 10]) + 1",
        ],
        {
            "2409": "that is for directions of ±1",
            "2410": "nearly",
            "49": "how many times as long",
            "4822": "one tangent gives one direction",
            "-2411": "Not yet.",
            "2,411": "nothing between thousands",
            "'2411'": "a number or an array is asked for",
            "64": "Not yet.",
        },
    ),
    "tangent_price": (
        [
            "5056",
            "2 * 64 * 32 + 3 * 32 * 10",
            "2368 + 2688",
            "5056.0",
            "[5056]",
            "np.float64(5056)",
            "np.array([[5056]])",
            "sum([64 * 32, 32 * 10]) + 64 * 32 + 2 * 32 * 10",
        ],
        {
            "2688": "the tangent alone",
            "7104": "the inputs do not change",
            "4736": "two products carry the change",
            "2368": "without its tangent",
            "5098": "biases are added",
            "(5, 56)": "Not yet: ",
            "-5056": "Not yet.",
            "5000": "Not yet.",
        },
    ),
    "estimate_exercise": (
        [
            "lambda v, slopes: v.T @ slopes / len(slopes)",
            "lambda v, slopes: (slopes[:, None] * v).mean(axis=0)",
            "lambda v, slopes: slopes @ v / v.shape[0]",
            "lambda v, slopes: np.mean([s * u for s, u in zip(slopes, v)], axis=0)",
            "lambda v, slopes: np.einsum('kn,k->n', v, slopes) / len(v)",
            "lambda v, slopes: np.average(v, axis=0) if False else (v.T * slopes).mean(axis=1)",
            "lambda v, slopes: alt.mean_along(v, lambda u: slopes[[np.array_equal(u, w) for w in v].index(True)])",
            """
def estimate(v, slopes):
    total = 0
    for s, u in zip(slopes, v):
        total = total + s * u
    return total / len(v)
""",
        ],
        {
            "lambda v, slopes: v.T @ slopes if len(v) > 1 else v.T @ slopes": "the sum over the directions",
            "lambda v, slopes: v.mean(axis=0) * slopes.mean()": "not the product of the means",
            "lambda v, slopes: v.T @ slopes / v.shape[1]": "divides by the number of parameters",
            "lambda v, slopes: v.mean(axis=0)": "this is the mean direction",
            "lambda v, slopes: v.T @ np.sign(slopes) / len(slopes)": "not by the sign alone",
            "lambda v, slopes: -v.T @ slopes / len(slopes)": "the sign is not",
            "lambda v, slopes: (slopes[:, None] * v).mean()": "the shape is",
            "lambda v, slopes: v @ slopes": "raised ValueError",
        },
    ),
    "direct_exercise": (
        [
            "lambda B, d, z: (B @ d) * (1 - np.tanh(z) ** 2)",
            "lambda B, d, z: np.dot(B, d) / np.cosh(z) ** 2",
            "lambda B, d, z: (d.T @ B.T).T * (1 - np.tanh(z) ** 2)",
            "lambda B, d, z: (1 - np.tanh(z) * np.tanh(z)) * (B @ d)",
            "lambda B, d, z: np.einsum('nk,km->nm', B, d) * (1 - np.tanh(z) ** 2)",
            "lambda B, d, z: np.matmul(B, d) * (1 + np.tanh(z)) * (1 - np.tanh(z))",
            "lambda B, d, z: sum(np.outer(B[:, k], d[k]) for k in range(len(d))) * (1 - np.tanh(z) ** 2)",
            """
def direct_delta(B, delta_L, z):
    a = np.tanh(z)
    delta = B @ delta_L
    return delta - delta * a * a
""",
        ],
        {
            "lambda B, d, z: B @ d": "f′(z) is forgotten",
            "lambda B, d, z: (B.T @ d) * (1 - np.tanh(z) ** 2)": "it needs no transpose",
            "lambda B, d, z: (B @ d) * np.tanh(z) * (1 - np.tanh(z))": "is the sigmoid's f′",
            "lambda B, d, z: (B @ d) * (1 - z**2)": "1 − z² is not it",
            "lambda B, d, z: B @ d * (1 - np.tanh(B @ d) ** 2)": "that of this layer",
            "lambda B, d, z: -(B @ d) * (1 - np.tanh(z) ** 2)": "the sign is not",
            "lambda B, d, z: ((B @ d) * (1 - np.tanh(z) ** 2)).T": "the shape is",
            "lambda B, d, z: (B @ d) * np.tanh(z)": "it gives",
        },
    ),
    "local_exercise": (
        [
            "lambda p, q, beta: (q[1] @ q[0].T - p[1] @ p[0].T) / (2 * beta * p[0].shape[1])",
            "lambda p, q, beta: -(p[1] @ p[0].T - q[1] @ q[0].T) / (2 * beta) / p[0].shape[1]",
            "lambda p, q, beta: (np.dot(q[1], q[0].T) - np.dot(p[1], p[0].T)) / (2 * beta * q[1].shape[1])",
            "lambda p, q, beta: np.einsum('im,km->ik', q[1], q[0]) / (2 * beta * q[0].shape[1])"
            " - np.einsum('im,km->ik', p[1], p[0]) / (2 * beta * p[0].shape[1])",
            "lambda p, q, beta: (q[0] @ q[1].T - p[0] @ p[1].T).T / (2 * beta * p[0].shape[1])",
            "lambda p, q, beta: 0.5 / beta * (q[1] @ q[0].T - p[1] @ p[0].T) / len(p[0].T)",
            "lambda p, q, beta: np.mean([np.outer(b, a) - np.outer(d, c) for a, b, c, d in "
            "zip(q[0].T, q[1].T, p[0].T, p[1].T)], axis=0) / (2 * beta)",
            """
def local_gradient(s_plus, s_minus, beta):
    m = s_plus[0].shape[1]
    up = s_plus[1] @ s_plus[0].T / m
    down = s_minus[1] @ s_minus[0].T / m
    return (down - up) / (2 * beta)
""",
        ],
        {
            "lambda p, q, beta: (p[1] @ p[0].T - q[1] @ q[0].T) / (2 * beta * p[0].shape[1])": "this goes uphill",
            "lambda p, q, beta: (q[1] @ q[0].T - p[1] @ p[0].T) / (beta * p[0].shape[1])": "from −β to β",
            "lambda p, q, beta: (q[1] @ q[0].T - p[1] @ p[0].T) / (2 * beta)": "the sum over the examples",
            "lambda p, q, beta: (q[1] - p[1]) @ (q[0] - p[0]).T / (2 * beta * p[0].shape[1])": "multiply first",
            "lambda p, q, beta: (q[0] @ q[1].T - p[0] @ p[1].T) / (2 * beta * p[0].shape[1])": "the shape is",
            "lambda p, q, beta: (q[1] @ q[0].T - p[1] @ p[0].T) / (2 * p[0].shape[1])": "it gives",
        },
    ),
    "three_signals": (
        [
            "(2, 3, 1)",
            "[2, 3, 1]",
            "np.array([2, 3, 1])",
            "2, 3, 1",
            "[[2, 3, 1]]",
            "[2.0, 3.0, 1.0]",
            "np.array([[2], [3], [1]])",
            "sorted(agree, key=agree.get)",
        ],
        {
            "(1, 3, 2)": "knows nothing of the weights",
            "(2, 1, 3)": "the wrong way round",
            "(3, 1, 2)": "the first number is for feedback alignment",
            "(1, 2, 3)": "Not yet.",
            "2": "the shape is (), expected (3,)",
            "(2, 3)": "the shape is (2,), expected (3,)",
            "(3, 2, 1)": "Not yet.",
        },
    ),
}
