// The playground in a page of the book: a button in each of its places, until Python is there; then the playground,
// with a model that talks to Python in the worker. A place is <div class="playground-place" data-address="...">.
(() => {
  "use strict";
  // From a folder a browser loads no module, and starts no Python: the place says so.
  if (location.protocol === "file:") return;
  const HERE = document.currentScript.src;

  const PREFIX = "#playground=";
  // In one expression, which leaves no name behind among the reader's.
  const REGISTER = '__import__("page_python").handlers.update(playground=__import__("bplib.playground").playground.handle)';
  let playground = null, python = null; // two modules, loaded when they are wanted
  let worker = 0; // how many workers have ended
  let registered = null; // a promise: the worker that runs now knows the playground

  function inHash() {
    if (!location.hash.startsWith(PREFIX)) return null;
    const text = location.hash.slice(PREFIX.length);
    try { return decodeURIComponent(text); } catch { return text; } // a % that stands for nothing: Python tells of it
  }

  // The address bar shows one playground's state: the one that was changed last, at first the first.
  let shown = null;

  class Model {
    constructor(place) {
      this.id = place.id;
      this.place = place;
      this.last = null; // the state as Python has told it last
      this.listeners = [];
      this.turn = Promise.resolve();
      shown ??= this;
      this.address = {
        read: () => (shown === this ? inHash() : null) ?? place.dataset.address,
        write: (address) => {
          this.last = address;
          // A page that was only opened keeps its address.
          if (inHash() === null && address === place.dataset.address) return;
          shown = this;
          try { history.replaceState(history.state, "", PREFIX + encodeURI(address)); } catch { /* too often in a short time, for WebKit */ }
        },
        link: (address) => location.href.split("#")[0] + PREFIX + encodeURI(address),
        listen: (follow) => { this.follow = follow; },
      };
    }

    on(_, listener) { this.listeners.push(listener); }

    off() { this.listeners = []; }

    send({ asked, message }) {
      this.turn = this.turn.then(async () => {
        let reply;
        try {
          reply = await this.call(message);
        } catch (error) {
          reply = { error: `Python has stopped: ${error.message}` };
        }
        for (const listener of this.listeners) listener({ answered: asked, reply });
      });
    }

    async call(message) {
      for (const again of [false, true]) {
        try {
          await register();
          // The worker may have been ended by Stop: the next has to be told where this one was.
          if (this.worker !== worker) {
            if (this.last !== null && message.do !== "open") await python.call("playground", this.id, { do: "open", address: this.last });
            this.worker = worker;
          }
          return await python.call("playground", this.id, message);
        } catch (error) {
          if (again || this.worker === worker) throw error;
        }
      }
    }
  }

  const register = () => registered ??= python.run(REGISTER);

  const models = new Map();
  let count = 0;
  function mount(place) {
    place.id ||= `playground-${++count}`;
    const model = new Model(place);
    models.set(place, model);
    place.replaceChildren();
    model.end = playground.render({ model, el: place });
  }
  // A cell that is run again takes its place away, and shows another.
  function mountAll() {
    for (const [place, model] of models) {
      if (place.isConnected) continue;
      models.delete(place);
      model.end();
      place.dataset.address = model.last ?? place.dataset.address; // should it come back
    }
    for (const place of document.querySelectorAll(".playground-place")) if (!models.has(place)) mount(place);
  }

  const line = document.createElement("p");
  line.setAttribute("role", "status");
  function heard({ told, loaded, total }) {
    if (told === "progress" && total) line.textContent = `Loading Python: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
    if (told !== "stopped" && told !== "failed") return;
    worker++;
    registered = null;
  }

  async function begin(button) {
    line.textContent = "Loading Python …";
    const buttons = document.querySelectorAll(".playground-start");
    buttons[0]?.after(line);
    for (const button of buttons) button.disabled = true;
    try {
      playground = (await import(new URL("playground.js", HERE))).default;
      ({ python } = await import(new URL("../python/page.js", HERE)));
      python.listen(heard); // once, however often
      await register();
    } catch (error) {
      line.textContent = `Python could not be started: ${error.message}`;
      for (const button of buttons) button.disabled = false;
      begun = null;
      return;
    }
    line.remove();
    const pressed = button?.closest(".playground-place");
    mountAll();
    if (pressed) {
      pressed.scrollIntoView(); // Train and what it moves, in one view
      // The button that was pressed is gone, and with it the focus of a keyboard.
      if (document.activeElement === document.body) pressed.querySelector(".pg-main").focus({ preventScroll: true });
    }
    new MutationObserver(mountAll).observe(document.body, { childList: true, subtree: true });
  }

  let begun = null;
  for (const place of document.querySelectorAll(".playground-place")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "playground-start", textContent: "Start the playground" });
    button.addEventListener("click", () => { begun ??= begin(button); });
    place.replaceChildren(button);
    if (inHash() !== null && place === document.querySelector(".playground-place")) {
      place.append(Object.assign(document.createElement("p"), { textContent: `This link holds a state: ${inHash().replaceAll("&", ", ")}` }));
    }
  }
  // The button on top of the page starts Python, too.
  document.addEventListener("click", (event) => {
    if (event.target.closest(".python-start")) begun ??= begin();
  });

  // A link to a state, followed here or from elsewhere.
  function follow() {
    if (inHash() === null) return;
    const place = document.querySelector(".playground-place");
    models.get(place)?.follow();
    place.tabIndex = -1;
    place.scrollIntoView();
    if (models.has(place)) place.focus({ preventScroll: true });
    else place.querySelector("button")?.focus({ preventScroll: true });
  }
  addEventListener("hashchange", follow);
  // The address stays when a link is followed for the second time.
  document.addEventListener("click", (event) => {
    if (event.target.closest("a")?.href === location.href) follow();
  });
  follow();
})();
