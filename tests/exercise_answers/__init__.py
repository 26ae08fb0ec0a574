"""What readers answer to each exercise of the book: forms that are right, and wrong ones with what they are told.

Each is written as a reader would write it, and is run among the names of its chapter; a wrong one has some words of
what must be said of it. test_exercises.py tries them. A chapter's are in the file answers_<chapter>.py.
"""

from importlib import import_module
from pathlib import Path

ANSWERS = {
    file.stem.removeprefix("answers_"): import_module(f"{__name__}.{file.stem}").ANSWERS
    for file in sorted(Path(__file__).parent.glob("answers_*.py"))
}
