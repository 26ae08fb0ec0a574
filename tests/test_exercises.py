"""What a reader is told of an answer, and the exercises of every chapter."""

import contextlib
import io
import re
import warnings
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pytest

from bplib.exercises import UNANSWERED, Exercise
from bplib.explorer import Explorer
from bplib.quiz import Quiz

CHAPTERS = sorted((Path(__file__).parent.parent / "chapters").glob("*.ipynb"))


class Unshowable:
    def __repr__(self):
        raise RuntimeError("no")


NOT_NUMBERS = {
    "None": None,
    "a word": "abc",
    "a number in quotes": "1",
    "bytes": b"1",
    "numbers in quotes": ["1", "2"],
    "a string array": np.array("1"),
    "an object": object(),
    "an object that cannot be shown": Unshowable(),
    "a ragged list": [[1], [1, 2]],
    "a complex number": 1j,
    "a complex array": np.array([1 + 1j, 2]),
    "an endless integer": 10**5000,
    "a dict": {1: 2},
    "a date": np.datetime64("2020-01-01"),
    "three dots in a list": [..., ...],
}
NOT_FINITE = {
    "nan": float("nan"),
    "inf": np.inf,
    "a hole": [None, 1.0],
    "an array with nan": np.array([np.nan, 2]),
}


def row():
    return Exercise(np.array([1.0, 2.0]), {"this is what comes out backwards.": [2, 1]})


# -- numbers and arrays --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [[1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1, 2], np.float32), [1.0019, 2.0], range(1, 3)]
)
def test_right(answer):
    assert row().verdict(answer) == "Right."


def test_right_numbers():
    assert Exercise(0.25).verdict(0.25) == "Right."
    assert Exercise(0.25).verdict(np.float32(0.25)) == "Right."
    assert Exercise(3).verdict(np.array(3)) == "Right."
    assert Exercise(0.0).verdict(1e-17) == "Right."
    assert Exercise(True).verdict(1) == "Right."


def test_the_tolerance_is_that_of_the_largest_entry():
    exercise = Exercise([1000.0, 0.0], rtol=1e-3)
    assert exercise.verdict([1000.9, 0.9]) == "Right."
    assert exercise.verdict([1000.0, 1.1]) == "Not yet."
    assert Exercise(1.0, rtol=0.1).verdict(1.09) == "Right."
    assert Exercise(1.0).verdict(1.0011) == "Not yet."


def test_three_dots_are_no_answer():
    assert row().verdict(...) == row().verdict() == UNANSWERED


def test_a_mistake_is_named():
    assert row().verdict([2, 1]) == "Not yet: this is what comes out backwards."
    assert row().verdict([2.0001, 0.9999]) == "Not yet: this is what comes out backwards."


def test_the_first_mistake_that_fits_is_said():
    exercise = Exercise(1.0, {"first.": 2.0, "second.": 2.0, "third.": 3.0})
    assert exercise.verdict(2) == "Not yet: first."
    assert exercise.verdict(3) == "Not yet: third."


def test_the_sign():
    assert row().verdict([-1, -2]) == "Not yet: the size is right, the sign is not."
    assert row().verdict([-1, 2]) == "Not yet."
    # a mistake that happens to be the sign has its own words
    assert Exercise(1.0, {"downhill, not uphill.": -1.0}).verdict(-1) == "Not yet: downhill, not uphill."


def test_the_shape_names_both():
    assert row().verdict([[1], [2]]) == "Not yet: the shape is (2, 1), expected (2,)."
    assert row().verdict(1.0) == "Not yet: the shape is (), expected (2,)."
    assert Exercise(1.0).verdict([1.0]) == "Not yet: the shape is (1,), expected ()."
    assert row().verdict(np.zeros(10**6)) == "Not yet: the shape is (1000000,), expected (2,)."


def test_a_mistake_may_have_another_shape():
    exercise = Exercise([[1.0], [2.0]], {"this is a row.": [[1.0, 2.0]]})
    assert exercise.verdict([[1.0, 2.0]]) == "Not yet: this is a row."
    assert exercise.verdict([[1.0, 3.0]]) == "Not yet: the shape is (1, 2), expected (2, 1)."


def test_otherwise_nothing_is_guessed():
    assert row().verdict([5, 5]) == "Not yet."


@pytest.mark.parametrize("answer", NOT_NUMBERS.values(), ids=NOT_NUMBERS)
def test_not_a_number(answer):
    verdict = row().verdict(answer)
    assert re.fullmatch(r"Not yet: this is .+, and a number or an array is asked for\.", verdict)
    assert len(verdict) < 150


@pytest.mark.filterwarnings(
    "ignore"
)  # as in a notebook, where numpy only warns that it drops the imaginary part
def test_an_imaginary_part_is_not_dropped():
    assert "asked for" in row().verdict(np.array([1 + 1j, 2]))


def test_what_is_shown_of_an_answer_is_short():
    assert (
        row().verdict("a\n b" * 1000)
        == f"Not yet: this is '{('a' + chr(92) + 'n b') * 15}a..., and a number or an array is asked for."
    )
    assert len(row().verdict(["word"] * 1000)) < 150


