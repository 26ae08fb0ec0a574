// The button "Run Python here" on top of a chapter. All else is loaded when it is pressed.
(() => {
  "use strict";
  const HERE = new URL(".", document.currentScript.src).href;
  const title = document.querySelector(".bd-article h1");
  if (!title) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "python-start", textContent: "Run Python here" });
  button.addEventListener("click", async () => {
    const { python } = await import(`${HERE}page.js`);
    await python.start();
  });
  title.after(button);
})();
