// Moves the recorded explorers of a page. Each <figure class="explorer"> holds its first picture and native controls,
// and names a script with the rest, its frames: for each moving place of the picture, for the sentence and for the
// table, either 0 (it never changes) or [pieces, which piece at each position]. They are loaded when the figure comes
// near the view: by a script element, because a page that was opened from a folder may fetch nothing.
//
// Where Python runs in the page, it draws what the reader has changed. For that:
//   explorers.adopt(figure, ask, asInBook)  a figure that Python has put into the page, and what answers with its frame
//       at a position, ask("neuron", [3, 0]): a promise of {pieces, defs} or {error}. It goes on where the earlier
//       figure of its id stood, which is out of the page by now. asInBook: its cell's code is the book's.
//       Without ask: the book's own figure, back in the page.
//   explorers.stopped()                     Python was stopped: figures whose code is the book's are replaced by it,
//       the others rest.
// A figure gets the id of the one that it replaces, and no other's, where Python was told which cells the figures of the
// book belong to: call("figures", {id: name of the cell, as in "run"}), after each start.
(() => {
  "use strict";

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const controls = (figure) => [...figure.querySelectorAll("input, select")];
  const place = (i) => (i.type === "checkbox" ? +i.checked : i.options ? i.selectedIndex : +i.value);
  const home = (i) => (i.type === "checkbox" ? +i.defaultChecked
    : i.options ? [...i.options].findIndex((o) => o.defaultSelected) : +i.defaultValue);
  function set(input, place) {
    if (input.type === "checkbox") input.checked = Boolean(place);
    else if (input.options) input.selectedIndex = place;
    else input.value = place;
  }
  // What a control says at each of its positions.
  const texts = (i) => (i.type === "checkbox" ? ["off", "on"]
    : i.options ? [...i.options].map((o) => o.text) : JSON.parse(i.dataset.texts));

  function start(figure, ask) {
    const tracks = !ask && window.explorerFrames[figure.id];
    const sentence = figure.querySelector("figcaption");
    const places = []; // in the document they stand in the order in which they are painted
    for (const slot of figure.querySelectorAll("[data-slot]")) places[slot.dataset.slot] = slot;
    places.push(sentence, figure.querySelector("tbody"));
    const inputs = controls(figure);
    const counts = inputs.map((input) => texts(input).length);
    const state = (place) => inputs.reduce((sum, input, k) => sum * counts[k] + place(input), 0);
    const recorded = (place) => tracks.map((track) => (track ? track[0][track[1][state(place)]] : null));
    // The page was written as it is at the start: writing it again would have the sentence read out.
    const shown = tracks ? recorded(home) : places.map((place) => place?.innerHTML);
    const defs = figure.querySelector("defs");
    let asked = String(inputs.map(home));
    let waiting = false;

    function write(pieces) {
      pieces.forEach((piece, k) => {
        if (piece === null || !places[k] || shown[k] === piece) return;
        shown[k] = piece;
        places[k].innerHTML = piece;
      });
      tell(figure);
    }

    function draw() {
      if (tracks) return write(recorded(place));
      // One question at a time: what is moved meanwhile is asked for when the answer has come.
      const now = inputs.map(place);
      if (waiting || String(now) === asked || !live.has(figure)) return;
      waiting = true;
      asked = String(now);
      ask(figure.id, now).catch((error) => ({ error: error.message })).then((frame) => {
        waiting = false;
        if (!live.has(figure)) return; // Python was stopped, or has drawn another in its place
        if (frame.error) {
          sentence.textContent = frame.error; // under the last picture that could be drawn
          shown[places.indexOf(sentence)] = "";
        } else {
          if (shown.defs !== frame.defs) defs.innerHTML = shown.defs = frame.defs;
          write(frame.pieces);
        }
        draw();
      });
    }

    function moved(input) {
      if (input.type === "range") {
        const text = texts(input)[input.value];
        input.setAttribute("aria-valuetext", text);
        input.parentNode.querySelector(".explorer-value").textContent = text;
      }
      // Many events, one picture: the later calls find nothing to change. Python is asked at once, for its answer comes
      // in another frame anyway; but not before all controls that move together have moved.
      (ask ? queueMicrotask : requestAnimationFrame)(draw);
    }

    for (const input of inputs) {
      input.addEventListener("input", () => moved(input));
      moved(input); // the browser may have kept a position over a reload
    }

    for (const button of figure.querySelectorAll("button[data-interval]")) {
      const input = button.parentNode.querySelector("input");
      let timer = 0;
      const rest = () => { button.textContent = calm.matches ? "Next" : "Play"; };
      const stop = () => {
        clearInterval(timer);
        timer = 0;
        rest();
        // Only where it stops is read out, not every picture on the way.
        sentence.setAttribute("aria-live", "polite");
        requestAnimationFrame(() => { if (!waiting) sentence.innerHTML = sentence.innerHTML; });
      };
      const step = () => {
        if (waiting) return; // no picture is left out
        if (+input.value >= +input.max) return stop();
        input.value = +input.value + 1;
        moved(input);
      };
      button.addEventListener("click", (event) => {
        if (event.detail === 2 && !calm.matches) return; // the second half of a double click undoes nothing
        if (timer) return stop();
        const over = +input.value >= +input.max;
        if (over) { input.value = 0; moved(input); }
        if (calm.matches) return over || step(); // nothing moves but by the reader's hand
        button.textContent = "Pause";
        sentence.setAttribute("aria-live", "off");
        timer = setInterval(step, +button.dataset.interval);
      });
      calm.addEventListener("change", () => (timer ? stop() : rest()));
      // A screen reader moves a slider with neither.
      for (const hand of ["pointerdown", "keydown", "input"]) input.addEventListener(hand, () => timer && stop());
      rest();
    }
    figure.dataset.ready = "";
  }

  // A question stands where the controls will be, until the reader has said what will happen, or skips it.
  const question = (figure) => figure.querySelector(".explorer-question");

  function predict(figure, choice) {
    if (!question(figure)) return;
    question(figure).hidden = true;
    figure.querySelector(".explorer-controls").hidden = false;
    if (choice) figure.dataset.said = choice;
    tell(figure);
  }

  // What was said, and beside it what to do, or what happens once the reader has come there.
  function tell(figure) {
    const { said, seen } = figure.dataset;
    if (!said || seen !== undefined) return;
    const { task, outcome, ...rest } = question(figure).dataset;
    const at = JSON.parse(rest.at);
    const line = figure.querySelector(".explorer-said");
    const there = controls(figure).every((i) => place(i) === (at[i.id] ?? place(i)));
    if (!there && line.textContent) return;
    line.textContent = `You said: “${said}” ${there ? outcome : task} `;
    if (there) return void (figure.dataset.seen = "");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Go there" });
    button.addEventListener("click", () => {
      move(figure, (i) => at[i.id] ?? -1);
      controls(figure).find((i) => i.id in at).focus({ preventScroll: true });
    });
    line.append(button);
  }

  function listen(figure) {
    figure.querySelector(".explorer-share button")?.addEventListener("click", () => share(figure));
    if (!question(figure)) return;
    const answer = (choice) => {
      predict(figure, choice);
      figure.querySelector(".explorer-controls :is(button, input, select)").focus({ preventScroll: true });
      const detail = { question: question(figure).querySelector("legend").textContent, answer: choice };
      figure.dispatchEvent(new CustomEvent("predicted", { detail, bubbles: true }));
    };
    for (const button of question(figure).querySelectorAll("button")) {
      button.addEventListener("click", () => answer(button.matches(".explorer-skip") ? "" : button.textContent));
    }
    question(figure).addEventListener("keydown", (event) => event.key === "Escape" && answer(""));
  }

  function load(figure) {
    const script = document.createElement("script");
    script.src = figure.dataset.frames;
    // A file that was cut off, or another page in its place, loads as well.
    script.onload = () => (window.explorerFrames?.[figure.id] ? start(figure) : fail(figure));
    script.onerror = () => fail(figure);
    document.head.append(script);
  }

  const able = (figure, is) => {
    for (const part of figure.querySelectorAll(".explorer-control :is(input, select, button)")) part.disabled = !is;
  };

  function fail(figure) {
    predict(figure);
    for (const input of controls(figure)) set(input, home(input));
    able(figure, false);
    const message = document.createElement("p");
    message.setAttribute("role", "alert");
    message.textContent = "The other pictures could not be loaded, so the controls do nothing: reload the page.";
    figure.append(message);
  }

  // A position as the end of an address: #explorer=one-pass&step=3. It holds what the controls say, not where they
  // stand, so that it still points at the same when a later edition has finer steps.
  const name = (figure, input) => input.id.slice(figure.id.length + 1);
  const plain = (text) => text.replaceAll("−", "-");
  // Where a control says that, or the same number with other digits: 0.5 V is 0.50 V.
  const number = (text) => plain(text).replace(/^-?\d+(\.\d+)?/, Number);
  const found = (input, text) => texts(input).findIndex((own) => number(own) === number(text ?? ""));

  function share(figure) {
    const position = controls(figure).map((i) => [name(figure, i), plain(texts(i)[place(i)])]);
    history.replaceState(null, "", `#${new URLSearchParams([["explorer", figure.id], ...position])}`);
    const answer = figure.querySelector("output");
    const say = (words) => {
      answer.textContent = words;
      setTimeout(() => { answer.textContent = ""; }, 3000);
    };
    const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject(new Error("no clipboard here"));
    copied.then(() => say("Copied"), () => say("It is in the address bar"));
  }

  // Moves each control to its place, where it has one; what plays stops.
  function move(figure, place) {
    for (const input of controls(figure)) {
      if (place(input) >= 0) set(input, place(input));
      input.dispatchEvent(new Event("input"));
    }
  }

  // The figure that an address names, and what it says of its controls.
  function named(hash) {
    const position = new URLSearchParams(hash.slice(1));
    const figure = document.getElementById(position.get("explorer"));
    return [figure?.matches("figure.explorer") ? figure : null, position];
  }

  function follow() {
    const [figure, position] = named(location.hash);
    if (!figure) return;
    predict(figure); // who made the link has something to show
    move(figure, (i) => found(i, position.get(name(figure, i))));
    figure.tabIndex = -1;
    figure.focus({ preventScroll: true });
    figure.scrollIntoView();
  }

  // -- figures that Python in the page draws -------------------------------------------------------------------------

  const book = new Map([...document.querySelectorAll("figure.explorer[data-frames]")].map((f) => [f.id, f]));
  const now = new Map(book); // by its id, the figure that is in the page
  const live = new Map(); // those that Python draws, and whether its code is the book's

  // Where a figure stands: by what its controls say, so that it holds for another that has the same ones.
  const position = (figure) => Object.fromEntries(controls(figure).map((i) => [name(figure, i), texts(i)[place(i)]]));
  const moveTo = (figure, position) => move(figure, (i) => found(i, position[name(figure, i)]));

  function adopt(figure, ask, asInBook = false) {
    const before = now.get(figure.id);
    live.delete(before);
    now.set(figure.id, figure);
    if (ask && controls(figure).length) {
      live.set(figure, asInBook);
      listen(figure);
      start(figure, ask);
      figure.dispatchEvent(new Event("drawn", { bubbles: true })); // for what keeps a page as its reader left it
    }
    if (!before || before === figure) return;
    // Who has answered this question, or skipped it, is not asked again.
    const asks = (f) => question(f)?.querySelector("legend").textContent;
    if (question(before)?.hidden && asks(before) === asks(figure)) predict(figure, before.dataset.said);
    moveTo(figure, position(before));
  }

  function stopped() {
    for (const [figure, asInBook] of [...live]) {
      const own = book.get(figure.id);
      live.delete(figure);
      if (asInBook && own) {
        figure.replaceWith(own);
        adopt(own);
        note(own, "Python was stopped: these are the book's own pictures again.");
      } else {
        moveTo(figure, position(figure)); // what plays stops
        able(figure, false);
        note(figure, "Python was stopped, so nothing moves here: run the cell again.");
      }
    }
  }

  function note(figure, words) {
    let line = figure.querySelector(".explorer-drawn");
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "explorer-drawn", role: "status" });
      figure.append(line);
    }
    line.textContent = words;
  }

  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      load(target);
    }
  }, { rootMargin: "300px" });
  for (const figure of book.values()) {
    observer.observe(figure);
    listen(figure);
  }
  window.explorers = {
    // For what keeps a page as its reader left it: where the controls stand, or null at the start.
    get figures() { return [...now.values()]; },
    position: (figure) => (controls(figure).every((i) => place(i) === home(i)) ? null : position(figure)),
    move: moveTo,
    predict,
    // For Python in the page: see above.
    adopt,
    stopped,
  };
  follow();
  addEventListener("hashchange", (event) => {
    const [left] = named(new URL(event.oldURL).hash);
    if (left && !location.hash) move(left, home); // back to where no link had moved it
    else follow();
  });
  // The address stays when a link is followed for the second time.
  addEventListener("click", (event) => event.target.closest("a")?.href === location.href && follow());
  // WebKit runs a deferred script before it has a style sheet: what was in view then no longer is.
  addEventListener("load", () => {
    const followed = document.activeElement;
    if (followed.matches("figure.explorer")) followed.scrollIntoView();
  });
  // WebKit puts the controls of a page that the reader comes back to to their start, a moment after it has shown the
  // page: they go where the picture was left.
  let kept = [];
  addEventListener("pagehide", () => {
    kept = [...document.querySelectorAll("figure.explorer")].flatMap(controls).map((i) => [i, place(i)]);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) setTimeout(() => { for (const [input, place] of kept) set(input, place); }, 50);
  });
})();
