"""Recorded SVG, read back: what it says is compared with the artists that it was drawn from."""

import base64
import io
import itertools
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from PIL import Image

from bplib.explorer import palette
from bplib.explorer.recording import UNITS, Stage

HREF = "href"


@pytest.fixture(autouse=True)
def plain_style():
    with mpl.rc_context({"figure.dpi": 100, "image.interpolation": "none"}):
        yield


def new_axes(size=(4.8, 3.6), **limits):
    figure = Figure(figsize=size, facecolor="none")
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    ax.set(**({"xlim": (0, 10), "ylim": (0, 10)} | limits))
    ax.set_axis_off()
    return ax


def svg_of(*artists, prefix="x"):
    """The picture with the artists moving, as a tree; and their pieces."""
    for artist in artists:
        artist.set_animated(True)
    stage = Stage(artists[0].get_figure(), prefix)
    return tree(stage.svg(stage.draw_moving()))


def tree(svg):
    root = ET.fromstring(re.sub(r' xmlns="[^"]+"', "", svg))
    slots = {int(g.get("data-slot")): g for g in root.iter("g") if g.get("data-slot")}
    shapes = {e.get("id"): e for e in root.find("defs")}
    return SimpleNamespace(root=root, slots=slots, defs=shapes, text=svg)


# -- reading a path back -----------------------------------------------------------------------------------------

SIZES = {"M": 2, "l": 2, "q": 4, "c": 6, "z": 0}


def read_path(d):
    """The vertices (in CSS pixels, y up from the top edge as 0, -1, ...) and codes of an SVG path."""
    tokens = re.findall(r"[Mlqcz]|-?\d+", d)
    assert "".join(tokens) == d.replace(" ", ""), d  # nothing else is in it
    vertices, codes = [], []
    here = start = np.zeros(2)
    tokens, letter = iter(tokens), None
    for token in tokens:
        numbers = []
        if token in SIZES:
            letter = token
        else:
            numbers = [int(token)]
        if letter == "z":
            vertices.append(start)
            codes.append(Path.CLOSEPOLY)
            here = start
            continue
        numbers += [int(n) for n in itertools.islice(tokens, SIZES[letter] - len(numbers))]
        points = np.reshape(numbers, (-1, 2)) + (0 if letter == "M" else here)
        here = points[-1]
        if letter == "M":
            start = here
        vertices.extend(points)
        code = {"M": Path.MOVETO, "l": Path.LINETO, "q": Path.CURVE3, "c": Path.CURVE4}[letter]
        codes.extend([code] * len(points))
    return np.array(vertices) / UNITS, np.array(codes)


def on_page(points, transform, height=360):
    """Data as CSS pixels from the upper left corner."""
    return transform.transform(points) * [1, -1] + [0, height]


def distances(points, line):
    """How far each point is from a polyline."""
    a, b = line[:-1], line[1:]
    along = b - a
    squared = np.where((s := (along**2).sum(1)) > 0, s, 1)
    t = np.clip((((points[:, None] - a) * along).sum(-1)) / squared, 0, 1)
    return np.linalg.norm(points[:, None] - (a + t[..., None] * along), axis=-1).min(axis=1)


def only_path(picture):
    (element,) = picture.slots[0].iter("path")
    return element


def test_reading_a_path_back():
    vertices, codes = read_path("M10 20l5-5-5 0zM0 0c1 2 3 4 5 6q1 1 2 0")
    np.testing.assert_allclose(
        vertices * UNITS,
        [[10, 20], [15, 15], [10, 15], [10, 20], [0, 0], [1, 2], [3, 4], [5, 6], [6, 7], [7, 6]],
    )
    assert codes.tolist() == [1, 2, 2, 79, 1, 4, 4, 4, 3, 3]


# -- paths -------------------------------------------------------------------------------------------------------


def test_a_line_is_where_its_data_are():
    ax = new_axes()
    x = np.linspace(0.3, 9.7, 60)
    y = 5 + 4 * np.sin(x)
    (line,) = ax.plot(x, y)
    vertices, codes = read_path(only_path(svg_of(line)).get("d"))
    expected = on_page(np.column_stack([x, y]), ax.transData)
    assert codes.tolist() == [Path.MOVETO] + [Path.LINETO] * 59
    assert np.abs(vertices - expected).max() <= 0.05 + 1e-9


def test_rounding_does_not_add_up_along_a_line():
    ax = new_axes()
    x = np.linspace(0, 10, 3001)
    y = 5 + 3 * np.sin(40 * x)
    (line,) = ax.plot(x, y)
    vertices, _ = read_path(only_path(svg_of(line)).get("d"))
    expected = on_page(np.column_stack([x, y]), ax.transData)
    assert np.abs(vertices[-1] - expected[-1]).max() <= 0.05 + 1e-9
    assert distances(expected, vertices).max() <= 0.2  # matplotlib simplifies, see below


def test_a_long_smooth_line_is_simplified_by_less_than_a_fifth_of_a_pixel():
    ax = new_axes()
    x = np.linspace(0, 10, 2000)
    y = 5 + 4 * np.sin(x)
    (line,) = ax.plot(x, y)
    vertices, _ = read_path(only_path(svg_of(line)).get("d"))
    assert len(vertices) < 300
    expected = on_page(np.column_stack([x, y]), ax.transData)
    assert distances(expected, vertices).max() <= 0.2
    assert distances(vertices, expected).max() <= 0.2


