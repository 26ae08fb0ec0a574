import re

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from bplib import plots
from bplib.explorer import Explorer, Slider, palette

# -- words -------------------------------------------------------------------------------------------------------


def test_symbols():
    assert plots.symbol("a") == "a"
    assert plots.symbol("a", 2) == "a²"
    assert plots.symbol("a", 2, 1) == "a²₁"
    assert plots.symbol("W", 10, 23) == "W¹⁰₂₃"
    assert plots.symbol("δ", 0, 0) == "δ⁰₀"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1.2345, 2, "1.23"),
        (-1.2345, 2, "−1.23"),
        (-0.001, 2, "0.00"),
        (-0.0, 1, "0.0"),
        (0.005, 3, "0.005"),
        (-12.0, 0, "−12"),
        (np.float64(-0.5), 1, "−0.5"),
    ],
)
def test_numbers(value, decimals, text):
    assert plots.number(value, decimals) == text


def test_factors_and_sums():
    assert plots.factor(0.5) == "0.50"
    assert plots.factor(-0.5) == "(−0.50)"
    assert plots.factor(-0.001) == "0.00"
    assert plots.plus("1.0·x", "−2.0·y", "3.0", "−4.0") == "1.0·x − 2.0·y + 3.0 − 4.0"
    assert plots.plus("−1.0·x", "2.0") == "−1.0·x + 2.0"


# -- networks ----------------------------------------------------------------------------------------------------


@pytest.fixture
def figure():
    return Figure(figsize=(4.8, 3.6), dpi=100)


def test_a_unit_of_the_whole_figure_is_a_pixel(figure):
    ax = plots.whole_figure(figure)
    np.testing.assert_allclose(
        ax.transData.transform([(0, 0), (100, 50), (480, 360)]), [(0, 0), (100, 50), (480, 360)]
    )


SIZES = (2, 3, 2, 1)
W = {l: np.arange(SIZES[l] * SIZES[l - 1]).reshape(SIZES[l], SIZES[l - 1]) - 2.0 for l in (1, 2, 3)}


def test_a_network_has_every_neuron_and_every_weight(figure):
    picture = plots.NetworkPicture(plots.whole_figure(figure), SIZES)
    assert (
        set(picture.circles) == set(picture.texts) == {(l, i) for l, n in enumerate(SIZES) for i in range(n)}
    )
    places = {(l, i, k) for l in (1, 2, 3) for i in range(SIZES[l]) for k in range(SIZES[l - 1])}
    assert set(picture.edges) == set(picture.edge_numbers) == places
    for (l, i, k), edge in picture.edges.items():
        ends = np.column_stack(edge.get_data())
        np.testing.assert_allclose(ends, [picture.at[l - 1, k], picture.at[l, i]])


def test_a_network_is_inside_its_figure_and_reads_from_left_to_right_and_top_to_bottom(figure):
    picture = plots.NetworkPicture(plots.whole_figure(figure), SIZES, top=24, bottom=38)
    for (l, i), (x, y) in picture.at.items():
        assert 25 <= x <= 455
        assert y - 25 >= 38
        assert y + 25 <= 360
        if l:
            assert x > picture.at[l - 1, 0][0]
        if i:
            assert y < picture.at[l, i - 1][1] - 50  # the circles do not touch


def test_a_network_shows_the_numbers_it_is_given(figure):
    picture = plots.NetworkPicture(plots.whole_figure(figure), SIZES)
    picture.weights(W, decimals=1)
    for (l, i, k), text in picture.edge_numbers.items():
        assert text.get_text() == plots.number(W[l][i, k], 1)
        colour = plots.POSITIVE if W[l][i, k] >= 0 else plots.NEGATIVE
        assert to_hex(picture.edges[l, i, k].get_color()) == to_hex(text.get_color()) == colour
    width = {w: picture.edges[2, i, k].get_linewidth() for (i, k), w in np.ndenumerate(W[2])}
    assert width[0.0] < width[1.0] < width[2.0]
    assert width[-1.0] == width[1.0]

    picture.values({0: np.array([[0.5], [-0.25]]), 3: np.array([[0.125]])}, decimals=3)
    words = {place: text.get_text() for place, text in picture.texts.items()}
    assert (words[0, 0], words[0, 1], words[3, 0]) == ("0.500", "−0.250", "0.125")
    assert {words[place] for place in words if place[0] in (1, 2)} == {""}

    picture.notes({(1, 2): "here"}, color=plots.DELTA)
    notes = {place: text.get_text() for place, text in picture.note_texts.items()}
    assert notes.pop((1, 2)) == "here"
    assert set(notes.values()) == {""}
    picture.notes({})
    assert {text.get_text() for text in picture.note_texts.values()} == {""}


