// What the theme has as scripts in its pages, and a Content-Security-Policy would stop.
document.querySelector(".btn-fullscreen-button")?.addEventListener("click", () => toggleFullScreen());
document.querySelector(".btn-download-pdf-button")?.addEventListener("click", () => print());
document.querySelector(".bd-search-container input")?.focus();

// Folded code is plain text until its fold opens or it is printed: beside it stand its colours, as lengths and classes.
function colour(code) {
  if (code.children.length) return; // words that a search has marked
  const text = code.textContent;
  let end = 0;
  code.replaceChildren(...code.dataset.colours.split(" ").map((token) => {
    const [, length, kind] = token.match(/(\d+)(.*)/);
    const part = text.slice(end, end += +length);
    return kind ? Object.assign(document.createElement("span"), { className: kind, textContent: part }) : part;
  }));
  delete code.dataset.colours;
}
document.addEventListener("toggle", ({ target }) => {
  if (target.open) target.querySelectorAll?.("pre[data-colours]").forEach(colour);
}, true);
addEventListener("beforeprint", () => document.querySelectorAll(".tag_hide-cell pre[data-colours]").forEach(colour));

// The theme takes the focus from the button that was pressed: who closes a sidebar goes on from there.
for (const side of ["primary", "secondary"]) {
  const button = document.querySelector(`.${side}-toggle`);
  document.querySelector(`#pst-${side}-sidebar-modal`)?.addEventListener("close", () => button?.focus());
}

// Under each result the search shows a piece of its page, which it fetches: a folder on disk has nothing to fetch from.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