def test_points_closer_than_the_rounding_are_left_out():
    ax = new_axes()
    (line,) = ax.plot([1, 5, 5 + 1e-5, 5 + 2e-5, 9], [1, 2, 2, 2, 1])
    vertices, _ = read_path(only_path(svg_of(line)).get("d"))
    assert len(vertices) == 3


def test_a_line_of_one_point_keeps_its_cap():
    ax = new_axes()
    (line,) = ax.plot([5, 5], [5, 5], lw=10, solid_capstyle="round")
    path = only_path(svg_of(line))
    assert path.get("d").endswith("l0 0")
    assert path.get("stroke-linecap") == "round"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Circle((5, 5), 2),
        lambda: Rectangle((2, 3), 4, 1.5, angle=30),
        lambda: Polygon([(1, 1), (8, 2), (4, 9)]),
        lambda: Polygon([(1, 1), (8, 2), (4, 9)], closed=False, fill=False),
        lambda: PathPatch(
            Path(
                [(1, 1), (9, 1), (5, 9), (1, 1), (4, 3), (6, 3), (5, 5), (4, 3), (2, 8), (3, 9.5), (4, 8)],
                [1, 2, 2, 79, 1, 2, 2, 79, 1, 3, 3],
            )
        ),
        lambda: PathPatch(Path([(1, 1), (9, 1), (5, 9), (1, 1), (4, 3)], [1, 2, 2, 79, 2])),
    ],
    ids=["circle", "rectangle", "closed", "open", "three parts", "on from a closed part"],
)
def test_a_patch_keeps_every_vertex_and_code(make):
    ax = new_axes()
    patch = ax.add_patch(make())
    vertices, codes = read_path(only_path(svg_of(patch)).get("d"))
    path = patch.get_path()
    own = np.full(len(path.vertices), Path.LINETO) if path.codes is None else path.codes
    own = np.r_[Path.MOVETO, own[1:]]
    # matplotlib may close a polygon that is closed already; nothing else may differ
    expected = on_page(path.vertices, patch.get_transform())
    kept = own != Path.CLOSEPOLY
    drawn = codes != Path.CLOSEPOLY
    assert codes[drawn].tolist() == own[kept].tolist()
    assert np.abs(vertices[drawn] - expected[kept]).max() <= 0.05 + 1e-9
    assert (codes == Path.CLOSEPOLY).sum() == (own == Path.CLOSEPOLY).sum()


def test_a_circle_is_round():
    ax = new_axes()
    circle = ax.add_patch(Circle((5, 5), 2))
    vertices, codes = read_path(only_path(svg_of(circle)).get("d"))
    points = Path(vertices, codes).interpolated(1).to_polygons()[0]
    middle = on_page([(5, 5)], ax.transData)
    scale = np.abs(on_page([(7, 7)], ax.transData) - middle)
    assert np.abs(np.linalg.norm((points - middle) / scale, axis=1) - 1).max() < 0.003


def test_a_piece_after_a_closed_one_starts_where_it_should():
    ax = new_axes()
    first, second = [(1, 1), (3, 1), (2, 3)], [(6, 6), (8, 6), (7, 9)]
    polygons = ax.add_collection(PolyCollection([first, second], facecolors=["#112233", "#445566"]))
    pieces = list(svg_of(polygons).slots[0].iter("path"))
    assert [p.get("fill") for p in pieces] == ["#112233", "#445566"]
    for piece, polygon in zip(pieces, (first, second), strict=True):
        vertices, _ = read_path(piece.get("d"))
        np.testing.assert_allclose(vertices[:3], on_page(polygon, ax.transData), atol=0.051)


def test_a_collection_of_lines():
    ax = new_axes()
    segments = np.array([[(1, 1), (2, 8)], [(3, 3), (9, 4)]])
    lines = ax.add_collection(
        LineCollection(segments, colors=[palette.BLUE, "#123456"], linewidths=[1.44, 2.88])
    )
    paths = list(svg_of(lines).slots[0].iter("path"))
    assert [(p.get("stroke"), p.get("fill"), p.get("stroke-width")) for p in paths] == [
        ("var(--x-blue)", "none", "20"),
        ("#123456", "none", "40"),
    ]
    for path, segment in zip(paths, segments, strict=True):
        np.testing.assert_allclose(read_path(path.get("d"))[0], on_page(segment, ax.transData), atol=0.051)


def test_nothing_is_written_for_what_has_nothing_to_show():
    ax = new_axes()
    (empty,) = ax.plot([], [])
    hidden = ax.add_patch(Rectangle((1, 1), 2, 2, visible=False))
    naked = ax.add_patch(Rectangle((1, 1), 2, 2, facecolor="none", edgecolor="none"))
    silent = ax.text(1, 1, "")
    (point,) = ax.fill([3], [3], lw=0)
    (flat,) = ax.fill([3, 4, 5], [3, 3, 3], lw=0)
    picture = svg_of(empty, hidden, naked, silent, point, flat)
    assert [len(picture.slots[k]) for k in range(6)] == [0] * 6


