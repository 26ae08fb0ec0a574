"""What a reader is told of an answer, and the exercises of every chapter."""

import ast
import contextlib
import io
import json
import re
import symtable
import warnings
from collections import Counter
from functools import partial, wraps
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from exercise_answers import ANSWERS, misjudged

from bplib.exercises import UNANSWERED, Exercise, _hidden
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
    "answer",
    [[1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1, 2], np.float32), range(1, 3), [[1], [2]], [[1, 2]]],
)
def test_right(answer):
    assert row().verdict(answer) == "Right."


def test_right_numbers():
    assert Exercise(0.25).verdict(0.25) == "Right."
    assert Exercise(0.25).verdict(np.float32(0.25)) == "Right."
    assert Exercise(3).verdict(np.array(3)) == "Right."
    assert Exercise(0.0).verdict(1e-17) == "Right."
    assert Exercise(True).verdict(1) == "Right."


def test_a_number_of_any_shape_is_right():
    for answer in ([1.5], [[1.5]], np.array([[[1.5]]]), (1.5,)):
        assert Exercise(1.5, {"twice.": 3.0}).verdict(answer) == "Right."
        assert Exercise(3.0, {"half.": 1.5}).verdict(answer) == "Not yet: half."
        assert Exercise(lambda: 1.5, inputs=[()]).verdict(lambda a=answer: a) == "Right."
    assert Exercise(1.5).verdict([1.5, 1.5]) == "Not yet: the shape is (2,), expected (): one number."


def test_the_tolerance_is_that_of_each_entry():
    exercise = Exercise([1000.5, 0.5], rtol=1e-3)
    assert exercise.verdict([1001.4, 0.5004]) == "Right."
    assert exercise.verdict([1000.5, 0.52]) == exercise.verdict([1001.6, 0.5]) == "Not yet."
    assert Exercise(1.0, rtol=0.1).verdict(1.09) == "Right."
    assert Exercise(0.25).verdict(0.2502) == "Right."
    assert Exercise(0.25).verdict(0.2503) == "Not yet."
    assert (
        Exercise(lambda: 0.25, inputs=[()]).verdict(lambda: np.float32(0.25) * np.float32(1 / 3) * 3)
        == "Right."
    )
    assert Exercise(lambda: 0.25, inputs=[()]).verdict(lambda: 0.2502) == "Not yet: for  it gives 0.2502."


def test_nearly_0_beside_larger_entries_is_0():
    exercise = Exercise(lambda x: x, inputs=[(np.array([1000.0, 0.0]),)])
    assert exercise.verdict(lambda x: x + 1e-5) == "Right."
    assert exercise.verdict(lambda x: x + 1e-3).startswith("Not yet: for")


def test_a_count_is_met_exactly():
    assert Exercise(15).verdict(15.0) == Exercise(15.0).verdict(np.float32(15)) == "Right."
    assert Exercise(15).verdict(15 + 1e-12) == "Right."  # such as a logarithm gives
    for answer in (14, 16, 15.001):
        assert Exercise(15).verdict(answer) == Exercise((15.0, 3)).verdict((answer, 3)) == "Not yet."
    assert Exercise(15).verdict(-15) == "Not yet."  # of a count nobody speaks of the sign
    assert "the sign" in Exercise(1.5).verdict(-1.5)
    # a mistake has its own digits, whatever those of the right answer
    assert Exercise(2, {"this is σ(2).": 0.880797}).verdict(0.881) == "Not yet: this is σ(2)."
    assert Exercise(0.881, {"this is z.": 2}).verdict(2.001) == "Not yet."


@pytest.mark.parametrize("answer", [(0, 119), (4, 820), (0, -119), (-0, 119)])
def test_a_comma_is_no_decimal_point(answer):
    verdict = Exercise(0.119).verdict(answer)
    text = ",".join(map(str, answer))
    assert verdict == (
        f"Not yet: Python reads {text} as 2 numbers. Write a decimal point, not a comma, "
        "and nothing between thousands."
    )
    assert "reads 12,960,13,376 as 4 numbers" in Exercise((12960, 13376)).verdict((12, 960, 13, 376))


