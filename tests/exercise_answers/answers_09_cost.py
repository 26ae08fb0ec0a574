"""Answers to the exercises of chapter 9."""

ANSWERS = {
    "both_exercise": (
        [
            "11500",
            "11_500",
            "11500.0",
            "5500 + 6000",
            "3 * 5500 - 5000",
            "[11500]",
            "np.array(11500)",
            "sum(products((100, 50, 10)))",
            "both_passes((100, 50, 10))",
        ],
        {
            "5500": "this is the forward pass alone",
            "6000": "this is the way back alone",
            "16500": "nobody asks for a delta of the inputs",
            "11000": "BP2 is missing",
            "5660": "the number of parameters",
            "23000": "multiplications and additions each for itself",
            "-11500": "Not yet.",
            "11,500": "nothing between thousands",
            "11501": "Not yet.",
        },
    ),
    "kept_exercise": (
        [
            "901120",
            "901_120",
            "2 * 4 * 1024 * 110",
            "901120.0",
            "8 * 110 * 1024",
            "np.array([901120])",
            "memory((784, 100, 10), 1024, np.float32)['kept']",
            "sum(2 * 4 * 1024 * n for n in (100, 10))",
        ],
        {
            "1802240": "a float32 number has 4 bytes",
            "450560": "only the a",
            "2 * 4 * 1024 * (784 + 100 + 10)": "the inputs are there anyway",
            "225280": "this counts numbers, not bytes",
            "880": "this is one example's",
            "3 * 4 * 1024 * 110": "the deltas too",
            "901,120": "nothing between thousands",
            "901.12": "Not yet.",
        },
    ),
    "stretch_exercise": (
        [
            "12",
            "12.0",
            "sqrt(144)",
            "144**0.5",
            "np.sqrt(144)",
            "min(range(1, 145), key=lambda k: 144 / k + k)",
            "[12]",
            "np.int64(12)",
        ],
        {
            "1": "this keeps every activation",
            "144": "as long as the network",
            "72": "half of them is no balance",
            "24": "not the k",
            "-12": "Not yet.",
            "13": "Not yet.",
            "lambda L: L**0.5": "a number or an array is asked for",
        },
    ),
    "back_exercise": (
        [
            "way_back",
            "lambda n: 2 * sum(a * b for a, b in zip(n, n[1:])) - n[0] * n[1]",
            "lambda n: sum(a * b for a, b in zip(n, n[1:])) + sum(a * b for a, b in zip(n[1:], n[2:]))",
            "lambda n: total({'': operations(n)['backward']})",
            "lambda n: products(n)[1]",
            "lambda n: float(2 * sum(a * b for a, b in pairwise(n)) - n[0] * n[1])",
            "lambda n: n[0] * n[1] + 2 * sum(n[l] * n[l + 1] for l in range(1, len(n) - 1))",
            """
def back(sizes):
    count = 0
    for l in range(1, len(sizes)):
        count += sizes[l] * sizes[l - 1]
        if l > 1:
            count += sizes[l] * sizes[l - 1]
    return count
""",
        ],
        {
            "lambda n: products(n)[0]": "each weight is used once",
            "lambda n: 2 * products(n)[0]": "nobody asks for a delta of the inputs",
            "lambda n: sum(products(n))": "both passes together",
            "lambda n: sum(a * b for a, b in pairwise(n[1:]))": "this is BP2 alone",
            "lambda n: 2 * products(n)[0] - n[-1] * n[-2]": "layer 1's share of BP2",
            "lambda n: -way_back(n)": "the sign is not",
            "lambda n: way_back(n) + sum(n[1:])": "it gives",
            "def back(sizes):\n    print(way_back(sizes))": "the function returns None",
            "6000": "a function is asked for",
        },
    ),
    "scale_exercise": (
        [
            "16384",
            "16_384",
            "2**14",
            "2.0**14",
            "1 << 14",
            "np.float32(16384)",
            "[16384]",
            "2 ** int(np.log2(65504 / 3))",
        ],
        {
            "32768": "float16 ends at 65,504",
            "14": "this is the exponent",
            "65504 / 3": "It should be a power of two",
            "8192": "there is room for more",
            "65536": "the factor itself",
            "16,384": "nothing between thousands",
            "-16384": "Not yet.",
            "1024": "Not yet.",
        },
    ),
    "width_exercise": (
        [
            "64",
            "64.0",
            "overtakes('cuda-graph', 'numpy-1', 64)",
            "min(n for n in WIDTHS if n < 4096 and steps_of['cuda-graph', n, 64] < steps_of['numpy-1', n, 64])",
            "WIDTHS[3]",
            "[64]",
            "np.array(64)",
            "2**6",
        ],
        {
            "16": "this is right for a batch of 1",
            "512": "this is eager PyTorch's",
            "32": "the core was still a little faster",
            "128": "the graph was faster before",
            "8": "43.3 µs on the core",
            "-64": "Not yet.",
            "256": "Not yet.",
        },
    ),
}
