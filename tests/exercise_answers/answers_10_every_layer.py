"""Answers to the exercises of chapter 10."""

ANSWERS = {
    "rms_exercise": (
        [
            "rms_back",
            "lambda x, d, eps: _rms_rule(x, d, eps)",
            "lambda x, d, eps: (d - x * (d * x).mean() / ((x**2).mean() + eps)) / np.sqrt((x**2).mean() + eps)",
            "lambda x, d, eps: d / _rms(x, eps) - x * (d @ x) / len(x) / (x @ x / len(x) + eps) ** 1.5",
            "lambda x, d, eps: (np.eye(len(x)) / _rms(x, eps) - np.outer(x, x) / len(x) / _rms(x, eps) ** 3).T @ d",
            "lambda x, d, eps: list((d - x / _rms(x, eps) * np.mean(d * x / _rms(x, eps))) / _rms(x, eps))",
            """
def rms_back(x, d, eps):
    t = Tensor(x)
    backward((t / ((t**2).mean() + eps) ** 0.5 * d).sum())
    return t.grad
""",
            """
def rms_back(x, d, eps):
    n = len(x)
    s = (sum(v * v for v in x) / n + eps) ** 0.5
    inner = sum(u * v for u, v in zip(d, x)) / (n * s * s)
    return [(u - v * inner) / s for u, v in zip(d, x)]
""",
            "lambda x, d, eps: np.float32(_rms_rule(x, d, eps))",
        ],
        {
            "lambda x, d, eps: d / _rms(x, eps)": "an input also changes s",
            "lambda x, d, eps: (d - d.mean() - x / _rms(x, eps) * (d * x / _rms(x, eps)).mean()) / _rms(x, eps)": (
                "nothing is subtracted from x"
            ),
            "lambda x, d, eps: (d - x * (d @ x) / _rms(x, eps) ** 2) / _rms(x, eps)": "where the mean belongs",
            "lambda x, d, eps: (d + x * (d * x).mean() / _rms(x, eps) ** 2) / _rms(x, eps)": "the wrong sign",
            "lambda x, d, eps: d - x * (d * x).mean() / _rms(x, eps) ** 2": "the division by s at the end",
            "lambda x, d, eps: x / _rms(x, eps)": "this is the layer itself",
            "lambda x, d, eps: _rms_rule(x, d, 0)": "eps belongs into s",
            "lambda x, d, eps: -_rms_rule(x, d, eps)": "the sign is not",
            "lambda x, d: d": "raised TypeError",
            "lambda x, d, eps: normalise(x, 0)[1](d)": "it gives",
        },
    ),
    "four_libraries": (
        [
            "(2, 1, 4, 3)",
            "[2, 1, 4, 3]",
            "np.array([2, 1, 4, 3])",
            "np.array([2, 1, 4, 3], np.float32)",
            "[[2, 1, 4, 3]]",
            "tuple(map(int, '2143'))",
            "(2.0, 1.0, 4.0, 3.0)",
            "[[2], [1], [4], [3]]",
        ],
        {
            "(3, 1, 4, 2)": "MLX divides the delta",
            "(2, 4, 1, 3)": "0.9995",
            "(4, 1, 2, 3)": "the weight of the new mean",
            "(3, 4, 1, 2)": "from behind",
            "(1, 2, 3, 4)": "Not yet.",
            "2143": "the shape is ()",
            "(2, 1, 4)": "the shape is (3,)",
        },
    ),
    "guilty": (
        ["3", "3.0", "[3]", "np.int64(3)", "(3,)", "np.array(3)", "2 + 1", "Fraction(3)", "max([1, 3])"],
        {
            "1": "softplus is innocent",
            "2": "the gate is innocent",
            "4": "the differences are innocent",
            "5": "the division by the length is innocent",
            "0": "Not yet.",
            "'3'": "a number or an array is asked for",
            "(3, 4)": "the shape is (2,)",
        },
    ),
    "repair": (
        [
            "averages_back",
            "lambda d: _spread(d, _add)",
            "lambda d: np.convolve(np.insert(d, range(1, len(d)), 0), np.ones(3) / 3)",
            "lambda d: sum(np.pad([v / 3] * 3, (2 * i, 2 * (len(d) - 1 - i))) for i, v in enumerate(d))",
            """
def averages_back(d):
    share = np.zeros(2 * len(d) + 1)
    for i, v in enumerate(d):
        for j in range(3):
            share[2 * i + j] += v / 3
    return share
""",
            """
def averages_back(d):
    share = np.zeros(2 * len(d) + 1)
    for j in range(3):
        share[j : j + 2 * len(d) : 2] += d / 3
    return share
""",
            """
def averages_back(d):
    x = Tensor(np.zeros(2 * len(d) + 1))
    C = 0.0
    for i, v in enumerate(d):
        C = C + x[2 * i : 2 * i + 3].mean() * v
    backward(C)
    return x.grad
""",
            """
def averages_back(d):
    share = np.zeros(2 * len(d) + 1)
    share[:-1:2] += d / 3
    share[1::2] += d / 3
    share[2::2] += d / 3
    return share.tolist()
""",
        ],
        {
            "lambda d: _averages(np.zeros(2 * len(d) + 1))[1](d)": "keeps the last path only",
            "lambda d: 3 * _spread(d, _add)": "the factor on each path is ⅓",
            "lambda d: np.convolve(d, np.ones(3)) / 3": "at every second input, not at every one",
            "lambda d: np.repeat(d, 3) / 3": "here they do not overlap",
            "lambda d: -_spread(d, _add)": "the sign is not",
            "lambda d: d / 3": "the shape is (3,), expected (7,)",
            "lambda d: _spread(d, _add)[:-1]": "the shape is (6,), expected (7,)",
            "def averages_back(d):\n    share = np.zeros(2 * len(d) + 1)": "the function returns None",
        },
    ),
    "kernel_paths": (
        [
            "18_432",
            "18432",
            "32 * 24 * 24",
            "32 * (28 - 5 + 1) ** 2",
            "18432.0",
            "np.int64(18432)",
            "[18432]",
            "np.ones((32, 24, 24)).sum()",
            "Fraction(18432)",
        ],
        {
            "576": "this is one picture",
            "25_088": "without zeros around it",
            "16_928": "one less than the number of places",
            "460_800": "this counts the weights too",
            "25": "these are the 25 weights",
            "18,432": "nothing between thousands",
            "-18432": "Not yet.",
        },
    ),
    "forget_bias": (
        [
            "4.968",
            "4.97",
            "np.log(0.5**0.01 / (1 - 0.5**0.01))",
            "-np.log(2**0.01 - 1)",
            "-np.log(np.expm1(np.log(2) / 100))",
            "np.float32(4.968)",
            "[4.968]",
            "2 * np.arctanh(2 * 0.5**0.01 - 1)",
            "np.log(100 / np.log(2))",
        ],
        {
            "0.9931": "which b gives it",
            "0": "half after one step",
            "-4.968": "a large b opens the gate",
            "4.044": "this is for 40 steps",
            "0.7297": "σ of the gate",
            "4.9": "Not yet.",
            "5": "Not yet.",
        },
    ),
}