def test_an_outline_of_no_area_is_seen():
    ax = new_axes()
    (flat,) = ax.fill([3, 4, 5], [3, 3, 3], facecolor=palette.BLUE, edgecolor=palette.RED, lw=2)
    assert only_path(svg_of(flat)).get("stroke") == "var(--x-red)"


# -- clipping ----------------------------------------------------------------------------------------------------


def clip_of(picture, element):
    reference = element.get("clip-path")
    return None if reference is None else picture.defs[reference.removeprefix("url(#").removesuffix(")")]


def test_only_what_passes_the_edge_is_clipped():
    ax = new_axes()
    (inside,) = ax.plot([0, 10], [0, 10])  # up to the edge
    (outside,) = ax.plot([5, 12], [5, 5])
    (unclipped,) = ax.plot([5, 12], [6, 6], clip_on=False)
    picture = svg_of(inside, outside, unclipped)
    clips = [clip_of(picture, next(picture.slots[k].iter("path"))) for k in range(3)]
    assert clips[0] is None
    assert clips[2] is None
    (rectangle,) = clips[1]
    x, y, width, height = (float(rectangle.get(name)) / UNITS for name in ("x", "y", "width", "height"))
    (left, bottom), (right, top) = on_page([(0, 0), (10, 10)], ax.transData)
    np.testing.assert_allclose([x, y, x + width, y + height], [left, top, right, bottom], atol=0.1)


def test_a_clip_path_is_kept():
    ax = new_axes()
    (line,) = ax.plot([0, 10], [5, 5])
    circle = Circle((5, 5), 2, transform=ax.transData)
    line.set_clip_path(circle)
    picture = svg_of(line)
    (shape,) = clip_of(picture, only_path(picture))
    vertices, _ = read_path(shape.get("d"))
    np.testing.assert_allclose(vertices.min(axis=0), on_page([(3, 7)], ax.transData)[0], atol=0.1)


def test_a_line_that_leaves_the_picture_far_behind():
    ax = new_axes()
    (line,) = ax.plot([2, 4, 6, 8], [5, 1e9, -1e9, 5])
    picture = svg_of(line)
    path = only_path(picture)
    vertices, _ = read_path(path.get("d"))
    assert clip_of(picture, path) is not None
    assert np.abs(vertices).max() < 2000  # browsers lose precision far out
    # What is seen of the first stroke is where it belongs.
    (x0, y0), (x1, y1) = on_page([(2, 5), (4, 1e9)], ax.transData)
    np.testing.assert_allclose(vertices[0], (x0, y0), atol=0.051)
    assert vertices[1][0] == pytest.approx(x0, abs=0.2)
    assert vertices[1][1] < 0
    assert vertices[-1][1] == pytest.approx(y0, abs=0.051)
    assert x1 > x0
    assert y1 < 0


# -- styles ------------------------------------------------------------------------------------------------------


def test_palette_colours_are_variables_and_others_stay():
    for name, (light, _) in palette.PALETTE.items():
        (line,) = new_axes().plot([1, 9], [1, 9], color=light)
        assert only_path(svg_of(line)).get("stroke") == f"var(--x-{name})"
        patch = new_axes().add_patch(Circle((5, 5), 1, fc=light, ec="none"))
        path = only_path(svg_of(patch))
        assert (path.get("fill"), path.get("stroke")) == (f"var(--x-{name})", None)
    (line,) = new_axes().plot([1, 9], [1, 9], color="#0a0b0c")
    assert only_path(svg_of(line)).get("stroke") == "#0a0b0c"


def test_black_is_ink_and_white_is_paper():
    patch = new_axes().add_patch(Circle((5, 5), 1, fc="white", ec="black"))
    path = only_path(svg_of(patch))
    assert (path.get("fill"), path.get("stroke")) == ("var(--x-paper)", "var(--x-ink)")
    text = new_axes().text(5, 5, "here", color="k")
    assert next(svg_of(text).slots[0].iter("text")).get("fill") == "var(--x-ink)"


def test_alpha():
    (line,) = new_axes().plot([1, 9], [1, 9], color="#123456", alpha=0.25)
    assert only_path(svg_of(line)).get("stroke-opacity") == "0.25"
    patch = new_axes().add_patch(Circle((5, 5), 1, fc=(*mpl.colors.to_rgb(palette.BLUE), 0.5), ec="k"))
    path = only_path(svg_of(patch))
    assert (path.get("fill"), path.get("fill-opacity")) == ("var(--x-blue)", "0.5")
    assert path.get("stroke-opacity") is None
    whole = new_axes().add_patch(Circle((5, 5), 1, fc="#112233", ec="#112233", alpha=0.75))
    path = only_path(svg_of(whole))
    assert (path.get("fill-opacity"), path.get("stroke-opacity")) == ("0.75", "0.75")
    text = new_axes().text(5, 5, "here", alpha=0.5)
    assert next(svg_of(text).slots[0].iter("text")).get("fill-opacity") == "0.5"


