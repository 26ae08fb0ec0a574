// What the theme has as scripts in its pages, and a Content-Security-Policy would stop.
document.querySelector(".btn-fullscreen-button")?.addEventListener("click", () => toggleFullScreen());
document.querySelector(".btn-download-pdf-button")?.addEventListener("click", () => print());
document.querySelector(".bd-search-container input")?.focus();

// The theme takes the focus from the button that was pressed: who closes a sidebar goes on from there.
for (const side of ["primary", "secondary"]) {
  const button = document.querySelector(`.${side}-toggle`);
  document.querySelector(`#pst-${side}-sidebar-modal`)?.addEventListener("close", () => button?.focus());
}

// Under each result the search shows a piece of its page, which it fetches: a folder on disk has nothing to fetch from.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
