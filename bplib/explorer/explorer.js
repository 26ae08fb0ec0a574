// Moves the recorded explorers of a page. Each <figure class="explorer"> holds its first picture, native
// controls, and a JSON script: for each moving place of the picture, for the sentence and for the table, either 0
// (it never changes) or [pieces, which piece at each position]. Nothing is done before a figure comes into view.
(() => {
  "use strict";

  function start(figure) {
    const data = figure.querySelector('script[type="application/json"]');
    if (!data) return; // a picture that rests
    const tracks = JSON.parse(data.textContent);
    const sentence = figure.querySelector("figcaption");
    const places = []; // in the document they stand in the order in which they are painted
    for (const slot of figure.querySelectorAll("[data-slot]")) places[slot.dataset.slot] = slot;
    places.push(sentence, figure.querySelector("tbody"));
    const inputs = [...figure.querySelectorAll("input, select")];
    const counts = inputs.map((i) => (i.type === "range" ? +i.max + 1 : i.options ? i.options.length : 2));
    const state = (place) => inputs.reduce((sum, input, k) => sum * counts[k] + place(input), 0);
    const home = (i) => (i.type === "checkbox" ? +i.defaultChecked
      : i.options ? [...i.options].findIndex((o) => o.defaultSelected) : +i.defaultValue);
    const place = (i) => (i.type === "checkbox" ? +i.checked : i.options ? i.selectedIndex : +i.value);
    // The page was written as it is at the start: writing it again would have the sentence read out.
    const shown = tracks.map((track) => track && track[1][state(home)]);
    let asked = 0;

    function draw() {
      asked = 0;
      const n = state(place);
      tracks.forEach((track, k) => {
        if (!track || shown[k] === track[1][n]) return;
        shown[k] = track[1][n];
        places[k].innerHTML = track[0][shown[k]];
      });
    }

    function moved(input) {
      if (input.type === "range") {
        const text = JSON.parse(input.dataset.texts)[input.value];
        input.setAttribute("aria-valuetext", text);
        input.parentNode.querySelector(".explorer-value").textContent = text;
      }
      asked ||= requestAnimationFrame(draw); // many events, one picture
    }

    for (const input of inputs) {
      input.addEventListener("input", () => moved(input));
      moved(input); // the browser may have kept a position over a reload
    }

    for (const button of figure.querySelectorAll("button[data-interval]")) {
      const input = button.parentNode.querySelector("input");
      let timer = 0;
      const stop = () => {
        clearInterval(timer);
        timer = 0;
        button.textContent = "Play";
        // Only where it stops is read out, not every picture on the way.
        sentence.setAttribute("aria-live", "polite");
        requestAnimationFrame(() => { sentence.innerHTML = sentence.innerHTML; });
      };
      const step = () => {
        if (+input.value >= +input.max) return stop();
        input.value = +input.value + 1;
        moved(input);
      };
      button.addEventListener("click", () => {
        if (timer) return stop();
        if (+input.value >= +input.max) { input.value = 0; moved(input); }
        button.textContent = "Pause";
        sentence.setAttribute("aria-live", "off");
        timer = setInterval(step, +button.dataset.interval);
      });
      input.addEventListener("pointerdown", () => timer && stop());
      input.addEventListener("keydown", () => timer && stop());
    }
    figure.dataset.ready = "";
  }

  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      start(target);
    }
  }, { rootMargin: "200px" });
  for (const figure of document.querySelectorAll("figure.explorer")) observer.observe(figure);
})();