def test_stroke():
    (line,) = new_axes().plot(
        [1, 5, 9], [1, 8, 1], lw=7.2, ls="--", solid_joinstyle="miter", dash_capstyle="round"
    )
    line.set_dashes([2, 1])
    path = only_path(svg_of(line))
    assert path.get("stroke-width") == "100"  # 7.2 pt are 10 px
    assert path.get("stroke-dasharray") == "200 100"  # of line widths
    assert path.get("stroke-linecap") == "round"
    (line,) = new_axes().plot([1, 5, 9], [1, 8, 1], solid_joinstyle="miter", solid_capstyle="projecting")
    path = only_path(svg_of(line))
    assert path.get("stroke-linejoin") == "miter"
    assert path.get("stroke-linecap") == "square"
    (line,) = new_axes().plot([1, 5, 9], [1, 8, 1], solid_joinstyle="round", solid_capstyle="butt")
    picture = svg_of(line)
    assert only_path(picture).get("stroke-linejoin") is None  # what the whole picture has
    assert picture.root.get("stroke-linejoin") == "round"


def test_a_hatch_is_refused():
    ax = new_axes()
    patch = ax.add_patch(Rectangle((1, 1), 4, 4, hatch="//", animated=True))
    stage = Stage(patch.get_figure(), "x")
    with pytest.raises(ValueError, match="hatches are not recorded"):
        stage.draw_moving()


# -- markers -----------------------------------------------------------------------------------------------------


def uses(element):
    return np.array([(float(u.get("x")) / UNITS, float(u.get("y")) / UNITS) for u in element.iter("use")])


def test_markers_are_one_shape_at_many_points():
    ax = new_axes()
    x, y = np.linspace(1, 9, 12), np.linspace(2, 8, 12) ** 1.01
    (line,) = ax.plot(x, y, "o", ms=7.2, color=palette.RED)
    picture = svg_of(line)
    assert (
        np.abs(uses(picture.slots[0]) - on_page(np.column_stack([x, y]), ax.transData)).max() <= 0.05 + 1e-9
    )
    (shape,) = {u.get(HREF) for u in picture.slots[0].iter("use")}
    vertices, codes = read_path(picture.defs[shape.removeprefix("#")].get("d"))
    assert np.abs(vertices).max() == pytest.approx(5, abs=0.05)  # 7.2 pt wide around its point
    assert codes[0] == Path.MOVETO
    group = picture.slots[0][0]
    assert (group.get("fill"), group.get("stroke")) == ("var(--x-red)", "var(--x-red)")


def test_an_upright_marker_is_upright():
    ax = new_axes()
    (line,) = ax.plot([5], [5], "^", ms=14.4)
    picture = svg_of(line)
    (shape,) = picture.defs.values()
    vertices, _ = read_path(shape.get("d"))
    assert np.ptp(vertices[vertices[:, 1] < 0, 0]) == 0  # the point above
    assert np.ptp(vertices[vertices[:, 1] > 0, 0]) == 20  # the base below


def test_a_scatter_of_one_colour_shares_its_shape():
    ax = new_axes()
    xy = np.random.default_rng(0).uniform(1, 9, (30, 2))
    scatter = ax.scatter(*xy.T, s=51.84, color=palette.GREEN)
    picture = svg_of(scatter)
    assert np.abs(uses(picture.slots[0]) - on_page(xy, ax.transData)).max() <= 0.05 + 1e-9
    assert len(picture.defs) == 1


def test_a_scatter_of_many_colours_and_sizes():
    ax = new_axes()
    xy = np.array([(2, 2), (5, 7), (8, 3)])
    colours = [palette.BLUE, palette.ORANGE, "#123456"]
    scatter = ax.scatter(*xy.T, s=[51.84, 207.36, 51.84], color=colours)
    paths = list(svg_of(scatter).slots[0].iter("path"))
    assert [p.get("fill") for p in paths] == ["var(--x-blue)", "var(--x-orange)", "#123456"]
    for path, centre, width in zip(paths, on_page(xy, ax.transData), [10, 20, 10], strict=True):
        vertices, codes = read_path(path.get("d"))
        low, high = vertices[codes != 79].min(axis=0), vertices[codes != 79].max(axis=0)
        np.testing.assert_allclose((low + high) / 2, centre, atol=0.1)
        np.testing.assert_allclose(high - low, width, atol=0.15)


def test_a_marker_over_the_edge_is_clipped_and_the_others_are_not():
    ax = new_axes()
    scatter = ax.scatter([5, 10], [5, 5], color="k")
    picture = svg_of(scatter)
    inside, edge = picture.slots[0][0]
    assert inside.tag == "use"
    assert clip_of(picture, edge)[0].tag == "rect"


# -- text --------------------------------------------------------------------------------------------------------


def only_text(picture, slot=0):
    (text,) = picture.slots[slot].iter("text")
    return text


@pytest.mark.parametrize(("align", "anchor"), [("left", None), ("center", "middle"), ("right", "end")])
def test_text_is_anchored_where_it_is_aligned(align, anchor):
    ax = new_axes()
    text = only_text(svg_of(ax.text(4, 6, "Hamburgefonts", ha=align, va="baseline", size=10.8)))
    assert text.text == "Hamburgefonts"
    assert text.get("text-anchor") == anchor
    assert text.get("font-size") == "150"  # 10.8 pt are 15 px
    assert text.get("transform") is None
    position = float(text.get("x")) / UNITS, float(text.get("y")) / UNITS
    np.testing.assert_allclose(position, on_page([(4, 6)], ax.transData)[0], atol=0.6)  # Agg's whole pixels


