"""What tools/book_theme.py keeps of the theme."""

import book_theme
import pytest

CSS = """
/* a comment */
@charset "utf-8";
@import "other.css";
@font-face { font-family: icons; src: url(../webfonts/icons.woff2); }
@font-face { font-family: ours; src: url(ours.woff2); }
p { margin: 0 }
.used, .unused { color: red }
.used .unused, #gone { color: red }
a.used:not(.unused) > b#here { color: blue }
.dotted\\:name { color: red }
@media print { .unused { color: red } .used { color: black } }
@media screen { .unused { color: red } }
@media print { @supports (color: red) { .used::after { content: "" } .unused { color: red } } }
@keyframes turn { from { opacity: 0 } to { opacity: 1 } }
"""


def test_rules_are_kept_where_a_selector_has_only_used_names():
    kept = book_theme.used_rules(CSS, {"used", "here"})
    assert kept == (
        "@font-face { font-family: ours; src: url(ours.woff2); }"
        "p { margin: 0 }"
        ".used, .unused { color: red }"
        "a.used:not(.unused) > b#here { color: blue }"
        "@media print {.used { color: black }}"
        '@media print {@supports (color: red) {.used::after { content: "" }}}'
        "@keyframes turn { from { opacity: 0 } to { opacity: 1 } }"
    )


def test_a_name_is_compared_without_its_escapes():
    assert book_theme.used_rules(".a\\:b { color: red }", {"a:b"}) != ""


def test_a_style_sheet_that_cannot_be_read_is_an_error():
    with pytest.raises(ValueError, match="cannot be read"):
        book_theme.used_rules("p { color: red } }", set())


FONTAWESOME = (
    '{"arrow-up":[384,512,[8593],"f062","M1 2"],"circle-arrow-up":[512,512,[],"f0aa","M3 4"],'
    'bars:[448,512,[],"f0c9","M5 6"],'
    'sun:[512,512,[],"f185","M7 8"]},{sun:[576,512,[9728],"f185","M9 0z"]}'
)


def test_an_icon_is_the_solid_one_of_its_name():
    rules = book_theme.icons({"sun", "arrow-up", "bars"}, FONTAWESOME).split("\n")
    assert [rule.split()[0] for rule in rules] == [".fa-arrow-up", ".fa-bars", ".fa-sun"]
    assert "M1 2" in rules[0]
    assert "0 0 576 512" in rules[2]
    assert "M9 0z" in rules[2]
    assert "#" not in rules[2]  # which would end a data address


def test_an_icon_that_the_theme_does_not_have_is_an_error():
    with pytest.raises(ValueError, match="no icon called 'moon'"):
        book_theme.icons({"moon"}, FONTAWESOME)