@pytest.mark.parametrize("answer", [[0, 119], (0.0, 119), (0, 1, 2), (1,)])
def test_other_lists_are_no_decimal_comma(answer):
    assert "comma" not in Exercise(0.119).verdict(answer)
    assert "comma" not in Exercise(2).verdict((2, 1))  # two layers, where one was asked for


@pytest.mark.parametrize(
    "answer", [np.ma.masked, np.ma.array([1.0, 2.0], mask=[False, True])], ids=["masked", "one masked"]
)
def test_a_masked_answer_is_none(answer):
    for exercise in (Exercise(0.0), row()):
        assert exercise.verdict(answer).endswith(", which has masked entries.")
    assert double().verdict(lambda x: answer).endswith(", which has masked entries.")
    assert row().verdict(np.ma.array([1.0, 2.0])) == "Right."


def test_three_dots_are_no_answer():
    assert row().verdict(...) == row().verdict() == UNANSWERED


def test_a_mistake_is_named():
    assert row().verdict([2, 1]) == "Not yet: this is what comes out backwards."
    assert Exercise(0.5, {"this is half.": 0.25}).verdict(0.25001) == "Not yet: this is half."


def test_the_first_mistake_that_fits_is_said():
    exercise = Exercise(1.0, {"first.": 2.0, "second.": 2.0, "third.": 3.0})
    assert exercise.verdict(2) == "Not yet: first."
    assert exercise.verdict(3) == "Not yet: third."


def test_the_sign():
    assert row().verdict([-1, -2]) == "Not yet: the size is right, the sign is not."
    assert row().verdict([-1, 2]) == "Not yet."
    # a mistake that happens to be the sign has its own words
    assert Exercise(1.0, {"downhill, not uphill.": -1.0}).verdict(-1) == "Not yet: downhill, not uphill."


def matrix():
    return Exercise([[1.0, 2.0], [3.0, 4.0]])


def test_the_shape_names_both():
    assert row().verdict([[1, 2], [3, 4]]) == "Not yet: the shape is (2, 2), expected (2,): 2 numbers."
    assert row().verdict(1.0) == "Not yet: the shape is (), expected (2,): 2 numbers."
    assert Exercise(1.0).verdict([1.0, 1.0]) == "Not yet: the shape is (2,), expected (): one number."
    assert row().verdict(np.zeros(10**6)) == "Not yet: the shape is (1000000,), expected (2,): 2 numbers."
    assert matrix().verdict([5, 6]) == "Not yet: the shape is (2,), expected (2, 2): 2 rows of 2."


def test_two_axes_have_a_shape_to_be_met():
    assert matrix().verdict([[[1, 2], [3, 4]]]) == "Right."
    assert matrix().verdict([1, 2, 3, 4]) == (
        "Not yet: the numbers are right, but in the shape (4,), expected (2, 2): 2 rows of 2."
    )
    column = Exercise([[1.0], [2.0]])
    for flat in ([1, 2], [[1, 2]]):
        assert "the numbers are right, but in the shape" in column.verdict(flat)
    assert Exercise([[1.0, 2.0]]).verdict([1, 2]) == "Right."
    assert Exercise([[1.0, 2.0]]).verdict([[1], [2]]).startswith("Not yet: the numbers are right")


def test_a_mistake_may_have_another_shape():
    exercise = Exercise([[1.0], [2.0]], {"this is a row.": [[1.0, 2.0]]})
    assert exercise.verdict([[1.0, 2.0]]) == "Not yet: this is a row."
    assert exercise.verdict([[1.0, 3.0]]) == "Not yet: the shape is (1, 2), expected (2, 1): 2 rows of 1."


def test_otherwise_nothing_is_guessed():
    assert row().verdict([5, 5]) == "Not yet."


@pytest.mark.parametrize("answer", NOT_NUMBERS.values(), ids=NOT_NUMBERS)
def test_not_a_number(answer):
    verdict = row().verdict(answer)
    if answer is None:
        assert verdict == "Not yet: this is None, as `print` gives, or a function without `return`."
        return
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
    assert exercise.verdict(lambda x: (2 * x)[0]) == (
        "Not yet: for x = [[1., 2.], [3., 4.]], the shape is (2,), expected (2, 2): 2 rows of 2."
    )