def test_text_that_stands_upright():
    ax = new_axes()
    text = only_text(svg_of(ax.text(4, 6, "upright", rotation=90, ha="center", va="center")))
    x, y = on_page([(4, 6)], ax.transData)[0]
    turn, px, py = re.fullmatch(r"rotate\((\S+) (\S+) (\S+)\)", text.get("transform")).groups()
    assert float(turn) == -90
    assert (px, py) == (text.get("x"), text.get("y"))
    assert text.get("text-anchor") == "middle"
    assert float(py) / UNITS == pytest.approx(y, abs=1)  # the middle of the line, whatever its length
    assert abs(float(px) / UNITS - x) < 15  # its baseline, beside


@pytest.mark.parametrize(("align", "anchor"), [("left", None), ("center", "middle"), ("right", "end")])
def test_text_turned_about_its_anchor(align, anchor):
    ax = new_axes()
    artist = ax.text(4, 6, "slope", rotation=30, rotation_mode="anchor", ha=align, va="baseline")
    text = only_text(svg_of(artist))
    assert text.get("text-anchor") == anchor
    position = float(text.get("x")) / UNITS, float(text.get("y")) / UNITS
    np.testing.assert_allclose(position, on_page([(4, 6)], ax.transData)[0], atol=1)
    assert text.get("transform").startswith("rotate(-30 ")


def test_text_is_escaped_and_keeps_its_signs():
    words = "a < b && σ′(z²₁) > −1 </g>"
    picture = svg_of(new_axes().text(5, 5, words))
    assert only_text(picture).text == words
    assert "&lt; b &amp;&amp;" in picture.text


def test_bold_and_italic():
    text = only_text(svg_of(new_axes().text(5, 5, "x", weight="bold", style="italic")))
    assert (text.get("font-weight"), text.get("font-style")) == ("bold", "italic")
    text = only_text(svg_of(new_axes().text(5, 5, "x", weight=500)))
    assert (text.get("font-weight"), text.get("font-style")) == (None, None)


def test_mathtext_is_drawn_as_outlines():
    picture = svg_of(new_axes().text(5, 5, r"$\sigma'(z)$", size=20))
    assert not list(picture.slots[0].iter("text"))
    vertices, _ = read_path(only_path(picture).get("d"))
    width, height = np.ptp(vertices, axis=0)
    assert 20 < width < 120
    assert 10 < height < 50


def test_a_box_behind_a_text_is_under_it():
    text = new_axes().text(5, 5, "x", bbox={"facecolor": palette.PAPER, "edgecolor": "none"})
    box, words = svg_of(text).slots[0]
    assert (box.tag, box.get("fill"), words.tag) == ("path", "var(--x-paper)", "text")


def test_text_over_the_edge_is_clipped_when_it_asks_to_be():
    ax = new_axes()
    picture = svg_of(ax.text(9.8, 5, "long words", clip_on=True), ax.text(9.8, 3, "long words"))
    assert clip_of(picture, picture.slots[0][0])[0].tag == "rect"
    assert picture.slots[1][0].tag == "text"


# -- images ------------------------------------------------------------------------------------------------------


def only_image(picture):
    (image,) = picture.slots[0].iter("image")
    head, data = image.get(HREF).split(",")
    assert head == "data:image/png;base64"
    png = base64.b64decode(data)
    return image, png, np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@pytest.mark.parametrize("colours", [2, 3, 200, 256, 257, 3000])
def test_an_image_keeps_every_pixel(colours):
    rng = np.random.default_rng(colours)
    table = rng.integers(0, 256, (colours, 4), dtype=np.uint8)
    rgba = table[np.r_[np.arange(colours), rng.integers(0, colours, 3600 - colours)].reshape(60, 60)]
    image = new_axes().imshow(rgba, extent=(1, 9, 1, 9), aspect="auto")
    element, _, decoded = only_image(svg_of(image))
    np.testing.assert_array_equal(decoded, rgba)
    assert (element.get("width"), element.get("height")) == ("60", "60")


def test_an_opaque_image_keeps_every_pixel():
    rgb = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    _, _, decoded = only_image(svg_of(new_axes().imshow(rgb, aspect="auto")))
    np.testing.assert_array_equal(decoded, np.dstack([rgb, np.full((7, 9), 255)]))


def test_a_field_of_one_colour_map_is_small():
    x, y = np.meshgrid(np.linspace(-1, 1, 40), np.linspace(-1, 1, 40))
    values = np.tanh(3 * x * y)
    image = new_axes().imshow(
        values, cmap=palette.DIVERGING, vmin=-1, vmax=1, extent=(0, 10, 0, 10), aspect="auto"
    )
    _, png, decoded = only_image(svg_of(image))
    np.testing.assert_array_equal(decoded, image.to_rgba(values, bytes=True))
    assert len(png) < 1000


