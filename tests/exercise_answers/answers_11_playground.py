"""Answers to the exercises of chapter 11."""

ANSWERS = {
    "step_exercise": (
        [
            "-1.017",
            "-1 - 0.3 * ((0.2 - 0.2 + 0.2) / 3 - 0.01)",
            "np.float64(-1.0170)",
            "[-1.017]",
            "Fraction(-1017, 1000)",
            "-(1 + 0.3 * 0.2 / 3 - 0.3 * 0.01)",
            "np.array([-1.017])",
            "(1 - 0.3 * 0.01) * -1 - 0.3 * np.mean([0.2, -0.2, 0.2])",
        ],
        {
            "-1.057": "of a batch is a mean",
            "-1.02": "belongs to the gradient as well",
            "-0.983": "the step is subtracted",
            "-1.023": "has the sign of w",
            "1.017": "the sign is not",
            "-1.01": "Not yet.",
        },
    ),
    "picture_exercise": (
        [
            "picture",
            "lambda w, b, n: _picture(w, b, n)",
            "lambda w, b, n: _picture(w, b, n).tolist()",
            "lambda w, b, n: np.float32(_picture(w, b, n))",
            "lambda w, b, n: _picture(w, b, n) + 1e-9",
            "lambda w, b, n: np.array([[-v for v in row] for row in _picture(-w, -b, n)])",
            """
def picture(w, b, size):
    rows = []
    for r in range(size):
        x2 = 1 - (2 * r + 1) / size
        rows.append([np.tanh(w @ [(2 * c + 1) / size - 1, x2] + b) for c in range(size)])
    return rows
""",
            """
def picture(w, b, size):
    at = np.linspace(-1 + 1 / size, 1 - 1 / size, size)
    return np.tanh(at * w[0] - at[:, None] * w[1] + b)
""",
        ],
        {
            "lambda w, b, n: _picture(w, b, n)[::-1]": "it stands on its head",
            "lambda w, b, n: _picture(w[::-1], b, n)": "are exchanged",
            "lambda w, b, n: np.arctanh(_picture(w, b, n))": "this is z",
            "lambda w, b, n: _picture(w, 0, n)": "the bias is missing",
            "lambda w, b, n: -_picture(w, b, n)": "the sign is not",
            "lambda w, b, n: _picture(w, b, n).ravel()": "shape",
            "lambda w, b: _picture(w, b, 4)": "raised TypeError",
        },
    ),
    "count_exercise": (
        [
            "105",
            "105.0",
            "2 * 8 + 8 + 8 * 8 + 8 + 8 + 1",
            "np.int64(105)",
            "3 * 8 + 9 * 8 + 9",
            "sum(n * (m + 1) for m, n in pairwise([2, 8, 8, 1]))",
            "[105]",
            "np.array([105])",
        ],
        {
            "88": "each neuron has a bias",
            "96": "8 weights and one bias",
            "107": "the two inputs have no biases",
            "104": "Not yet.",
            "-105": "Not yet.",
            "19": "Not yet.",
        },
    ),
}
