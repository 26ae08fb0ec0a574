// Makes the code of a cell a text field: what is typed lies, unseen, over the same text in the page's colours.

// -- colours: the classes that Pygments gives ------------------------------------------------------------------------

const set = (words) => new Set(words.split(" "));
const KEYWORDS = set("assert async await break continue del elif else except finally for global if lambda nonlocal pass raise return try while yield with as def class");
const CONSTANTS = set("True False None");
const WORDS = set("and or not in is");
const BUILTINS = set("abs aiter all any anext ascii bin bool bytearray breakpoint bytes callable chr classmethod compile complex delattr dict dir divmod enumerate eval filter float format frozenset getattr globals hasattr hash hex id input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip __import__");
const PSEUDO = set("self cls Ellipsis");
const EXCEPTIONS = set("ArithmeticError AssertionError AttributeError BaseException BufferError DeprecationWarning EOFError Exception FileNotFoundError FloatingPointError FutureWarning GeneratorExit ImportError IndexError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError OSError OverflowError RecursionError RuntimeError RuntimeWarning StopIteration SyntaxError SystemExit TimeoutError TypeError UnicodeError UserWarning ValueError Warning ZeroDivisionError");
const MAGIC = set("__annotations__ __class__ __code__ __defaults__ __dict__ __doc__ __file__ __func__ __globals__ __members__ __module__ __mro__ __name__ __objclass__ __qualname__ __self__ __slots__ __wrapped__");
const TOKEN = new RegExp([
  String.raw`(?<comment>#[^\n]*)`,
  String.raw`(?<string>(?<prefix>[rRbBfFuU]{0,2})(?<quote>"""|'''|"|'))`,
  String.raw`(?<number>0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?)`,
  String.raw`(?<name>[\p{L}_][\p{L}\p{N}_]*)`,
  String.raw`(?<dots>\.\.\.)`,
  String.raw`(?<operator>!=|->|[-~+/*%=<>&^|.@!]+?)`,
  String.raw`(?<punctuation>[[\]{}():,;` + "`" + String.raw`\\])`,
  String.raw`(?<space>\s+)`,
  String.raw`(?<other>[^])`,
].join("|"), "uy");

// [text, class] of each piece; of what has no colour, the class is "".
export function tokens(code) {
  const found = [];
  let at = 0;
  const put = (text, kind) => text && found.push([text, kind]);

  // A string from its quotation mark on; within an f-string the expressions are code.
  function string(quote, isF, isRaw) {
    const kind = quote.startsWith("'") ? "s1" : "s2";
    let begin = at;
    at += quote.length;
    while (at < code.length) {
      if (code.startsWith(quote, at)) { at += quote.length; break; }
      if (quote.length === 1 && code[at] === "\n") break; // it is not closed
      if (code[at] === "\\" && !(isRaw && isF && "{}".includes(code[at + 1]))) at += 2;
      else if (isF && code.startsWith("{{", at)) at += 2;
      else if (isF && code[at] === "{") {
        put(code.slice(begin, at), kind);
        put(code[at++], "si");
        expression(quote, kind);
        begin = at;
      } else at++;
    }
    at = Math.min(at, code.length);
    put(code.slice(begin, at), kind);
  }
  function expression(quote, kind) {
    let depth = 0;
    while (at < code.length) {
      if (!depth && code[at] === "}") return put(code[at++], "si");
      if (!depth && (code[at] === ":" || (code[at] === "!" && code[at + 1] !== "="))) { // how it is to be written
        let begin = at;
        while (at < code.length && code[at] !== "}" && code[at] !== "\n" && !code.startsWith(quote, at)) {
          if (code[at] === "{") {
            put(code.slice(begin, at), "si");
            put(code[at++], "si");
            expression(quote, kind);
            begin = at;
          } else at++;
        }
        put(code.slice(begin, at), "si");
        if (code[at] !== "}") return;
        continue;
      }
      if (code.startsWith(quote, at) || (quote.length === 1 && code[at] === "\n")) return; // it is not closed
      if ("([{".includes(code[at])) depth++;
      if (")]}".includes(code[at])) depth--;
      one();
    }
  }

  let before = ""; // def, class, import, from or .
  let isImport = false;
  let lineStart = true;
  function one() {
    TOKEN.lastIndex = at;
    const { 0: text, groups } = TOKEN.exec(code);
    if (groups.string !== undefined) {
      put(groups.prefix, "sa");
      at += groups.prefix.length;
      string(groups.quote, /f/i.test(groups.prefix), /r/i.test(groups.prefix));
      before = "";
      lineStart = false;
      return;
    }
    at += text.length;
    if (groups.space !== undefined) {
      put(text, "");
      if (text.includes("\n")) { lineStart = true; isImport &&= open > 0; }
      return;
    }
    if (groups.comment !== undefined) return put(text, "c1");
    if (groups.number !== undefined) put(text, /^0[xX]/.test(text) ? "mh" : /[.eEjJ]/.test(text) ? "mf" : "mi");
    else if (groups.name !== undefined) put(text, kindOf(text));
    else if (text === "@" && lineStart && !open) {
      const name = /^[\p{L}_][\p{L}\p{N}_.]*/u.exec(code.slice(at))?.[0] ?? "";
      at += name.length;
      put(text + name, "nd");
    } else if (groups.punctuation !== undefined) {
      put(text, "p");
      if ("([{".includes(text)) open++;
      if (")]}".includes(text)) open = Math.max(0, open - 1);
    } else put(text, groups.other !== undefined ? "" : isImport && text === "." ? "nn" : "o");
    if (groups.name === undefined) before = text === "." ? "." : "";
    lineStart = false;
  }
  let open = 0;
  function kindOf(name) {
    const after = before;
    before = "";
    if (name === "import" || (name === "from" && lineStart)) {
      isImport = true;
      before = name;
      return "kn";
    }
    if (MAGIC.has(name)) return "vm";
    if (/^__(?:add|radd|sub|rsub|mul|rmul|truediv|rtruediv|pow|neg|abs|matmul|call|init|repr|str|len|iter|next|getitem|setitem|contains|eq|lt|enter|exit|array|hash|new|post_init)__$/.test(name)) return "fm";
    if (after === ".") return "n";
    if (after === "def") return "nf";
    if (after === "class") return "nc";
    if (name === "def" || name === "class") before = name;
    if (after === "import" || after === "from") return "nn";
    if (KEYWORDS.has(name)) return "k";
    if (CONSTANTS.has(name)) return "kc";
    if (WORDS.has(name)) return "ow";
    if (isImport) return "n";
    if (PSEUDO.has(name)) return "bp";
    if (BUILTINS.has(name)) return "nb";
    if (EXCEPTIONS.has(name)) return "ne";
    return "n";
  }
  while (at < code.length) one();
  return found;
}