@pytest.mark.parametrize("origin", ["upper", "lower"])
def test_an_image_lies_where_its_extent_is(origin):
    ax = new_axes()
    values = np.arange(6).reshape(2, 3) / 5
    image = ax.imshow(values, origin=origin, extent=(2, 8, 3, 7), aspect="auto")
    ax.set(xlim=(0, 10), ylim=(0, 10))
    element, _, decoded = only_image(svg_of(image))
    a, b, c, d, e, f = (float(v) / UNITS for v in re.findall(r"[-+.e\d]+", element.get("transform")))
    to_page = np.array([[a, c, e], [b, d, f]])
    rgba = image.to_rgba(values, bytes=True)
    for (row, column), _ in np.ndenumerate(values):
        # The middle of each pixel in data; and, through the SVG's matrix, the pixel of the PNG that lies there.
        x = 2 + (column + 0.5) * 2
        y = 3 + (row + 0.5) * 2 if origin == "lower" else 7 - (row + 0.5) * 2
        spot = on_page([(x, y)], ax.transData)[0]
        u, v = np.linalg.solve(to_page[:, :2], spot - to_page[:, 2])
        np.testing.assert_array_equal(decoded[int(v), int(u)], rgba[row, column])


def test_an_image_of_ink_alone_turns_with_the_page():
    ink = new_axes().imshow(np.eye(4), cmap=palette.INK_MAP, aspect="auto")
    assert only_image(svg_of(ink))[0].get("class") == "x-ink"
    colours = new_axes().imshow(np.eye(4), cmap=palette.DIVERGING, aspect="auto")
    assert only_image(svg_of(colours))[0].get("class") is None


def test_an_image_is_pixelated_and_may_be_faint():
    image = new_axes().imshow(np.eye(4), alpha=0.5, aspect="auto")
    element, _, decoded = only_image(svg_of(image))
    assert element.get("image-rendering") == "pixelated"
    assert element.get("opacity") == "0.5"
    assert (decoded[..., 3] == 255).all()  # not twice


def test_an_image_that_passes_the_edge_is_clipped():
    for extent, clipped in (((0, 10, 0, 10), False), ((5, 15, 5, 15), True)):
        ax = new_axes()
        image = ax.imshow(np.eye(8), extent=extent, aspect="auto")
        ax.set(xlim=(0, 10), ylim=(0, 10))
        picture = svg_of(image)
        assert (clip_of(picture, picture.slots[0][0]) is not None) == clipped


# -- what is not finite ------------------------------------------------------------------------------------------


def nan_line(ax, bad):
    (line,) = ax.plot([1, 2, 3], [1, 2, 3])
    return line, lambda: line.set_data([1, 2, 3], [1, bad, 3])


def nan_marker(ax, bad):
    (line,) = ax.plot([1, 2, 3], [1, 2, 3], "o")
    return line, lambda: line.set_data([1, bad, 3], [1, 2, 3])


def nan_scatter(ax, bad):
    scatter = ax.scatter([1, 2], [1, 2])
    return scatter, lambda: scatter.set_offsets([(1, 2), (bad, 3)])


def nan_coloured_scatter(ax, bad):
    scatter = ax.scatter([1, 2], [1, 2], color=["r", "g"])
    return scatter, lambda: scatter.set_offsets([(1, 2), (3, bad)])


def nan_scatter_value(ax, bad):
    scatter = ax.scatter([1, 2], [1, 2], c=[0.0, 1.0])
    return scatter, lambda: scatter.set_array([0.5, bad])


def nan_image(ax, bad):
    image = ax.imshow(np.eye(3), aspect="auto")
    return image, lambda: image.set_data(np.where(np.eye(3) > 0, bad, 0))


def nan_mesh(ax, bad):
    mesh = ax.pcolormesh(np.arange(4), np.arange(4), np.eye(3))
    return mesh, lambda: mesh.set_array(np.where(np.eye(3) > 0, bad, 0))


def nan_patch(ax, bad):
    patch = ax.add_patch(Rectangle((1, 1), 2, 2))
    return patch, lambda: patch.set_height(bad)


def nan_circle(ax, bad):
    patch = ax.add_patch(Circle((1, 1), 2))
    return patch, lambda: patch.set_center((bad, 1))


def nan_polygon(ax, bad):
    patch = ax.add_patch(Polygon([(1, 1), (2, 2), (3, 1)]))
    return patch, lambda: patch.set_xy([(1, 1), (2, bad), (3, 1)])


def nan_text(ax, bad):
    text = ax.text(1, 1, "here")
    return text, lambda: text.set_position((1, bad))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    "make",
    [
        nan_line,
        nan_marker,
        nan_scatter,
        nan_coloured_scatter,
        nan_scatter_value,
        nan_image,
        nan_mesh,
        nan_patch,
        nan_circle,
        nan_polygon,
        nan_text,
    ],
    ids=lambda make: make.__name__.removeprefix("nan_"),
)
def test_what_is_not_finite_is_an_error(make, bad):
    ax = new_axes()
    artist, spoil = make(ax, bad)
    artist.set_animated(True)
    stage = Stage(ax.get_figure(), "x")
    stage.draw_moving()
    spoil()
    # an infinite height is met by matplotlib itself, which warns; in an explorer that is an error as well
    with pytest.raises((ValueError, RuntimeWarning), match=r"is not finite|invalid value encountered in dot"):
        stage.draw_moving()


@pytest.mark.parametrize("make", [nan_line, nan_scatter, nan_scatter_value, nan_image, nan_text, nan_patch])
def test_what_stands_still_must_be_finite_too(make):
    ax = new_axes()
    _, spoil = make(ax, np.nan)
    spoil()
    with pytest.raises(ValueError, match="is not finite"):
        Stage(ax.get_figure(), "x")


