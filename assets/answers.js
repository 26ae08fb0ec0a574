// Checks the exercises of a page, and keeps on this device what its reader did: answers, choices in the quiz,
// predictions, positions of sliders. A page has one key of localStorage; each page marks the chapters that are done.
(() => {
  "use strict";

  // -- what is kept ------------------------------------------------------------------------------------------------

  const ROOT = new URL("..", document.currentScript.src).href;
  const KEY = "bplib:"; // other books may share the origin
  const nameOf = (href) => href.replace(/[?#].*/, "").slice(ROOT.length).replace(/\.html$/, "") || "index";
  const PAGE = nameOf(location.href);

  let clearing = false; // then leaving the page keeps nothing
  // Where something else wrote under the key, there is nothing.
  function kept(page) {
    try { return Object(JSON.parse(localStorage.getItem(KEY + page))); } catch { return {}; }
  }
  const words = document.createElement("div"); // above the buttons at the end of the page
  // Whether it could be kept is answered.
  function keep(change) {
    if (clearing) return true;
    const all = kept(PAGE); // anew: the page may be open twice
    change(all);
    all.title = document.title.split(" — ")[0];
    // A function that an exercise asks for counts once it was tried, with Python in the page.
    const functions = Object.entries(all.exercises ?? {}).filter(([id]) => !document.getElementById(id));
    if (questions.length) all.done = questions.every((question) => question.isRight()) && functions.every(([, { said }]) => said === "Right.");
    try { localStorage.setItem(KEY + PAGE, JSON.stringify(all)); } catch {
      words.textContent = "This browser has no room left, and has not kept what you did last: export your answers before you leave the page.";
      return false;
    }
    mark();
    return true;
  }
  const pages = () => Object.keys(localStorage).filter((key) => key.startsWith(KEY)).map((key) => key.slice(KEY.length));

  function mark() {
    for (const link of document.querySelectorAll(".bd-links a[href]")) {
      link.querySelector(".answers-done")?.remove();
      if (!kept(nameOf(link.href)).done) continue;
      const sign = Object.assign(document.createElement("span"), { className: "answers-done", textContent: "✓" });
      sign.setAttribute("role", "img");
      sign.setAttribute("aria-label", "done");
      link.append(" ", sign);
    }
  }

  // -- reading numbers ---------------------------------------------------------------------------------------------

  // One number: 0.25, 1/4, −3, 2·10⁻⁶, 2π, e^2.
  function number(text) {
    let [, sign, rest] = /^([+-]?)(.*)$/.exec(text);
    let value = 1, divide = false;
    for (let apart = true; rest || apart; ) {
      const factor = /^(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|pi|π|e)(?:\^([+-]?\d+\.?\d*))?([*/]?)/i.exec(rest);
      if (!factor || !(apart || /^[pπe]/i.test(factor[1]))) return NaN; // 2π is a product, 0.1.2 is nothing
      const [all, base, power, next] = factor;
      const found = (/^(pi|π)$/i.test(base) ? Math.PI : /^e$/i.test(base) ? Math.E : +base) ** (power ?? 1);
      value = divide ? value / found : value * found;
      divide = next === "/";
      apart = Boolean(next);
      rest = rest.slice(all.length);
    }
    return sign === "-" ? -value : value;
  }

  // A list of numbers, or of lists that are alike: { numbers, shape }, or null.
  function list(text) {
    const stack = [[]];
    for (const token of text.match(/[[\]]|[^[\],\s]+/g) ?? []) {
      if (token === "[") stack.push([]);
      else if (token !== "]") {
        const value = number(token);
        if (!Number.isFinite(value)) return null;
        stack.at(-1).push({ numbers: [value], shape: [] });
      } else {
        if (stack.length < 2) return null;
        const inner = joined(stack.pop());
        if (!inner) return null;
        stack.at(-1).push(inner);
      }
    }
    const [outer] = stack;
    if (stack.length > 1 || !outer.length) return null;
    return outer.length === 1 ? outer[0] : joined(outer);
  }
  function joined(parts) {
    if (!parts.length || parts.some((part) => String(part.shape) !== String(parts[0].shape))) return null;
    return { numbers: parts.flatMap((part) => part.numbers), shape: [parts.length, ...parts[0].shape] };
  }

  // What a reader's text may mean: a comma is in a number or between numbers, a line is a row or is not.
  function readings(text) {
    text = text.replace(/[−–]/g, "-").replace(/[·×]|(?<=\d)\s*\*\*?\s*(?=\d)/g, "*").replace(/[({]/g, "[").replace(/[)}]/g, "]")
      .replace(/[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (power) => `^${[...power].map((d) => "0123456789-+"["⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺".indexOf(d)]).join("")}`)
      .replace(/[\p{L}_][\w₀-₉′]*\s*=\s*/gu, "").replace(/[^\S\n]*([*/^])\s*/g, "$1").replace(/([+-])[^\S\n]+(?=[\d.πpe])/g, "$1").trim();
    const inner = /^\[([^[\]]*)\]$/.exec(text)?.[1] ?? text;
    const rows = /[[\]]/.test(inner) ? [] : inner.split(/[;\n]/).filter((row) => row.trim());
    const asRows = rows.length > 1 ? [`[${rows.join("][")}]`] : [];
    const ways = [];
    for (const way of [...asRows, inner.replace(/[;\n]/g, ", ")]) {
      ways.push(way, way.replace(/(?<![.\d])(\d*),(?=\d+(?![.\d]))/g, "$1."), way.replace(/(?<=\d)[, '’](?=\d{3}(?!\d))/g, ""));
    }
    return [...new Set(ways)].map(list).filter(Boolean);
  }

  // -- exercises ---------------------------------------------------------------------------------------------------

  // As Python writes a shape.
  const written = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

  // What bplib.exercises says of these numbers; `rank` is lower the more is known of them.
  function judged(said, { numbers, shape }) {
    const text = written(shape);
    const near = ([, wanted, slack]) =>
      numbers.length === wanted.length && numbers.every((x, i) => Math.abs(x - wanted[i]) <= slack[i]);
    const fits = ([, , , k]) => said.shapes[k].includes(text);
    const rank = said.known.findIndex((entry) => fits(entry) && near(entry));
    if (rank >= 0) return { rank, text: said.known[rank][0] };
    if (fits(said.known[0])) return { rank: 1e3, text: said.other };
    return { rank: 1e4, text: (near(said.known[0]) ? said.reshaped : said.misshaped).replace("{got}", text) };
  }
  function verdict(said, answer) {
    if (!answer.trim()) return "Write your answer in the field first.";
    const all = readings(answer).map((reading) => judged(said, reading));
    return all.length ? all.reduce((best, next) => (next.rank < best.rank ? next : best)).text : said.unread;
  }
  // bplib.exercises hides it from readers of the page's source.
  const shown = (text) => text.replace(/[!-~]/g, (sign) => String.fromCharCode(33 + ((sign.charCodeAt(0) + 14) % 94)));

  // The number that stands before the task.
  function numberOf(form) {
    let place = form.closest(".cell") ?? form;
    while ((place = place.previousElementSibling)) {
      const found = /^\d+\.$/.exec(place.querySelector(":scope > strong:first-child")?.textContent ?? "");
      if (found) return parseInt(found[0], 10);
    }
    return "";
  }

  function exercise(form) {
    const said = JSON.parse(shown(form.dataset.said));
    const field = form.querySelector("input, textarea"), told = form.querySelector("output");
    const isRight = () => told.textContent === said.known[0][0];
    const tell = (text) => {
      told.textContent = text;
      told.classList.toggle("verdict-right", isRight());
      told.classList.toggle("verdict-wrong", text.startsWith("Not yet"));
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = verdict(said, field.value);
      if (told.textContent === text) told.textContent = ""; // so that it is read out again
      requestAnimationFrame(() => {
        tell(text);
        if (!field.value.trim()) return;
        keep((all) => {
          const before = (all.exercises ??= {})[form.id];
          const tries = (before?.tries ?? 0) + (before?.answer !== field.value);
          const question = `Exercise ${numberOf(form)}. ${form.querySelector("label").textContent}`;
          all.exercises[form.id] = { question, answer: field.value, said: text, tries };
        });
      });
    });
    field.addEventListener("input", () => told.textContent && tell(""));
    const before = kept(PAGE).exercises?.[form.id];
    if (before) {
      field.value = before.answer;
      tell(verdict(said, before.answer));
    }
    return { isRight };
  }

  // -- the quiz, which answers by itself ----------------------------------------------------------------------------

  const UNREAD = "This cannot be read as a number. Write it as 0.75, 3/4 or 7.5e-1.";
  const HOW = "For example 0.75, 3/4 or 7.5e-1. It is checked when you press Enter or leave the field.";

  // Reads a number as the exercises do; the field's pattern judges it. Answers how to judge what stands in the field.
  function numberField(input) {
    const probe = input.cloneNode();
    input.removeAttribute("pattern"); // or what the pattern alone does not read would stay wrong
    input.parentNode.querySelector(".quiz-how").textContent = HOW;
    const fits = (text) => {
      probe.value = text;
      return probe.checkValidity();
    };
    const wrong = input.parentNode.querySelector(".quiz-wrong"), hint = [...wrong.childNodes];
    const judge = () => {
      const read = readings(input.value).filter(({ numbers }) => numbers.length === 1).map(({ numbers }) => numbers[0].toFixed(12));
      const right = [input.value, ...read].some(fits);
      input.setCustomValidity(right ? "" : "not right");
      const unread = !right && !read.length;
      wrong.classList.toggle("quiz-unread", unread);
      wrong.replaceChildren(...(unread ? [UNREAD] : hint));
    };
    const tell = () => input.classList.add("quiz-told");
    input.addEventListener("input", () => {
      input.classList.remove("quiz-told");
      judge();
    });
    input.addEventListener("blur", tell); // it stays when the reader comes back, and is not read out again
    input.addEventListener("keydown", ({ key, isComposing }) => key === "Enter" && !isComposing && tell());
    return judge;
  }

  function quiz(field) {
    const inputs = [...field.querySelectorAll("input")];
    const id = inputs[0].name || inputs[0].id;
    const chosen = () => inputs.find((input) => (input.type === "radio" ? input.checked : input.value.trim()));
    const feedback = (input) => {
      const block = input.parentNode.querySelector(".quiz-feedback");
      return input.type === "radio" ? block : block.querySelector(input.checkValidity() ? ".quiz-right" : ".quiz-wrong");
    };
    const isRight = () => {
      const input = chosen();
      return Boolean(input) && (input.type === "radio" ? feedback(input).textContent.startsWith("Right") : input.checkValidity());
    };
    const before = kept(PAGE).quiz?.[id];
    for (const span of field.querySelectorAll(".quiz-feedback > span")) {
      span.classList.add(span.textContent.startsWith("Right") ? "quiz-right" : "quiz-wrong");
    }
    for (const input of inputs) {
      const judge = input.type === "text" ? numberField(input) : () => {};
      if (before && input.type === "radio") input.checked = input.parentNode.querySelector("label").textContent === before.answer;
      else if (before) input.value = before.answer;
      judge();
      input.addEventListener("change", () => keep((all) => {
        const answer = input.type === "radio" ? input.parentNode.querySelector("label").textContent : input.value;
        (all.quiz ??= {})[id] = { question: field.querySelector("legend").textContent, answer, said: chosen() ? feedback(input).textContent : "" };
      }));
    }
    return { isRight };
  }

  // -- explorers ---------------------------------------------------------------------------------------------------

  // As its reader left it, where it still asks the same.
  function recall(figure) {
    const { positions = {}, predictions: { [figure.id]: said } = {} } = kept(PAGE);
    if (said && said.question === figure.querySelector(".explorer-question legend")?.textContent) window.explorers.predict(figure, said.answer);
    if (positions[figure.id]) window.explorers.move(figure, positions[figure.id]);
  }
  const linked = new URLSearchParams(location.hash.slice(1)).get("explorer");
  for (const figure of window.explorers?.figures ?? []) if (figure.id !== linked) recall(figure);
  // Python in the page may draw others, and load what moves them.
  document.addEventListener("drawn", ({ target }) => recall(target));
  document.addEventListener("predicted", ({ target, detail }) => keep((now) => { (now.predictions ??= {})[target.id] = detail; }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" || !window.explorers) return;
    const { positions = {} } = kept(PAGE);
    const now = { ...positions }; // those that are not drawn yet, too
    for (const figure of window.explorers.figures) {
      now[figure.id] = window.explorers.position(figure) ?? undefined;
    }
    if (JSON.stringify(now) !== JSON.stringify(positions)) keep((page) => { page.positions = now; });
  });

  // For Python in the page, which keeps its changes and what it says of functions with the answers.
  window.answers = { kept: () => kept(PAGE), keep, numberOf };

  // -- to give away, and to clear ----------------------------------------------------------------------------------

  function table() {
    const rows = [["page", "kind", "question", "answer", "what was said", "tries"]];
    for (const page of pages().sort()) {
      const { title = page, exercises = {}, quiz = {}, predictions = {} } = kept(page);
      for (const [kind, all] of Object.entries({ exercise: exercises, quiz, prediction: predictions })) {
        for (const { question, answer, said = "", tries = "" } of Object.values(all)) {
          if (answer) rows.push([title, kind, question, answer, said, tries]);
        }
      }
    }
    // A program for tables would take what opens with one of these signs for a formula.
    const safe = (text) => (/^[=@\t\r]|^[+-](?![\d\s.,;]*$)/.test(text) ? `'${text}` : text);
    return rows.map((row) => row.map((cell) => `"${safe(String(cell ?? "")).replaceAll('"', '""')}"`).join(",")).join("\r\n");
  }
  function save() {
    const file = new Blob(["\ufeff", table(), "\r\n"], { type: "text/csv" });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "my-answers.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
  function clear(names, question) {
    if (!confirm(question)) return;
    clearing = true;
    for (const name of names) localStorage.removeItem(KEY + name);
    location.reload();
  }
  function bar() {
    const place = [...document.querySelectorAll("form.exercise, div.quiz")].at(-1);
    if (!place) return;
    const section = Object.assign(document.createElement("section"), { className: "answers" });
    section.setAttribute("aria-label", "Your answers");
    words.setAttribute("role", "status");
    words.textContent = localStorage.refused
      ? "This browser keeps nothing: export your answers before you leave the page."
      : "Your answers, predictions and the positions of the sliders are kept in this browser, and nowhere else.";
    section.append(words);
    for (const [text, act] of [
      ["Export my answers", save],
      ["Clear this page", () => clear([PAGE], "Clear what you did on this page?")],
      ["Clear all pages", () => clear(pages(), "Clear what you did on all pages of this book?")],
    ]) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
      button.addEventListener("click", act);
      section.append(button);
    }
    (place.closest(".cell") ?? place).after(section);
  }

  const questions = [
    ...[...document.querySelectorAll("form.exercise")].map(exercise),
    ...[...document.querySelectorAll("div.quiz fieldset")].map(quiz),
  ];
  bar();
  mark();
})();
