"""What readers answer to each exercise of the book: forms that are right, and wrong ones with what they are told.

Each is written as a reader would write it, and is run among the names of its chapter; a wrong one has some words of
what must be said of it. test_exercises.py tries them. A chapter's are in the file answers_<chapter>.py.
"""

import re
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import numpy as np

ANSWERS = {
    file.stem.removeprefix("answers_"): import_module(f"{__name__}.{file.stem}").ANSWERS
    for file in sorted(Path(__file__).parent.glob("answers_*.py"))
}


def misjudged(exercise, right, wrong, names):
    """Of the answers to an exercise, in the names of its chapter, those that are told something else."""
    for text, told in [*((text, None) for text in right), *wrong.items()]:
        with np.errstate(all="ignore"):
            verdict = exercise.verdict(evaluate(text, names))
        if verdict != "Right." if told is None else told not in verdict or verdict == "Right.":
            yield f"{text} gets {verdict!r}, expected {told or 'Right.'}"


def evaluate(text, names):
    """What a reader's text is: the value of an expression, or the function that is defined in it."""
    names = {**names, "Fraction": Fraction}
    try:
        code = compile(text, text, "eval")
    except SyntaxError:
        exec(text, names)
        return names["answer"] if "\nanswer = " in text else names[re.search(r"def (\w+)", text)[1]]
    return eval(code, names)