def test_layers_can_be_ringed(figure):
    picture = plots.NetworkPicture(plots.whole_figure(figure), SIZES)
    picture.highlight([1, 2], plots.DELTA)
    ringed = {
        place for place, circle in picture.circles.items() if to_hex(circle.get_edgecolor()) == plots.DELTA
    }
    assert ringed == {(l, i) for l in (1, 2) for i in range(SIZES[l])}
    assert picture.circles[1, 0].get_linewidth() > picture.circles[0, 0].get_linewidth()
    picture.highlight()
    assert {to_hex(circle.get_edgecolor()) for circle in picture.circles.values()} == {plots.QUIET}


def test_a_network_moves_in_an_explorer():
    def build(fig):
        picture = plots.NetworkPicture(plots.whole_figure(fig), SIZES)

        def update(k):
            picture.weights({l: w * k for l, w in W.items()})
            picture.values({l: np.full((n, 1), k / 10) for l, n in enumerate(SIZES)})
            picture.notes({(0, 0): f"{k}"})
            picture.highlight([k])
            return f"k is {k}."

        return update

    made = Explorer(build, {"k": Slider(0, 3, step=1)})
    html = made.html()
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", "".join(made.at(k=2).moving))
    assert texts.count("0.20") == sum(SIZES)
    assert all(made.at(k=k).moving != made.at(k=0).moving for k in (1, 2, 3))
    assert "var(--x-paper)" in html


# -- planes ------------------------------------------------------------------------------------------------------

EXTENT = (-1.0, 3.0, 0.0, 2.0)


def test_a_plane_is_the_middles_of_its_cells():
    points = plots.plane(EXTENT, 4)
    assert points.shape == (16, 2)
    np.testing.assert_allclose(
        points[:5], [(-0.5, 0.25), (0.5, 0.25), (1.5, 0.25), (2.5, 0.25), (-0.5, 0.75)]
    )
    np.testing.assert_allclose(points.mean(axis=0), (1, 1))


def test_a_field_shows_each_value_at_its_place(figure):
    ax = figure.subplots()
    image = plots.field(ax, EXTENT, n=8)
    assert image.get_animated()
    points = plots.plane(EXTENT, 8)
    values = np.tanh(points[:, 0] - 2 * points[:, 1])
    plots.set_field(image, values)
    for (x, y), value in zip(points, values, strict=True):
        row, column = int((y - 0) / 2 * 8), int((x + 1) / 4 * 8)
        assert image.get_array()[row, column] == value  # origin="lower": the first row is the lowest
    assert image.origin == "lower"
    assert image.get_extent() == list(EXTENT) or tuple(image.get_extent()) == EXTENT


def test_a_fields_colours_are_those_of_the_signs(figure):
    image = plots.field(figure.subplots(), EXTENT, n=2)
    plots.set_field(image, [-1, 0, 0, 1])
    (low, none), (_, high) = image.to_rgba(image.get_array())
    assert none[3] == 0  # what is nothing shows the page
    assert low[0] > low[2]
    assert high[2] > high[0]
    np.testing.assert_allclose(low, palette.DIVERGING(0.0))


def test_a_contour_is_where_the_values_pass_the_level():
    points = plots.plane((-2, 2, -2, 2), 40)
    path = plots.contour((-2, 2, -2, 2), np.hypot(*points.T), 1.0)
    np.testing.assert_allclose(np.hypot(*path.vertices.T), 1, atol=0.01)
    figure = Figure()
    figure.subplots().add_patch(PathPatch(path, fill=False))


def test_a_contour_of_several_curves_and_of_none():
    points = plots.plane((-2, 2, -2, 2), 40)
    two = plots.contour((-2, 2, -2, 2), points[:, 0] ** 2, 1.0)
    assert (two.codes == two.MOVETO).sum() == 2
    np.testing.assert_allclose(np.abs(two.vertices[:, 0]), 1, atol=0.01)
    assert len(plots.contour((-2, 2, -2, 2), points[:, 0], 9.0).vertices) == 0


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (
            np.zeros(5),
            ValueError,
            r"values are 5 numbers of shape \(5,\), expected one for each of the 2 x 2",
        ),
        (np.ma.masked_less([0.0, 1, 2, 3], 1), TypeError, "values is a masked array"),
        (list("abcd"), TypeError, "values must hold real numbers"),
    ],
)
def test_values_that_are_not_those_of_a_plane(figure, values, error, message):
    image = plots.field(figure.subplots(), EXTENT, n=2)
    with pytest.raises(error, match=message):
        plots.set_field(image, values)
    with pytest.raises(error, match=message):
        plots.contour(EXTENT, values, 0.5)
    assert (image.get_array() == 0).all()


@pytest.mark.parametrize("shape", [(4,), (4, 1), (2, 2)])
def test_values_of_a_plane_in_any_form(figure, shape):
    image = plots.field(figure.subplots(), EXTENT, n=2)
    values = np.array([0, 0, 1, 1]).reshape(shape)
    plots.set_field(image, values)
    assert image.get_array().tolist() == [[0, 0], [1, 1]]
    np.testing.assert_allclose(plots.contour(EXTENT, values, 0.5).vertices[:, 1], 1)
