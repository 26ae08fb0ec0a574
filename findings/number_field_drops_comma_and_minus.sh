#!/bin/sh
# What Chromium makes of a number that a European, or a reader of a printed book, types into <input type="number">.
#
# Seen on 2026-11-27 with Chromium 156.0.8078.108 on Debian 12, by playwright 1.65.2, in English:
#
#   typed    value    valueAsNumber    badInput
#   0.36     0.36     0.36             false
#   0,36     036      36               false
#   1,5      15       15               false
#   -1       -1       -1               false
#   −1       1        1                false        (U+2212, the minus sign of typography)
#
# The characters that the browser's language does not use are left out while one types, so that another number is
# there, and the field calls it valid: `badInput` and the pseudo-class :invalid say nothing. HTML leaves open how a
# field turns what is typed into a number; one would guess that it is either read or refused. A page that must take
# such numbers has `type="text"` and reads them itself, or a `pattern`.
#
# Needs a Chromium: CHROMIUM=/where/it/is, else /usr/bin/chromium. Fails if this changes.
set -eu
chromium=${CHROMIUM:-/usr/bin/chromium}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check playwright==1.65.2

"$folder/venv/bin/python" - "$chromium" <<'END'
import sys

from playwright.sync_api import sync_playwright

SEEN = {
    "0.36": ["0.36", 0.36, False],
    "0,36": ["036", 36, False],
    "1,5": ["15", 15, False],
    "-1": ["-1", -1, False],
    "−1": ["1", 1, False],
}
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox", "--lang=en-US"])
    page = browser.new_page(locale="en-US")
    page.set_content('<input id="n" type="number" step="any">')
    print("Chromium", browser.version)
    found = {}
    for typed in SEEN:
        page.fill("#n", "")
        page.focus("#n")
        page.keyboard.type(typed)
        found[typed] = page.evaluate("[n.value, n.valueAsNumber, n.validity.badInput]")
        print(f"{typed:8} {found[typed]}")
    browser.close()
sys.exit(found != SEEN)
END