def test_a_wrong_function_is_shown_the_first_input_that_it_fails_on():
    verdict = double().verdict(lambda x: abs(2 * x))
    assert verdict == "Not yet: for x = [[-1., -2.], [-3., -4.]] it gives [[2., 4.], [6., 8.]]."


def test_a_function_of_several_arguments():
    exercise = Exercise(
        lambda a, b: a - b, {"a and b change places.": lambda a, b: b - a}, inputs=[(1, 3), (2.5, 1)]
    )
    assert exercise.verdict(lambda a, b: -(b - a)) == "Right."
    assert exercise.verdict(lambda a, b: b - a) == "Not yet: a and b change places."
    assert exercise.verdict(lambda a, b: a) == "Not yet: for a = 1, b = 3 it gives 1."


def dots(x): ...


def dots_with_words(x):
    """Twice x."""


def dots_returned(x):
    return ...


@wraps(dots)
def dots_wrapped(x):
    return dots(x)


@pytest.mark.parametrize(
    "function", [dots, dots_with_words, dots_returned, dots_wrapped, lambda x: None, lambda x: ...]
)
def test_a_function_without_an_answer(function):
    assert double().verdict(function) == UNANSWERED


def passes(x):
    pass


def without_return(x):
    2 * x


def assigns(x):
    y = 2 * x  # noqa: F841


def prints(x):
    print(2 * x)


def sometimes(x):
    if x[0, 0] > 0:
        return 2 * x


@pytest.mark.parametrize(
    "function", [passes, without_return, assigns, prints, sometimes, [].append, partial(prints)]
)
def test_a_function_that_returns_nothing_is_told_so(function):
    assert double().verdict(function) == (
        "Not yet: the function returns None. Let it end with `return` and the result; to print that is not enough."
    )


def test_a_function_may_leave_its_answer_in_an_argument():
    """As the chapters do: W -= eta * grad."""

    def update(W, grad, eta):
        W -= eta * grad

    def uphill(W, grad, eta):
        W += eta * grad

    def both(W, grad, eta):
        grad *= eta
        W -= grad

    def something(W, grad, eta):
        W -= 1

    def returns(W, grad, eta):
        W -= eta * grad
        return W

    inputs = [(np.ones((2, 2)), np.eye(2), 0.5), (np.eye(3), np.ones((3, 3)), 2.0)]
    exercise = Exercise(
        lambda W, grad, eta: W - eta * grad, {"uphill.": lambda W, grad, eta: W + eta * grad}, inputs=inputs
    )
    for _ in range(2):  # the inputs are as they were
        assert exercise.verdict(update) == exercise.verdict(both) == exercise.verdict(returns) == "Right."
        assert exercise.verdict(uphill) == "Not yet: uphill."
        assert "returns None" in exercise.verdict(something)


def test_an_argument_that_is_as_it_was_is_no_answer():
    exercise = Exercise(lambda x: 2 * x, {"this is x itself.": lambda x: x}, inputs=[(X,)])
    assert "returns None" in exercise.verdict(prints)


def test_a_mistake_may_raise_or_overflow_somewhere():
    exercise = Exercise(
        lambda x: np.logaddexp(x, 0),
        {"this overflows.": lambda x: np.log(np.exp(x) + 1), "one number only.": lambda x: x.item() * 0 + 1},
        inputs=[(np.array([1.0]),), (np.array([1.0, 1000.0]),)],
    )
    assert exercise.verdict(lambda x: np.log1p(np.exp(x))) == "Not yet: this overflows."
    # finite where the mistake overflows: another mistake
    assert "it gives [1.3133, 7. ]" in exercise.verdict(lambda x: np.where(x > 700, 7, np.log(np.exp(x) + 1)))
    assert exercise.verdict(lambda x: np.array([float(x.item()) * 0 + 1])) == "Not yet: one number only."
    assert exercise.verdict(lambda x: np.array([float(x.item()) + 1])).startswith(
        "Not yet: the function raised ValueError"
    )
    assert exercise.verdict(lambda x: np.log(np.exp(x) + 2)) == (
        "Not yet: for x = [ 1., 1000.] it gives [1.5514, inf], which is not finite."
    )
    assert exercise.verdict(lambda x: np.log(2 + x)) == "Not yet: for x = [1.] it gives [1.0986]."


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

    def divides(x):
        return 1 / 0

    assert "returns nothing" not in double().verdict(divides)