@pytest.mark.parametrize("answer", NOT_FINITE.values(), ids=NOT_FINITE)
def test_not_finite(answer):
    assert re.fullmatch(r"Not yet: this is .+, which is not finite\.", row().verdict(answer))


@pytest.mark.parametrize(
    "answer", [lambda: 1, int, Unshowable, np.sin], ids=["lambda", "int", "class", "ufunc"]
)
def test_a_function_where_a_number_is_asked_for(answer):
    expected = "Not yet: this is a function, and a number or an array is asked for. Call it?"
    assert row().verdict(answer) == expected


def test_check_prints_the_verdict(capsys):
    assert row().check([1, 2]) is None
    row().check()
    assert capsys.readouterr().out == f"Right.\n{UNANSWERED}\n"


# -- functions -----------------------------------------------------------------------------------------------------

X = np.array([[1.0, 2.0], [3.0, 4.0]])


def double():
    return Exercise(
        lambda x: 2 * x,
        {"this is the square.": lambda x: x**2, "this is flat.": np.ravel},
        inputs=[(X,), (-X,)],
    )


def test_functions():
    exercise = double()
    assert exercise.verdict(lambda x: x + x) == "Right."
    assert exercise.verdict(lambda x: x * x) == "Not yet: this is the square."
    assert exercise.verdict(lambda x: x.reshape(-1)) == "Not yet: this is flat."
    assert exercise.verdict(lambda x: -2 * x) == "Not yet: the size is right, the sign is not."
    assert exercise.verdict(lambda x: (2 * x)[0]) == "Not yet: the shape is (2,), expected (2, 2)."


def test_a_wrong_function_is_shown_the_first_input_that_it_fails_on():
    verdict = double().verdict(lambda x: abs(2 * x))
    assert verdict == "Not yet: for [[-1., -2.], [-3., -4.]] it gives [[2., 4.], [6., 8.]]."


def test_a_function_of_several_arguments():
    exercise = Exercise(
        lambda a, b: a - b, {"a and b change places.": lambda a, b: b - a}, inputs=[(1, 3), (2.5, 1)]
    )
    assert exercise.verdict(lambda a, b: -(b - a)) == "Right."
    assert exercise.verdict(lambda a, b: b - a) == "Not yet: a and b change places."
    assert exercise.verdict(lambda a, b: a) == "Not yet: for 1, 3 it gives 1."


@pytest.mark.parametrize("function", [lambda x: None, lambda x: ...], ids=["None", "dots"])
def test_a_function_without_an_answer(function):
    assert double().verdict(function) == UNANSWERED


def test_a_function_that_raises():
    def broken(x):
        raise KeyError("w")

    verdict = double().verdict(broken)
    assert verdict == "Not yet: the function raised KeyError: 'w', for [[1., 2.], [3., 4.]]."
    assert "TypeError" in double().verdict(lambda: 1)
    assert "TypeError" in double().verdict(lambda x, y: 1)


def test_a_function_that_calls_one_without_an_answer():
    def unwritten(x): ...

    def dots(x):
        return ...

    for earlier in (unwritten, dots):
        for function in (
            lambda x, f=earlier: 2 * f(x),
            lambda x, f=earlier: x * f(x),
            lambda x, f=earlier: f(x)[0],
        ):
            assert double().verdict(function).endswith("or that returns nothing?")
    assert "returns nothing" not in double().verdict(lambda x: 1 / 0)


def test_a_function_that_changes_its_input_spoils_nothing():
    def in_place(x):
        x *= 2
        return x

    exercise = double()
    for _ in range(2):
        assert exercise.verdict(in_place) == "Right."
    assert exercise.inputs[0][0] is X
    assert X.tolist() == [[1, 2], [3, 4]]
    growing = Exercise(lambda items: len(items), inputs=[([1, 2],), ({3: 4},)])
    for _ in range(2):
        assert growing.verdict(lambda items: (len(items), items.clear())[0]) == "Right."


def test_a_function_that_returns_the_same_array_each_time():
    kept = np.zeros((2, 2))

    def reuse(x):
        kept[...] = 2 * x
        return kept

    assert double().verdict(reuse) == "Right."


@pytest.mark.parametrize("value", NOT_NUMBERS.values(), ids=NOT_NUMBERS)
def test_a_function_that_returns_nonsense(value):
    verdict = double().verdict(lambda x: value)
    if value is None:
        assert verdict == UNANSWERED
    else:
        assert verdict.startswith("Not yet: what the function returns is ")
        assert verdict.endswith(", and a number or an array is asked for.")


def test_a_function_that_returns_nan():
    verdict = double().verdict(lambda x: x * np.nan)
    assert verdict == "Not yet: what the function returns is [[nan, nan], [nan, nan]], which is not finite."


@pytest.mark.parametrize("answer", [1.0, X, None, "abc"], ids=["number", "array", "None", "word"])
def test_a_number_where_a_function_is_asked_for(answer):
    assert double().verdict(answer).startswith("Not yet: a function is asked for, and this is ")


