"use strict";
(() => {
  const data = JSON.parse(document.getElementById("rainscope-report").textContent);
  const { texts, steps, completions } = data;
  const withText = data.text === "included";
  const main = document.getElementById("report");
  const ROW = 28;

  // Everything is built from text: nothing of the data is ever read as HTML.
  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== undefined && child !== null));
    return made;
  };
  const draw = (name, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const escaped = (key) => String(key).replace(/~/g, "~0").replace(/\//g, "~1");
  const parse = (text) => { try { return JSON.parse(text); } catch { return undefined; } };

  // ---- what a list needs of each completion
  const events = completions.map((one) => {
    const body = one.request && parse(one.request.body);
    return Array.isArray(body) ? body[0] : body;
  });
  const numberAt = (event, key) => {
    const value = event && event.properties && event.properties[key];
    return typeof value === "number" && isFinite(value) ? value : undefined;
  };
  const SEVERITY = { error: 3, warning: 2, info: 1 };
  const SYMBOL = { error: "✗", warning: "⚠", info: "ℹ" };
  const items = completions.map((one, index) => {
    const event = events[index];
    const worst = one.findings.reduce((worst, finding) => Math.max(worst, SEVERITY[texts[finding[1]]] || 0), 0);
    const model = String((event && event.ai_data && event.ai_data.model) || "");
    const user = String((event && event.user_id) || "");
    return {
      index, name: one.name, model, user,
      cost: numberAt(event, "total_cost"), tokens: numberAt(event, "total_tokens"), duration: numberAt(event, "duration_ms"),
      findings: one.findings.length, worst, codes: new Set(one.findings.map((finding) => finding[0])),
      words: [one.name, one.place, one.no_event, one.request && one.request.body].filter(Boolean).join("\n").toLowerCase(),
    };
  });

  // ---- state
  const state = { query: "", code: undefined, sort: undefined, down: false, shown: items, at: 0, open: 0, privacy: true };

  // ---- the overview
  const amount = {
    cost: (value) => "$" + (value >= 0.01 || value === 0 ? value.toFixed(2) : value.toPrecision(2)),
    tokens: (value) => value.toLocaleString("en"),
    duration: (value) => (value >= 1000 ? (value / 1000).toFixed(1) + " s" : Math.round(value) + " ms"),
  };
  const TITLES = { cost: "Cost", tokens: "Tokens", duration: "Duration" };
  const BINS = 16;
  const chart = (key) => {
    const values = state.shown.map((item) => item[key]).filter((value) => value !== undefined && value >= 0);
    const unknown = state.shown.length - values.length;
    const figure = make("figure", {});
    if (!values.length) {
      figure.append(make("figcaption", {}, `${TITLES[key]}: known of none`));
      return figure;
    }
    const sorted = values.slice().sort((a, b) => a - b);
    const scale = (value) => Math.log10(value + (key === "cost" ? 1e-7 : 1));
    const [low, high] = [scale(sorted[0]), scale(sorted[sorted.length - 1])];
    const bins = new Array(BINS).fill(0);
    for (const value of values) {
      const at = high > low ? Math.floor(((scale(value) - low) / (high - low)) * BINS) : 0;
      bins[Math.min(BINS - 1, at)] += 1;
    }
    const most = Math.max(...bins);
    const median = sorted[Math.floor((sorted.length - 1) / 2)];
    const says = `${TITLES[key]}: median ${amount[key](median)}, from ${amount[key](sorted[0])} to ${amount[key](sorted[sorted.length - 1])}`;
    const picture = draw("svg", { viewBox: `0 0 ${BINS * 10} 50`, preserveAspectRatio: "none", role: "img", "aria-label": says });
    bins.forEach((count, index) => {
      const height = count ? Math.max(1, (count / most) * 48) : 0;
      picture.append(draw("rect", { x: index * 10 + 1, y: 50 - height, width: 8, height }));
    });
    const rest = unknown ? ` · unknown of ${unknown}` : "";
    figure.append(
      make("figcaption", {}, `${TITLES[key]} · median ${amount[key](median)}${rest}`), picture,
      make("div", { class: "ends", "aria-hidden": "true" }, make("span", {}, amount[key](sorted[0])), make("span", {}, amount[key](sorted[sorted.length - 1]))));
    return figure;
  };

  const charts = make("div", { class: "charts" });
  const codes = make("div", { class: "codes", role: "group", "aria-label": "Findings; choose one to filter by it" });
  const count = make("span", { role: "status", class: "quiet" });
  const rows = make("div", { class: "rows", role: "presentation" });
  const list = make("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": "Completions" }, rows);
  const codesOf = new Map();
  for (const item of items) for (const code of item.codes) codesOf.set(code, (codesOf.get(code) || 0) + 1);
  for (const [code, found] of [...codesOf].sort((a, b) => b[1] - a[1])) {
    codes.append(make("button", {
      type: "button", "aria-pressed": "false", "data-code": code,
      onclick: () => { state.code = state.code === code ? undefined : code; filter(); },
    }, `${texts[code]} ${found}`));
  }

  const filter = () => {
    const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
    state.shown = items.filter((item) =>
      (state.code === undefined || item.codes.has(state.code)) && words.every((word) => item.words.includes(word)));
    if (state.sort) {
      const key = state.sort;
      const order = (a, b) => {
        const [left, right] = [a[key], b[key]];
        if (left === right) return a.index - b.index;
        if (left === undefined) return 1;
        if (right === undefined) return -1;
        return (left < right ? -1 : 1) * (state.down ? -1 : 1);
      };
      state.shown = state.shown.slice().sort(order);
    }
    state.at = Math.max(0, state.shown.findIndex((item) => item.index === state.open));
    for (const button of codes.children) button.setAttribute("aria-pressed", String(Number(button.dataset.code) === state.code));
    count.textContent = state.shown.length === items.length ? `${items.length} completions` : `${state.shown.length} of ${items.length} completions`;
    charts.replaceChildren(chart("cost"), chart("tokens"), chart("duration"));
    list.scrollTop = 0;
    fill(true);
    show();
  };

  const shownText = (key, value) => (value === undefined ? "" : amount[key](value));
  const line = (item, position) => {
    const is = state.at === position;
    const mark = item.findings ? `${["", SYMBOL.info, SYMBOL.warning, SYMBOL.error][item.worst]} ${item.findings}` : "";
    return make("div", {
      class: "item", role: "option", id: `item-${position}`, "aria-selected": String(is),
      "aria-setsize": state.shown.length, "aria-posinset": position + 1,
      onclick: () => choose(position), "data-at": position,
    },
      make("span", { title: item.name }, item.name || "(no name)"), make("span", {}, item.model || "no event"),
      make("span", { class: "optional" }, item.user),
      make("span", { class: "right optional" }, shownText("cost", item.cost)),
      make("span", { class: "right optional" }, shownText("tokens", item.tokens)),
      make("span", { class: "right optional" }, shownText("duration", item.duration)), make("span", { class: "right" }, mark));
  };
  let drawn = "";
  const fill = (again) => {
    const from = Math.max(0, Math.floor(list.scrollTop / ROW) - 10);
    const to = Math.min(state.shown.length, from + Math.ceil((list.clientHeight || 560) / ROW) + 20);
    const now = `${from}-${to}`;
    if (!again && now === drawn) return;
    drawn = now;
    rows.style.height = `${state.shown.length * ROW}px`;
    rows.replaceChildren(...state.shown.slice(from, to).map((item, index) => {
      const made = line(item, from + index);
      made.style.top = `${(from + index) * ROW}px`;
      return made;
    }));
    if (state.shown.length) list.setAttribute("aria-activedescendant", `item-${state.at}`);
    else list.removeAttribute("aria-activedescendant");
  };
  const choose = (position) => {
    state.at = Math.max(0, Math.min(state.shown.length - 1, position));
    const top = state.at * ROW;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
    fill(true);
    show();
  };
  list.addEventListener("scroll", () => fill(false));
  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
    const to = { ArrowDown: state.at + 1, ArrowUp: state.at - 1, PageDown: state.at + page, PageUp: state.at - page, Home: 0, End: state.shown.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
  });

  // ---- one completion
  const detail = make("section", { "aria-label": "The completion" });
  const told = make("p", { class: "told", role: "status" });

  const spelled = (value, pointer, numbers) =>
    typeof value === "number" ? (numbers && numbers[pointer]) || String(value) : JSON.stringify(value);
  const MOST = 3000;
  // The rows of a JSON value: containers as a line of their own, then what is in them.
  const flat = (value, numbers) => {
    const out = [];
    const walk = (value, key, pointer, depth) => {
      if (out.length >= MOST) return;
      if (value !== null && typeof value === "object") {
        const entries = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
        if (depth >= 0) out.push({ key, pointer, depth, text: Array.isArray(value) ? `[${entries.length}]` : entries.length ? "" : "{}", kind: "container" });
        for (const [key, item] of entries) walk(item, key, `${pointer}/${escaped(key)}`, depth + 1);
      } else {
        out.push({ key, pointer, depth, text: spelled(value, pointer, numbers), kind: typeof value === "number" ? "number" : typeof value === "string" ? "string" : "word" });
      }
    };
    walk(value, "", "", -1);
    return out;
  };

  const tree = (label, rows, onrow) => {
    const box = make("div", { class: "tree", role: "list", "aria-label": label });
    const byPointer = new Map();
    rows.forEach((row, index) => {
      const made = make("div", { class: row.gone ? "row gone" : "row", role: "listitem", tabindex: index === 0 ? "0" : "-1" },
        make("span", {}, "  ".repeat(Math.max(0, row.depth))), make("span", { class: "key" }, String(row.key)),
        row.text ? make("span", { class: `value ${row.kind}` }, ` ${row.text}`) : undefined,
        row.note ? make("span", { class: "fate" }, `  ${row.note}`) : undefined);
      made.addEventListener("mouseenter", () => onrow(row));
      made.addEventListener("focus", () => onrow(row));
      byPointer.set(row.pointer, made);
      box.append(made);
    });
    box.addEventListener("keydown", (event) => {
      const all = [...box.children];
      const at = all.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (at < 0 || to === undefined || !all[to]) return;
      event.preventDefault();
      all[at].setAttribute("tabindex", "-1");
      all[to].setAttribute("tabindex", "0");
      all[to].focus();
    });
    return { box, byPointer };
  };

  const show = () => {
    const item = state.shown[state.at];
    if (!item) { detail.replaceChildren(make("p", {}, "No completion matches.")); return; }
    state.open = item.index;
    const one = completions[item.index];
    const isPrivate = state.privacy || !one.request_with_text;
    const request = isPrivate ? one.request : one.request_with_text;
    const heading = `The request with privacy mode ${isPrivate ? "on" : "off"}`;
    told.textContent = "Point at a row, or move to one with the arrow keys, to see where it came from or where it went.";

    const fates = new Map(one.fates.map(([at, word, says]) => [texts[at], { word: texts[word], says: texts[says] }]));
    const from = new Map();
    const into = new Map();
    for (const [at, step, sources, edited] of one.from || []) {
      const origin = { step: steps[step], sources: sources.map((source) => texts[source]), edited: Boolean(edited) };
      from.set(texts[at], origin);
      for (const source of origin.sources) into.set(source, [...(into.get(source) || []), texts[at]]);
    }
    const kept = new Map(one.kept_back || []);

    const left = flat(one.sample, one.numbers).map((row) => {
      const fate = fates.get(row.pointer);
      return { ...row, note: into.has(row.pointer) ? "●" : fate && row.kind !== "container" ? "∅" : "" };
    });
    let right = [];
    if (request) {
      const body = parse(request.body);
      const numbers = request.numbers || {};
      const inArray = Array.isArray(body);
      const own = {};
      for (const [pointer, number] of Object.entries(numbers)) own[inArray ? pointer.replace(/^\/0/, "") : pointer] = number;
      right = flat(inArray ? body[0] : body, own);
      // What privacy mode keeps back stays in its place, struck through.
      if (request === one.request && kept.size) {
        const at = right.findIndex((row) => row.pointer === "/ai_data");
        const ghosts = [...kept].map(([pointer, length]) => ({
          key: pointer.split("/").pop(), pointer, depth: 1, text: `${length} characters`, kind: "string", gone: true, note: "kept back by privacy mode",
        }));
        if (at >= 0) right.splice(at + 1, 0, ...ghosts);
        else right.push({ key: "ai_data", pointer: "/ai_data", depth: 0, text: "", kind: "container" }, ...ghosts);
      }
    }

    let panes;
    const light = (pointers, tree) => {
      for (const row of panes[tree].box.querySelectorAll(".lit")) row.classList.remove("lit");
      let first;
      for (const pointer of pointers) {
        const row = panes[tree].byPointer.get(pointer);
        if (row) { row.classList.add("lit"); first = first || row; }
      }
      if (first) {
        const box = panes[tree].box;
        const top = first.offsetTop;
        if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 24) box.scrollTop = Math.max(0, top - box.clientHeight / 2);
      }
    };
    const tellEvent = (row) => {
      const origin = from.get(row.pointer);
      light(origin ? origin.sources : [], "source");
      light([row.pointer], "event");
      if (!origin) {
        const inside = [...from.keys()].filter((pointer) => pointer.startsWith(`${row.pointer}/`)).length;
        told.textContent = `${row.pointer} · ${inside === 1 ? "1 field" : `${inside} fields`}`;
        return;
      }
      const [step, words, confidence] = origin.step;
      const sources = origin.sources.length ? ` ◂ ${origin.sources.join(", ")}` : "";
      told.textContent = `${row.pointer}${sources} · ${words}${origin.edited ? " (edited)" : ""} · ${confidence} · rule ${step}${row.gone ? " · kept back by privacy mode" : ""}`;
    };
    const tellSource = (row) => {
      const to = into.get(row.pointer);
      const fate = fates.get(row.pointer);
      light(to || [], "event");
      light([row.pointer], "source");
      told.textContent = to ? `${row.pointer} becomes ${to.join(", ")}` : `${row.pointer}${fate ? ` · ${fate.says}` : ""}`;
    };
    panes = { source: tree("Values of the completion", left, tellSource), event: tree("Fields of the event", right, tellEvent) };

    // To the row that a finding is about, or to the nearest one around it.
    const go = (pointer) => {
      for (let at = pointer; at; at = at.slice(0, at.lastIndexOf("/"))) {
        const row = panes.event.byPointer.get(at) || panes.source.byPointer.get(at);
        if (row) { row.focus(); return; }
      }
    };
    const findings = make("ul", { class: "findings" });
    for (const [code, severity, pointer, says] of one.findings) {
      const name = texts[severity];
      findings.append(make("li", {},
        make("span", { class: name }, `${SYMBOL[name] || ""} ${name} `), make("strong", {}, texts[code]), ` ${texts[says]} `,
        make("button", { type: "button", onclick: () => go(texts[pointer]) }, texts[pointer] || "all of it")));
    }
    const facts = [one.place, `read as ${one.loaded_as}`];
    const masked = one.masked ? make("p", { class: "quiet" }, `${one.masked} ${one.masked === 1 ? "value is" : "values are"} replaced in this report${withText ? "" : "; it was made without the conversation's text"}.`) : undefined;
    const toggle = one.request_with_text && make("button", {
      type: "button", "aria-pressed": String(state.privacy),
      onclick: () => { state.privacy = !state.privacy; show(); detail.querySelector("[aria-pressed]").focus(); },
    }, state.privacy ? "Privacy mode is on" : "Privacy mode is off");
    const headers = data.destination.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
    detail.replaceChildren(...[
      make("h2", {}, one.name || "(no name)"),
      make("p", { class: "quiet" }, facts.join(" · ")),
      one.no_event ? make("p", {}, `No event: ${one.no_event}`) : make("p", {}, "Privacy mode: ", make("strong", { class: one.privacy === "leaks" ? "error" : one.privacy === "no leak found" ? "" : "warning" }, one.privacy)),
      one.delivery ? make("p", {}, `Sent ${one.delivery.at} to ${one.delivery.to}: ${one.delivery.ended}`) : undefined,
      masked,
      toggle || undefined,
      one.findings.length ? findings : make("p", { class: "quiet" }, "No findings."),
      told,
      make("div", { class: "panes" },
        make("div", { class: "pane" }, make("h3", {}, "Completion"), panes.source.box),
        make("div", { class: "pane" }, make("h3", {}, request ? `Raindrop event · POST ${request.path}` : "No event"), request ? panes.event.box : undefined)),
      request ? make("div", { class: "pane" }, make("h3", {}, heading),
        make("pre", { tabindex: "0", "aria-label": heading }, `POST ${data.destination.base_url}${request.path}\n${headers}\n\n${request.body}`)) : undefined,
    ].filter(Boolean));
  };

  // ---- the page
  if (completions.length > 1) {
    let waiting;
    const search = make("input", {
      type: "search", placeholder: "Filter: words of names, users, models, values", "aria-label": "Filter",
      oninput: () => { clearTimeout(waiting); waiting = setTimeout(() => { state.query = search.value; filter(); }, 60); },
    });
    const columns = make("div", { class: "columns" });
    for (const [key, title, more] of [["name", "Completion", ""], ["model", "Model", ""], ["user", "User", "optional"], ["cost", "Cost", "right optional"], ["tokens", "Tokens", "right optional"], ["duration", "Duration", "right optional"], ["worst", "Findings", "right"]]) {
      columns.append(make("button", {
        type: "button", class: more, title: `Sort by ${title.toLowerCase()}`,
        onclick: () => { state.down = state.sort === key ? !state.down : key !== "name" && key !== "model" && key !== "user"; state.sort = key; filter(); },
      }, title));
    }
    main.append(make("section", { "aria-label": "Overview" }, charts, codes, make("div", { class: "tools" }, search, count), columns, list));
  }
  main.append(detail);
  filter();
})();