def test_what_a_function_raises_is_told_with_its_line_and_the_shapes_there():
    weights = np.ones((3, 4))

    def product(W, delta, z):
        a = z.T
        return W @ delta * a[0]

    def entries(W, delta, z):
        return W.T @ delta * z[0][:1].repeat(3)

    def unknown(W, delta, z):
        return W @ unheard_of  # noqa: F821

    exercise = Exercise(
        lambda W, delta, z: W.T @ delta * z, inputs=[(weights, np.ones((3, 2)), np.ones((4, 2)))]
    )
    line = product.__code__.co_firstlineno + 2
    assert exercise.verdict(product) == (
        "Not yet: the function raised ValueError: A @ B needs as many columns in A as rows in B, and here they are "
        f"4 and 3. In line {line}, `return W @ delta * a[0]`, the shapes are: W (3, 4), delta (3, 2), a (2, 4)."
    )
    assert "4 and 3. In line" in exercise.verdict(lambda W, delta, z: np.dot(W, delta))
    assert "arrays need equal lengths along each axis, or 1, and here the shapes are (4,2) and (3,)." in (
        exercise.verdict(entries)
    )
    assert exercise.verdict(unknown).startswith(
        "Not yet: the function raised NameError: name 'unheard_of' is not defined. In line "
    )
    assert "it takes 2 arguments, and is called with 3: an array of shape (3, 4), [[1." in (
        exercise.verdict(lambda W, z: W)
    )
    assert "for W of shape (3, 4), delta = [[1." in exercise.verdict(lambda W, delta, z: z[0])


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
        assert "the function returns None" in verdict
    else:
        assert verdict.startswith("Not yet: what the function returns is ")
        assert verdict.endswith(", and a number or an array is asked for.")


def test_a_function_that_returns_nan():
    verdict = double().verdict(lambda x: x * np.nan)
    assert (
        verdict
        == "Not yet: for x = [[1., 2.], [3., 4.]] it gives [[nan, nan], [nan, nan]], which is not finite."
    )


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
        (1.0, {"mistakes": {"the same.": 1 + 1e-10}}, ValueError, "'the same.' gives the right answer"),
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
        (
            print,
            {"inputs": [("a",)]},
            ValueError,
            "the right answer cannot be compared: the function returns None",
        ),
        (dots, {"inputs": [(1,)]}, ValueError, "the right answer is a function whose body is three dots"),
        (
            abs,
            {"inputs": [(1,)], "mistakes": {"m.": len}},
            ValueError,
            "the mistake 'm.' cannot be compared: the function raised TypeError",
        ),
    ],
)
def test_an_exercise_that_cannot_work_is_refused(right, options, error, message):
    with pytest.raises(error, match=message):
        Exercise(right, **options)


# -- the page ------------------------------------------------------------------------------------------------------


def said_of(exercise, answer):
    """What the page's data say of some numbers, read as assets/answers.js reads them."""
    data, got = exercise.page_data(), np.array(answer, dtype=float)

    def fits(entry):
        return str(got.shape) in data["shapes"][entry[3]]

    def near(entry):
        return len(entry[1]) == got.size and bool((np.abs(got.ravel() - entry[1]) <= entry[2]).all())

    for entry in data["known"]:
        if fits(entry) and near(entry):
            return entry[0]
    first = data["known"][0]
    if fits(first):
        return data["other"]
    return data["reshaped" if near(first) else "misshaped"].format(got=got.shape)


