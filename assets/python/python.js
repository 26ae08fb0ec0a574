// The button "Run Python here" on top of a chapter. Everything else is loaded when it is pressed.
(() => {
  "use strict";

  const { src, dataset } = document.currentScript;
  const title = document.querySelector(".bd-article h1");
  if (!title) return;
  let bar = document.querySelector(".python-bar");
  if (!bar) title.after(bar = Object.assign(document.createElement("div"), { className: "python-bar" }));
  const start = Object.assign(document.createElement("button"), { type: "button", className: "python-start", textContent: "Run Python here" });
  const offer = Object.assign(document.createElement("span"), { className: "python-offer" });
  offer.setAttribute("role", "status");
  const changes = Object.keys(window.answers?.kept().code ?? {}).length;
  offer.textContent = changes
    ? `Your changes to ${changes === 1 ? "a cell" : `${changes} cells`} are kept: they are back when Python runs.`
    : `Change the code on this page and run it${dataset.megabytes ? `; loads ${dataset.megabytes} MB, once` : ""}.`;
  bar.append(start, offer);
  // By the keyboard it is thirty steps to the bar; beside the theme's link that skips to the text there is one to it.
  const skip = document.getElementById("pst-skip-link")?.cloneNode(true);
  if (skip) {
    skip.id = "python-skip-link";
    const link = Object.assign(skip.querySelector("a"), { href: "#python-bar", textContent: "Skip to Run Python here" });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      bar.querySelector("button:not([hidden])").focus();
    });
    bar.id = "python-bar";
    document.getElementById("pst-skip-link").after(skip);
  }
  for (const line of document.querySelectorAll(".exercise-function")) {
    line.textContent = "A function is asked for: Python checks it here, after “Run Python here” at the top of the page. On paper, compare yours with the solution.";
  }

  let isOpening = false;
  start.addEventListener("click", async () => {
    if (location.protocol === "file:") {
      offer.textContent = "From a folder, browsers let no page run Python: run “python -m http.server” in the folder of the book's pages (or “make serve” in its repository), and open the address that it names.";
      return;
    }
    if (isOpening) return;
    isOpening = true;
    try {
      const page = await import(new URL("page.js", src).href);
      await page.open(start);
    } catch (error) {
      isOpening = false;
      offer.textContent = `Python could not be loaded (${error.message}). Reload the page to try again.`;
      if (!offer.isConnected) bar.append(offer);
    }
  });
})();
