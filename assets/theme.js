// What must be there before anything is painted.
{
  // A browser may refuse to keep anything: then it is kept as long as the page is open, for every script.
  try { localStorage.getItem("mode"); } catch {
    const refused = Object.create({
      getItem(key) { return this[key] ?? null; }, setItem(key, text) { this[key] = text; }, removeItem(key) { delete this[key]; },
    }, { refused: { value: true } });
    Object.defineProperty(window, "localStorage", { value: refused });
  }

  // Light or dark; the theme's own script runs later, and keeps it in step.
  const mode = localStorage.getItem("mode") || "auto";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.mode = mode;
  document.documentElement.dataset.theme = mode === "auto" ? system : mode;

  // The font of formulas, ahead of them; from a folder on disk a browser lets none be loaded ahead.
  const href = document.currentScript.dataset.font;
  if (href && location.protocol !== "file:") {
    const link = { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href };
    document.head.append(Object.assign(document.createElement("link"), link));
  }
}