def test_a_masked_pixel_is_no_error():
    values = np.ma.array(np.arange(4.0).reshape(2, 2), mask=[[True, False], [False, False]])
    _, _, decoded = only_image(svg_of(new_axes().imshow(values, aspect="auto")))
    assert decoded[..., 3].tolist() == [[0, 255], [255, 255]]


# -- what stands still and what moves ----------------------------------------------------------------------------


def painted(root):
    """What is painted, in its order: the data-slot of each moving place and the stroke or fill of each path."""
    order = []

    def walk(element):
        if element.get("data-slot"):
            order.append(int(element.get("data-slot")))
        elif element.tag == "path":
            order.append(element.get("stroke"))
        else:
            for child in element:
                walk(child)

    for child in root:
        if child.tag != "defs":
            walk(child)
    return order


def test_a_moving_artist_between_two_that_stand_still():
    ax = new_axes()
    ax.plot([1, 9], [1, 9], color="#000001", zorder=1)
    ax.plot([1, 9], [9, 1], color="#000002", zorder=2, animated=True)
    ax.plot([1, 9], [5, 5], color="#000003", zorder=3)
    stage = Stage(ax.get_figure(), "x")
    assert painted(tree(stage.svg(stage.draw_moving())).root) == ["#000001", 0, "#000003"]


def test_many_moving_artists_each_at_its_place():
    ax = new_axes()
    zorders = [5, 1, 4, 2.5, 3, 2, 6]
    moving = [True, True, False, True, False, False, True]
    for i, (z, moves) in enumerate(zip(zorders, moving, strict=True)):
        ax.plot([1, 9], [i, i], color=f"#00000{i + 1}", zorder=z, animated=moves)
    stage = Stage(ax.get_figure(), "x")
    picture = tree(stage.svg(stage.draw_moving()))
    order = painted(picture.root)
    strokes = [picture.slots[o][0].get("stroke") if isinstance(o, int) else o for o in order]
    assert strokes == [f"#00000{i + 1}" for i in np.argsort(zorders)]
    assert [isinstance(o, int) for o in order] == [moving[i] for i in np.argsort(zorders)]


def test_patches_lines_and_texts_of_two_axes():
    figure = Figure(figsize=(4.8, 3.6))
    left, right = figure.subplots(1, 2)
    moving = [
        left.text(0.5, 0.5, "text", animated=True),
        left.add_patch(Circle((0.5, 0.5), 0.2, animated=True)),
        *left.plot([0, 1], [0, 1], animated=True),
        *right.plot([0, 1], [1, 0], animated=True),
        figure.text(0.5, 0.5, "over all", animated=True),
    ]
    stage = Stage(figure, "x")
    picture = tree(stage.svg(stage.draw_moving()))
    slots = [o for o in painted(picture.root) if isinstance(o, int)]
    drawn = [stage.moving[k] for k in slots]
    assert {id(a) for a in drawn} == {id(a) for a in moving}
    # on the left: patch, line, text; the right axes after the left; the figure's own text last
    assert [type(a).__name__ for a in drawn] == ["Circle", "Line2D", "Text", "Line2D", "Text"]
    assert drawn[3] is moving[3]
    assert drawn[4] is moving[4]


def test_the_parts_of_a_moving_artist_are_drawn_once():
    ax = new_axes()
    (line,) = ax.plot([1, 9], [1, 9], label="line", animated=True)
    legend = ax.legend()
    for part in legend.findobj():
        part.set_animated(True)
    stage = Stage(ax.get_figure(), "x")
    assert stage.moving == [line, legend] or stage.moving == [legend, line]
    assert stage.svg(stage.draw_moving()).count(">line<") == 1


def test_each_explorers_ids_are_its_own():
    def picture(prefix):
        ax = new_axes()
        (dots,) = ax.plot([1, 5], [1, 5], "o", animated=True)
        (line,) = ax.plot([1, 15], [1, 5], animated=True)
        ax.plot([1, 15], [5, 1])
        stage = Stage(dots.get_figure(), prefix)
        pieces = stage.draw_moving()
        dots.set_marker("s")
        line.set_data([-5, 5], [3, 3])
        stage.draw_moving()
        return tree(stage.svg(pieces))

    first, second = picture("one"), picture("two")
    assert len(first.defs) >= 3
    ids = [e.get("id") for p in (first, second) for e in p.root.iter() if e.get("id")]
    assert len(set(ids)) == len(ids)
    for prefix, p in (("one", first), ("two", second)):
        assert all(i.startswith(prefix) for i in p.defs)
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', p.text))
        assert used <= set(p.defs)  # nothing points outside
        assert used


def test_what_is_shared_is_written_once():
    ax = new_axes()
    artists = [*ax.plot([1, 5, 9], [1, 5, 9], "o"), *ax.plot([1, 5, 9], [9, 5, 1], "o")]
    lines = [*ax.plot([-1, 9], [1, 5]), *ax.plot([-1, 9], [2, 5])]
    picture = svg_of(*artists, *lines)
    assert len({u.get(HREF) for u in picture.root.iter("use")}) == 1
    assert len({path.get("clip-path") for path in picture.root.iter("path") if path.get("clip-path")}) == 1
    assert len(picture.defs) == 2


