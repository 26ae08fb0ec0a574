"""A recorded picture, painted by a browser, is the picture that matplotlib paints itself (its Agg renderer)."""

import base64
import io
import itertools
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import Circle
from PIL import Image

from bplib.explorer import Explorer, Slider, palette
from bplib.explorer.figure import DPI, STYLE
from bplib.explorer.page import stylesheet
from bplib.plots import NetworkPicture, field, plane, set_field, whole_figure


def mixed(fig):
    """Lines, markers, patches, an image, texts, a legend; three of them move, under and over what stands still."""
    ax = fig.subplots()
    ax.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="input x", ylabel="output", title="mixed", xticks=[-2, 0, 2])
    image = field(ax, (-2, 2, -2, 2), n=20)
    ax.plot([-2, 2], [-1.5, 1.5], color=palette.INK, lw=1, label="still")
    ax.add_patch(Circle((-1, 1), 0.5, facecolor=palette.GREEN, alpha=0.5, lw=3, edgecolor=palette.RED))
    (curve,) = ax.plot([], [], color=palette.PURPLE, lw=4, ls="--", label="moves", animated=True)
    (dots,) = ax.plot([], [], "s", ms=10, color=palette.BLUE, zorder=5, animated=True)
    ax.scatter(
        [0, 1, 1.9], [0, -1, -1.9], s=[40, 90, 400], c=[palette.RED, palette.BLUE, palette.ORANGE], zorder=4
    )
    note = ax.text(
        0, 0, "", ha="center", bbox={"facecolor": palette.PAPER, "edgecolor": "none"}, animated=True
    )
    ax.text(1.8, 1.2, "upright", rotation=90, ha="right", va="center")
    ax.text(-1.8, -1.7, r"$\sigma'(z)^2$", size=14)
    ax.legend(loc="upper right")
    x = np.linspace(-2.5, 2.5, 60)

    def update(k):
        set_field(image, np.tanh(k * plane((-2, 2, -2, 2), 20) @ [1, 0.5]))
        curve.set_data(x, np.sin(k * x) * (1 + k))
        dots.set_data([-1.5, 0.5], [k / 3 - 1, 1.9])
        note.set(position=(k / 2 - 1, -0.8), text=f"k = {k}")
        return f"k is {k}."

    return update


def network(fig):
    """A network, all of which moves."""
    picture = NetworkPicture(whole_figure(fig), (2, 3, 1))

    def update(k):
        picture.weights({1: (np.arange(6) - k).reshape(3, 2), 2: np.full((1, 3), k / 2)})
        picture.values({l: np.full((n, 1), k / 4) for l, n in enumerate((2, 3, 1))})
        picture.highlight([k % 3], palette.PURPLE)
        return f"k is {k}."

    return update


def own_font():
    """Matplotlib's font for the browser, which else would take one of its own."""
    ttf = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf").read_bytes()
    return (
        f'@font-face {{ font-family: "own"; src: url(data:font/ttf;base64,{base64.b64encode(ttf).decode()}); }}'
        '.explorer svg { font-family: "own" !important; }'
    )


@pytest.fixture(scope="module")
def sheet(new_visit):
    visit = new_visit("about:blank")
    visit.page.set_content(
        f'<!doctype html><html data-theme="light"><style>{stylesheet()}{own_font()}body {{ margin: 0; }}'
        ".explorer { margin: 0 !important; padding: 0 !important; }</style><figure class=explorer></figure></html>"
    )
    yield visit.page
    visit.context.close()
    visit.check()


def by_browser(page, svg):
    page.evaluate(
        "async (svg) => { document.querySelector('figure').innerHTML = svg; await document.fonts.ready; }",
        svg,
    )
    shot = page.locator("svg").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(float)


def by_matplotlib(made, **position):
    made.at(**position)
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):
        made.stage.figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    return np.asarray(Image.open(buffer).convert("RGB")).astype(float)