@pytest.mark.parametrize(
    ("right", "mistakes", "options"),
    [
        (1.5, {"twice.": 3.0, "three of them.": [1.5, 1.5, 1.5], "endless.": np.inf}, {}),
        ([1.0, 2.0], {"turned.": [2.0, 1.0], "one.": 1.0, "a column of three.": [[1.0], [2.0], [3.0]]}, {}),
        ([[1, 2, 3], [4, 5, 6]], {"transposed.": [[1, 4], [2, 5], [3, 6]], "flat.": [6, 5, 4, 3, 2, 1]}, {}),
        ([[1.0], [2.0]], {"a row.": [[2.0, 1.0]]}, {}),
        (0.12, {"none.": 0.0, "half.": 0.4}, {"rtol": 0.6}),
        ([1e-9, 1.0], {"swapped.": [1.0, 1e-9]}, {"rtol": 5e-3}),
        ([1.0, -1.0], {"its own negative is a mistake.": [-1.0, 1.0]}, {}),
        (0, {"one.": 1}, {}),
    ],
)
def test_what_the_page_is_given_says_what_the_notebook_says(right, mistakes, options):
    exercise = Exercise(right, mistakes, **options)
    assert len(exercise.page_data()["known"]) == 2 + sum(np.isfinite(m).all() for m in mistakes.values())
    values = [
        np.array(value, dtype=float) for value in (right, *mistakes.values()) if np.isfinite(value).all()
    ]
    tried = set()
    for value in values:
        off = value + 1
        near = [
            value * (1 + sign * part) for sign in (-1, 1) for part in (5e-10, 2e-9, 9e-4, 1.1e-3, 0.59, 0.61)
        ]
        for number in (value, -value, off, *near):
            shapes = {(number.size,), (1, number.size), (number.size, 1), (1, 1, number.size), number.shape}
            for shape in (*shapes, number.T.shape):
                answer = number.reshape(shape)
                verdict = exercise.verdict(answer)
                assert said_of(exercise, answer) == verdict, answer
                tried.add(verdict)
        for other in (np.append(value, 1.0), value.ravel()[:1], np.ones((2, 2)), np.ones((2, 3, 2))):
            assert said_of(exercise, other) == exercise.verdict(other), other
    assert {"Right.", "Not yet."} <= tried


def test_the_field_of_the_page(monkeypatch):
    exercise = Exercise((2, -1), {"both signs < 0 & wrong.": (-2, 1)})
    html = exercise.html("answer = ...  # (p, q) & more\nthe_line.check(answer)")
    assert 'id="exercise-the-line"' in html
    assert ">Your answer: (p, q) &amp; more</label>" in html
    assert "<input " in html
    assert "wrong" not in html
    assert "Right" not in html
    said = unescape(re.search(r'data-said="(.*?)"', html)[1])
    assert _hidden(_hidden(said)) == said
    assert json.loads(_hidden(said)) == exercise.page_data()
    assert not Balance(html).wrong
    several = Exercise([[1, 2], [3, 4]]).html("answer = ...\nrows.check(answer)")
    assert '<textarea rows="2"' in several
    assert ">Your answer</label>" in several
    assert "checks it" in double().html()


def test_on_a_page_check_shows_the_field(monkeypatch, capsys):
    shown = []
    shell = SimpleNamespace(user_ns={"In": ["", "one.check()"]})
    monkeypatch.setattr("bplib.explorer.page.display", shown.append)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    Exercise(1).check()
    monkeypatch.setenv("EXPLORER_RECORD", "1")
    assert capsys.readouterr().out == UNANSWERED + "\n"
    Exercise(1).check()
    assert capsys.readouterr().out == ""
    assert 'id="exercise-one"' in shown[0]["text/html"]


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


def reads_and_binds(source):
    """The names that a cell has from cells before it, and those that it binds or may change."""
    reads, binds, changes = set(), set(), set()
    for statement in ast.parse(source).body:
        tables = [symtable.symtable(ast.unparse(statement), "a cell", "exec")]
        bound = {s.get_name() for s in tables[0].get_symbols() if s.is_assigned() or s.is_imported()}
        read = {s.get_name() for s in tables[0].get_symbols() if s.is_referenced()}
        while tables:
            tables += (table := tables.pop()).get_children()
            if table.get_type() != "module":
                read |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        # A loop's names are its own, as a rule; `a = a + 1` has its a from before.
        reads |= (
            read - binds - (bound if isinstance(statement, ast.For | ast.With | ast.FunctionDef) else set())
        )
        binds |= bound
        for node in ast.walk(statement):
            match node:
                case (
                    ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store())
                ):  # net.W[1] = ... changes net
                    changes |= loads(node.value)
                case ast.Call(func=ast.Name(id="train"), args=[changed, *_]):  # so does training
                    changes |= loads(changed)
                case ast.Call(func=ast.Attribute(attr="append", value=changed)):
                    changes |= loads(changed)
    return reads, binds | changes & reads