def test_functions_that_answer_numbers_of_one_kind_with_another():
    assert Exercise(lambda x: [x, 2 * x], inputs=[(1,)]).verdict(lambda x: np.array([x, 2 * x])) == "Right."
    assert double().verdict(float).startswith("Not yet: the function raised TypeError")


# -- what an author may get wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "options", "error", "message"),
    [
        (1.0, {"mistakes": {"the same.": 1.0000001}}, ValueError, "'the same.' gives the right answer"),
        (None, {}, ValueError, "the right answer cannot be compared: this is None"),
        ([1, np.nan], {}, ValueError, "the right answer cannot be compared: .* not finite"),
        (1.0, {"mistakes": {"m.": "no"}}, ValueError, "the mistake 'm.' cannot be compared"),
        (1.0, {"mistakes": {"m.": abs}}, TypeError, "the mistake 'm.' is <built-in function abs>"),
        (abs, {}, TypeError, "the right answer is <built-in function abs>; expected a function where"),
        (1.0, {"inputs": [(1,)]}, TypeError, "the right answer is 1.0; expected a function where"),
        (abs, {"inputs": []}, ValueError, "expected at least one tuple"),
        (abs, {"inputs": [1.0]}, ValueError, "expected at least one tuple"),
        (
            abs,
            {"inputs": [("a",)]},
            ValueError,
            "the right answer cannot be compared: the function raised TypeError",
        ),
        (print, {"inputs": [("a",)]}, ValueError, "the right answer is a function that returns None"),
    ],
)
def test_an_exercise_that_cannot_work_is_refused(right, options, error, message):
    with pytest.raises(error, match=message):
        Exercise(right, **options)


# -- the chapters --------------------------------------------------------------------------------------------------


class Balance(HTMLParser):
    """Elements that are opened and not closed, or closed and not opened; and all ids."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.wrong = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def run(path, monkeypatch):
    """The names of a chapter after all its cells, every exercise and every quiz that was made on the way."""
    made = {Exercise: [], Quiz: []}
    for kind, found in made.items():
        own = kind.__init__

        def init(self, *arguments, own=own, found=found, **options):
            own(self, *arguments, **options)
            found.append(self)

        monkeypatch.setattr(kind, "__init__", init)
    monkeypatch.setattr(Explorer, "_names", Counter())
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.delenv("EXPLORER_RECORD", raising=False)
    names = {"__name__": "__main__", "display": lambda *_, **__: None}
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    with np.printoptions(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("default")
        for n, cell in enumerate(cells, start=1):
            if not set(cell.metadata.get("tags", ())) & {"raises-exception", "nbval-skip"}:
                source = re.sub(r"(?m)^%.*$", "", cell.source)  # magic is for notebooks
                exec(compile(source, f"{path.stem}, code cell {n}", "exec"), names)
    return names, made[Exercise], made[Quiz]


def problems_of(name, exercise):
    """All that is wrong with an exercise."""
    asked = []
    asked.append(("three dots", ..., lambda v: v == UNANSWERED))
    asked.append(("the right answer", exercise.right, lambda v: v == "Right."))
    for text, mistake in exercise.mistakes.items():
        asked.append((f"the mistake {text!r}", mistake, lambda v, text=text: v == f"Not yet: {text}"))
    refused = {**NOT_NUMBERS, **NOT_FINITE, "a class": Unshowable, "a huge array": np.zeros(10**6)}
    for what, nonsense in refused.items():
        asked.append((what, nonsense, lambda v: v.startswith("Not yet")))
        if exercise.inputs is not None and nonsense is not None:
            asked.append(
                (
                    f"a function that returns {what}",
                    lambda *_, n=nonsense: n,
                    lambda v: v.startswith("Not yet"),
                )
            )
    if exercise.inputs is not None:
        asked.append(("an empty function", lambda *_: None, lambda v: v == UNANSWERED))
        asked.append(("a function that raises", lambda *_: 1 / 0, lambda v: "ZeroDivisionError" in v))
    for what, answer, is_good in asked:
        verdict = exercise.verdict(answer)
        if not is_good(verdict):
            yield f"{name}: {what} gets {verdict!r}"
    for text in exercise.mistakes:
        if not re.fullmatch(r"(?![A-Z][a-z]).*[.?]", text, re.S):  # it follows "Not yet: "
            yield f"{name}: the mistake {text!r} does not end a sentence that 'Not yet:' begins"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_exercises_and_the_quiz_of_a_chapter(path, monkeypatch):
    """One test, so that each chapter runs once, however the tests are spread over processes."""
    names, exercises, quizzes = run(path, monkeypatch)
    named = {id(value): name for name, value in names.items()}
    problems = []
    for n, exercise in enumerate(exercises, start=1):
        problems += problems_of(named.get(id(exercise), f"exercise {n}"), exercise)
    ids = []
    for quiz in quizzes:
        shown = Balance(quiz._repr_html_())
        ids += shown.ids
        if shown.wrong or shown.open:
            problems.append(f"quiz {quiz.name}: {shown.wrong or shown.open} is not balanced")
    problems += [f"the id {i} is there twice" for i, n in Counter(ids).items() if n > 1]
    assert problems == []