def test_shapes_that_come_later_are_in_the_picture_as_well():
    ax = new_axes()
    (dots,) = ax.plot([1], [1], "o", animated=True)
    stage = Stage(ax.get_figure(), "x")
    first = stage.draw_moving()
    dots.set_marker("D")
    later = stage.draw_moving()
    picture = tree(stage.svg(first))
    for piece in (*first, *later):
        assert set(re.findall(r'href="#([^"]+)"', piece)) <= set(picture.defs)


def test_the_axis_and_the_title_can_move():
    figure = Figure(figsize=(4.8, 3.6), layout="constrained")
    ax = figure.subplots()
    ax.set_title("one", animated=True)
    ax.xaxis.set_animated(True)
    (line,) = ax.plot([0, 1], [0, 1], animated=True)
    stage = Stage(figure, "x")
    for limit, title in ((1, "one"), (1.7, "two"), (4, "three"), (50, "four"), (2, "five")):
        ax.set_xlim(0, limit)  # the number of ticks changes
        ax.set_title(title)
        pieces = stage.draw_moving()
        picture = tree(stage.svg(pieces))
        words = {k: [t.text for t in slot.iter("text")] for k, slot in picture.slots.items()}
        assert words[stage.moving.index(ax.title)] == [title]
        ticks = [float(t) for t in words[stage.moving.index(ax.xaxis)]]
        assert ticks == pytest.approx([t for t in ax.get_xticks() if -1e-9 <= t <= limit + 1e-9])
        assert len(ticks) > 2
        vertices, _ = read_path(next(picture.slots[stage.moving.index(line)].iter("path")).get("d"))
        np.testing.assert_allclose(vertices[-1], on_page([(1, 1)], ax.transData)[0], atol=0.051)
        assert stage.draw_still() == stage.still


def test_a_change_of_what_does_not_move_is_seen():
    ax = new_axes()
    ax.plot([1, 9], [1, 9], animated=True)
    (still,) = ax.plot([1, 9], [9, 1])
    stage = Stage(ax.get_figure(), "x")
    assert stage.draw_still() == stage.still
    still.set_ydata([9, 2])
    assert stage.draw_still() != stage.still


def test_drawing_what_stands_still_leaves_the_artists_as_they_were():
    ax = new_axes()
    (line,) = ax.plot([1, 9], [1, 9], animated=True)
    stage = Stage(ax.get_figure(), "x")
    assert line.get_animated()
    assert line.draw.__func__ is type(line).draw
    before = stage.draw_moving()
    stage.draw_still()
    assert stage.draw_moving() == before


@pytest.mark.parametrize("change", [lambda ax: ax.plot([1], [2]), lambda ax: ax.lines[-1].remove()])
def test_an_update_that_adds_or_removes_an_artist(change):
    ax = new_axes()
    ax.plot([1, 9], [1, 9], animated=True)
    ax.plot([1, 9], [1, 9])
    stage = Stage(ax.get_figure(), "x")
    change(ax)
    with pytest.raises(ValueError, match="added or removed artists"):
        stage.draw_moving()


def test_a_moving_artist_that_is_never_drawn_is_an_error():
    ax = new_axes()
    ax.plot([1, 9], [1, 9], animated=True)
    ax.xaxis.set_animated(True)  # of axes whose axis is off
    with pytest.raises(ValueError, match="XAxis"):
        Stage(ax.get_figure(), "x")


def test_the_layout_stands_still():
    figure = Figure(figsize=(4.8, 3.6), layout="constrained")
    ax = figure.subplots()
    ax.set_title("title", animated=True)
    label = ax.yaxis.label
    label.set_animated(True)
    stage = Stage(figure, "x")
    box = ax.get_position().bounds
    ax.set_title("a title\nof many\nlines")
    ax.set_ylabel("a label\nof two lines", size=30)
    stage.draw_moving()
    stage.draw_still()
    assert ax.get_position().bounds == box


def test_the_picture_as_a_whole():
    ax = new_axes()
    (line,) = ax.plot([1, 9], [1, 9])
    picture = svg_of(line)
    assert picture.root.get("viewBox") == "0 0 4800 3600"
    assert (picture.root.get("width"), picture.root.get("height")) == ("480", "360")
    assert picture.root.get("aria-hidden") == "true"  # the sentence speaks for it
    assert "<!--" not in picture.text
    assert "<style" not in picture.text


def test_an_arrow_moves():
    ax = new_axes()
    arrow = ax.add_patch(
        FancyArrowPatch((1, 1), (8, 8), arrowstyle="-|>", mutation_scale=10, shrinkA=0, shrinkB=0)
    )
    shaft, head = svg_of(arrow).slots[0].iter("path")
    vertices, _ = read_path(shaft.get("d"))
    np.testing.assert_allclose(vertices[0], on_page([(1, 1)], ax.transData)[0], atol=0.1)
    vertices, _ = read_path(head.get("d"))
    assert np.linalg.norm(vertices - on_page([(8, 8)], ax.transData)[0], axis=1).min() < 2
    note = ax.annotate("here", (5, 5), (2, 8), arrowprops={"arrowstyle": "->"})
    assert isinstance(note, Text)
    assert {e.tag for e in svg_of(note).slots[1].iter()} >= {"path", "text"}