def loads(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def needed(cells, reads, makes=r"\b(Exercise|Quiz)\("):
    """The cells that make the exercises and quizzes, and what these and the `reads` need, back to the first.

    The others, most of the chapter's time, run under nbval and in the book's build.
    """
    kept = []
    for n, source in reversed(list(enumerate(cells, start=1))):
        uses, binds = reads_and_binds(source)
        if binds & reads or re.search(makes, source):
            kept.insert(0, (n, source))
            reads = (reads - binds) | uses
    return kept


def run(path, monkeypatch):
    """The names of a chapter after the cells that its exercises need, every exercise and every quiz made on the way."""
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
    skipped = {"raises-exception", "nbval-skip"}
    cells = [
        re.sub(r"(?m)^%.*$", "", cell.source)  # magic is for notebooks
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and not skipped & set(cell.metadata.get("tags", ()))
    ]
    texts = [text for right, wrong in ANSWERS[path.stem].values() for text in [*right, *wrong]]
    reads = set().union(*(reads_and_binds(text.strip())[0] for text in texts))
    with np.printoptions(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("default")
        for n, source in needed(cells, reads):
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
        asked.append(("an empty function", lambda *_: ..., lambda v: v == UNANSWERED))
        asked.append(("a function that raises", lambda *_: 1 / 0, lambda v: "ZeroDivisionError" in v))
        right, tried = exercise.right, [(k, given) for given in exercise.inputs for k in range(len(given))]
        for k, given in tried:  # a name of the chapter in the place of an argument

            def ignores(*arguments, k=k, fixed=given[k]):
                return right(*arguments[:k], fixed, *arguments[k + 1 :])

            asked.append(
                (f"a function that ignores argument {k + 1}", ignores, lambda v: v.startswith("Not yet"))
            )
        for value in (value for _, given in tried for value in given if isinstance(value, np.ndarray)):
            if value.dtype != np.float64:  # W -= eta * grad would raise
                yield f"{name}: an input of {value.dtype}"
    for what, answer, is_good in asked:
        verdict = exercise.verdict(answer)
        if not is_good(verdict):
            yield f"{name}: {what} gets {verdict!r}"
    for text in exercise.mistakes:
        if not re.fullmatch(r"(?![A-Z][a-z]).*[.?]", text, re.S):  # it follows "Not yet: "
            yield f"{name}: the mistake {text!r} does not end a sentence that 'Not yet:' begins"


def problems_with_answers(chapter, name, exercise, names):
    """Answers of readers that are judged wrongly, or too few of them to be sure."""
    right, wrong = ANSWERS[chapter].get(name, ([], {}))
    if len(right) < 8 or len(wrong) < 6:
        yield f"{name}: {len(right)} right answers and {len(wrong)} wrong ones; expected at least 8 and 6"
    for problem in misjudged(exercise, right, wrong, names):
        yield f"{name}: {problem}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_exercises_and_the_quiz_of_a_chapter(path, monkeypatch):
    """One test, so that each chapter runs once, however the tests are spread over processes."""
    names, exercises, quizzes = run(path, monkeypatch)
    named = {id(value): name for name, value in names.items()}
    problems = []
    for n, exercise in enumerate(exercises, start=1):
        name = named.get(id(exercise), f"exercise {n}")
        problems += problems_of(name, exercise)
        problems += problems_with_answers(path.stem, name, exercise, names)
    ids = []
    for quiz in quizzes:
        shown = Balance(quiz._repr_html_())
        ids += shown.ids
        if shown.wrong or shown.open:
            problems.append(f"quiz {quiz.name}: {shown.wrong or shown.open} is not balanced")
    problems += [f"the id {i} is there twice" for i, n in Counter(ids).items() if n > 1]
    assert not problems, "\n".join(problems)
