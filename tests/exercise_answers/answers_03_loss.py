"""Answers to the exercises of chapter 3."""

ANSWERS = {
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
