"""The colours are told apart: from the page, in both themes, and from each other, also by colour-blind eyes."""

import itertools
import re

import numpy as np
import pytest

from bplib.explorer import palette

THEMES = {"light": 0, "dark": 1}
ON_PAPER = [name for name in palette.PALETTE if name != "paper"]
MEANINGS = [
    "blue",
    "orange",
    "green",
    "purple",
    "red",
]  # what a reader must not mix up; grey is for what rests

# Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", table 1 at severity 1.0: what an eye without one kind of cone sees, in linear RGB.
EYES = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour):
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2's contrast ratio."""
    dark, light = sorted(float(np.dot([0.2126, 0.7152, 0.0722], linear(c))) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    """CIE L*a*b* (D65) of a linear RGB colour."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    t = np.dot(to_xyz, rgb) / [0.95047, 1, 1.08883]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def ciede2000(one, other):
    """The distance of two L*a*b* colours as eyes see it; 1 is about the least that is noticed side by side."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 1.5 - 0.5 * np.sqrt(c**7 / (c**7 + 25**7))
    c1, c2 = np.hypot(a1 * g, b1), np.hypot(a2 * g, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1 * g)) % 360, np.degrees(np.arctan2(b2, a2 * g)) % 360
    dh = (h2 - h1 + 180) % 360 - 180
    l, c, h = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + dh / 2) % 360
    cos = [np.cos(np.radians(k * h + turn)) for k, turn in ((1, -30), (2, 0), (3, 6), (4, -63))]
    s_l = 1 + 0.015 * (l - 50) ** 2 / np.sqrt(20 + (l - 50) ** 2)
    s_c = 1 + 0.045 * c
    s_h = 1 + 0.015 * c * (1 + np.dot([-0.17, 0.24, 0.32, -0.20], cos))
    turn = np.radians(60 * np.exp(-(((h - 275) / 25) ** 2)))
    r = -2 * np.sqrt(c**7 / (c**7 + 25**7)) * np.sin(turn)
    dl, dc = (l2 - l1) / s_l, (c2 - c1) / s_c
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2)) / s_h
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + r * dc * dh))


def test_the_ruler_itself():
    # Two of the published test pairs of Sharma, Wu and Dalal (2005), one with the hue's rotation, one without.
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=5e-5)
    assert ciede2000((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)) == pytest.approx(
        1.2644, abs=5e-5
    )
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ON_PAPER)
def test_every_ink_is_readable_on_the_paper(name, theme):
    colour, paper = palette.PALETTE[name][THEMES[theme]], palette.PALETTE["paper"][THEMES[theme]]
    assert contrast(colour, paper) >= 4.5


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_colours_with_a_meaning_stay_apart(theme, eye):
    # 10 in CIEDE2000 is about ten times the least difference that is seen: enough for a line 2 pixels wide.
    seen = {
        name: lab(np.clip(np.dot(EYES[eye], linear(palette.PALETTE[name][THEMES[theme]])), 0, 1))
        for name in MEANINGS
    }
    apart = {
        pair: round(ciede2000(*(seen[n] for n in pair)), 1) for pair in itertools.combinations(MEANINGS, 2)
    }
    assert {pair: d for pair, d in apart.items() if d < 10} == {}


def test_every_colour_is_a_variable_in_both_themes():
    light, screen, dark, ink, end = palette.css_variables().strip().splitlines()
    assert (screen, end) == ("@media not print {", "}")
    for rule, theme in ((light, "light"), (dark, "dark")):
        variables = dict(re.findall(r"--x-(\w+): (#[0-9a-f]{6});", rule))
        assert variables == {name: colours[THEMES[theme]] for name, colours in palette.PALETTE.items()}
    assert light.startswith(".explorer {")
    for page in ("html[data-theme=dark]", "body[data-jp-theme-light=false]", "body.vscode-dark"):
        assert f"{page} .explorer" in dark.split("{")[0]
        assert f"{page} .explorer .x-ink" in ink.split("{")[0]


def test_a_palette_colour_becomes_its_variable_and_no_other_does():
    for name, (light, dark) in palette.PALETTE.items():
        assert getattr(palette, name.upper()) == light
        assert palette.css_colour(light) == f"var(--x-{name})"
        assert palette.css_colour(dark) == dark  # only the light tone stands for the name
    assert palette.css_colour("#123456") == "#123456"


def test_no_colour_stands_for_two_names():
    for theme in THEMES.values():
        colours = [pair[theme] for pair in palette.PALETTE.values()]
        assert len(set(colours)) == len(colours)


def test_the_colour_maps_fade_into_the_page():
    low, middle, high = palette.DIVERGING([0.0, 0.5, 1.0])
    assert (low[3], middle[3], high[3]) == (1, 0, 1)
    assert low[0] > low[2]  # orange
    assert high[2] > high[0]  # blue
    alpha = palette.DIVERGING(np.linspace(0, 1, 33))[:, 3]
    np.testing.assert_allclose(alpha, alpha[::-1])
    ink = palette.INK_MAP(np.linspace(0, 1, 33))
    assert not ink[:, :3].any()
    assert (ink[0, 3], ink[-1, 3]) == (0, 1)
    assert (np.diff(ink[:, 3]) > 0).all()