def ink(image, of_at_least=60):
    return np.abs(image - 255).max(axis=2) >= of_at_least


def wider(mask, by=1):
    padded = np.pad(mask, by)
    h, w = mask.shape
    return np.any(
        [padded[i : i + h, j : j + w] for i in range(2 * by + 1) for j in range(2 * by + 1)], axis=0
    )


def blurred(image, by=2):
    """Means over a few pixels: thin lines are smoothed differently, and hinting moves letters by less than that."""
    size = 2 * by + 1
    padded = np.pad(image, ((by, by), (by, by), (0, 0)), mode="edge")
    h, w, _ = image.shape
    return sum(padded[i : i + h, j : j + w] for i in range(size) for j in range(size)) / size**2


@pytest.mark.parametrize("build", [mixed, network], ids=lambda f: f.__name__)
def test_the_browser_paints_what_matplotlib_paints(sheet, build):
    made = Explorer(build, {"k": Slider(0, 3, step=1)})
    different = []
    for k in range(4):
        browser, agg = by_browser(sheet, made.svg(k=k)), by_matplotlib(made, k=k)
        assert browser.shape == agg.shape == (360, 480, 3)
        # Ink is where there is ink in the other, but for a pixel.
        for one, other in ((browser, agg), (agg, browser)):
            missing = ink(one, 100) & ~wider(ink(other))
            assert missing.sum() <= 0.005 * ink(one, 100).sum(), (k, int(missing.sum()))
        both, either = ink(browser) & ink(agg), ink(browser) | ink(agg)
        assert both.sum() / either.sum() > 0.75, k  # letters and thin lines are smoothed differently
        # And of the same colour.
        difference = np.abs(blurred(browser) - blurred(agg))
        assert difference.mean() < 2.5, k
        assert np.quantile(difference.max(axis=2), 0.99) < 60, k
        different.append(browser)
    # The eye that compares is not blind: it tells the positions apart.
    for one, other in itertools.pairwise(different):
        assert np.abs(blurred(one) - blurred(other)).max() > 60


def test_the_order_of_painting(sheet):
    def build(fig):
        ax = whole_figure(fig)
        colours = ("#ff0000", "#00ff00", "#0000ff", "#ffff00")
        for i, (z, moves) in enumerate([(3, True), (1, False), (4, True), (2, True)]):
            ax.fill(
                [0, 480, 480, 0],
                [0, 0, 360 - 80 * z, 360 - 80 * z],
                color=colours[i],
                zorder=z,
                animated=moves,
            )
        return lambda k: "It is."

    made = Explorer(build, {"k": Slider(0, 1, step=1)})
    pixels = by_browser(sheet, made.svg())
    # From above: nothing, then the lowest z on top of the page, and the highest z at the bottom over all others.
    for row, colour in (
        (40, "#ffffff"),
        (120, "#00ff00"),
        (200, "#ffff00"),
        (280, "#ff0000"),
        (350, "#0000ff"),
    ):
        expected = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert np.abs(pixels[row, 240] - expected).max() < 3, row


def test_on_a_dark_page_ink_is_light_and_images_of_ink_turn(sheet):
    def build(fig):
        ax = whole_figure(fig)
        ax.fill([0, 100, 100, 0], [0, 0, 360, 360], color=palette.INK)
        ax.imshow(np.ones((2, 2)), cmap=palette.INK_MAP, vmin=0, extent=(200, 300, 0, 360), aspect="auto")
        ax.set(xlim=(0, 480), ylim=(0, 360))
        return lambda: "It is."

    svg = Explorer(build, {}).svg()
    light = by_browser(sheet, svg)
    sheet.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = by_browser(sheet, svg)
    sheet.evaluate("document.documentElement.dataset.theme = 'light'")
    assert light[180, 50].max() < 5
    assert light[180, 250].max() < 5
    assert dark[180, 50].min() > 220
    assert dark[180, 250].min() > 220