export function colour(pre, code) {
  pre.replaceChildren(...tokens(code).map(([text, kind]) => (
    kind ? Object.assign(document.createElement("span"), { className: kind, textContent: text }) : text)), "\n");
}

// -- the field -------------------------------------------------------------------------------------------------------

const INDENT = "    ";

// Typed in, so that the browser's undo has it.
function type(field, text) {
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }
}
function replace(field, from, to, text) {
  field.setSelectionRange(from, to);
  if (text) type(field, text);
  else if (from < to) document.execCommand("delete") || type(field, "");
}

// Moves the lines of the selection in or out.
function shift(field, out) {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const start = value.lastIndexOf("\n", from - 1) + 1;
  const end = to > from && value[to - 1] === "\n" ? to - 1 : to;
  const old = value.slice(start, end);
  const lines = old.split("\n").map((line) => (out ? line.replace(/^ {1,4}/, "") : line && INDENT + line));
  const text = lines.join("\n");
  if (text === old) return;
  const first = lines[0].length - old.split("\n")[0].length;
  replace(field, start, end, text);
  field.setSelectionRange(Math.max(start, from + first), to + text.length - old.length);
}

function newLine(field) {
  const { value, selectionStart: at } = field;
  const line = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
  const indent = /^ */.exec(line)[0];
  type(field, `\n${indent}${/:\s*(#.*)?$/.test(line) ? INDENT : ""}`);
}

// Puts a field over the code; `keys` has what Ctrl-Enter and Shift-Enter do. Esc lets the next Tab leave the field.
export function edit(pre, code, { label, help, changed, run, runAndGoOn }) {
  const field = document.createElement("textarea");
  Object.assign(field, { value: code, rows: 1, spellcheck: false, autocomplete: "off", className: "python-field" });
  for (const [name, value] of [["autocapitalize", "off"], ["autocorrect", "off"], ["wrap", "off"], ["aria-label", label], ["aria-describedby", help]]) {
    field.setAttribute(name, value);
  }
  const box = document.createElement("div");
  box.className = "python-editor";
  pre.replaceWith(box);
  const lines = document.createElement("div"); // their numbers, in the margin of the field that is written in
  lines.className = "python-lines";
  lines.setAttribute("aria-hidden", "true");
  box.append(pre, lines, field);
  pre.setAttribute("aria-hidden", "true"); // the field says the same

  let isSeen = false; // a folded cell is coloured when it is opened
  let leaves = false;
  const draw = () => {
    if (isSeen) colour(pre, field.value);
    else pre.textContent = `${field.value}\n`;
    lines.textContent = field.value.split("\n").map((_, k) => k + 1).join("\n");
  };
  const show = () => {
    if (isSeen) return;
    isSeen = true;
    delete pre.dataset.colours;
    draw();
  };
  const fold = pre.closest("details");
  if (fold && !fold.open) {
    delete pre.dataset.colours;
    draw();
    fold.addEventListener("toggle", show);
  } else show();

  field.addEventListener("input", () => { draw(); changed(); });
  field.addEventListener("blur", () => { leaves = false; });
  field.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    if (event.isComposing) return;
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) run();
    else if (key === "Enter" && shiftKey) runAndGoOn();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (key === "Tab" && !leaves) {
      if (shiftKey || field.value.slice(field.selectionStart, field.selectionEnd).includes("\n")) shift(field, shiftKey);
      else {
        const column = field.selectionStart - field.value.lastIndexOf("\n", field.selectionStart - 1) - 1;
        type(field, INDENT.slice(column % 4));
      }
    } else if (key === "Enter") newLine(field);
    else if (key === "Backspace" && field.selectionStart === field.selectionEnd) {
      const { selectionStart: at, value } = field;
      const line = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
      if (!/^ +$/.test(line) || line.length % 4) return;
      replace(field, at - 4, at, "");
    } else {
      if (key !== "Shift") leaves = key === "Escape";
      return;
    }
    event.preventDefault();
  });

  return {
    field,
    get code() { return field.value; },
    // As if it were typed: undo brings back what was there.
    set code(text) {
      if (text === field.value) return;
      const focused = document.activeElement;
      field.focus({ preventScroll: true });
      replace(field, 0, field.value.length, text);
      if (field.value !== text) { field.value = text; draw(); changed(); }
      focused?.focus({ preventScroll: true });
    },
  };
}
