"""The picture in README.md and index.md: the explorer on the book's first page, as a browser shows it."""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import ARGUMENTS, find_chromium  # noqa: E402

BOOK = ROOT / "_build" / "html" / "index.html"
PICTURE = ROOT / "assets" / "one-pass.png"


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=1.5)
        page.goto(BOOK.as_uri())
        figure = page.locator("figure.explorer")
        page.wait_for_selector("figure.explorer[data-ready]")
        page.add_style_tag(content=".explorer-share, .explorer-table { display: none !important; }")
        shot = figure.screenshot()
        browser.close()
    # It has few colours: a quarter of the bytes.
    image = Image.open(io.BytesIO(shot)).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    image.save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
