// @ts-check
/**
 * The console's behaviour: selections that outlive a page, live jobs, two keys. Every page works
 * without it; nothing here decides anything that the server does not check again.
 */

/** @typedef {{ scope: string, all: boolean, ids: string[], except: string[] }} Picked */
/** @typedef {{ state: string, total: number, done: number, failed: number, rate: number | null, seconds_left: number | null, note: string }} Progress */

const number = new Intl.NumberFormat("en");

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T | null}
 */
const find = (root, selector, kind) => {
  const found = root.querySelector(selector);
  return found instanceof kind ? found : null;
};

/** @param {string} name of a list, `import` or `users` */
const storageKey = (name) => `rollcall.selection.${name}`;

/**
 * A selection kept in this tab: single rows, or everything that matches one search but a few.
 * @param {string} name
 * @param {string} scope the search and filter of this page
 * @returns {Picked}
 */
const recall = (name, scope) => {
  const nothing = { scope, all: false, ids: [], except: [] };
  try {
    const kept = JSON.parse(sessionStorage.getItem(storageKey(name)) ?? "null");
    if (!kept || !Array.isArray(kept.ids) || !Array.isArray(kept.except)) return nothing;
    // "Everything" means everything of that search: under another one it would be somebody else.
    return kept.all && kept.scope !== scope ? nothing : { ...nothing, ...kept, scope };
  } catch {
    return nothing;
  }
};

/**
 * @param {string} name
 * @param {Picked} selection
 */
const keep = (name, selection) => {
  try {
    if (selection.all || selection.ids.length) sessionStorage.setItem(storageKey(name), JSON.stringify(selection));
    else sessionStorage.removeItem(storageKey(name));
  } catch {
    // Without storage the selection lasts as long as the page.
  }
};

/**
 * A list with boxes: keeps the selection over paging, sorting and reload, and says its exact size.
 * @param {HTMLFormElement} form
 */
const pick = (form) => {
  const name = form.dataset.pick ?? "";
  let total = Number(form.dataset.total ?? "0");
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=id]")]);
  const head = find(form, "input[name=all]", HTMLInputElement);
  const count = find(form, "[data-picked]", HTMLElement);
  const note = find(form, "[data-picked-note]", HTMLElement);
  const clear = find(form, "[data-clear]", HTMLButtonElement);
  if (!head || !count || !note || !clear) return;
  let selection = recall(name, form.dataset.scope ?? "");
  /** @type {HTMLInputElement | null} */
  let last = null;

  const isPicked = (/** @type {string} */ id) => (selection.all ? !selection.except.includes(id) : selection.ids.includes(id));
  const size = () => (selection.all ? total - selection.except.length : selection.ids.length);

  const explain = () => {
    if (selection.all && selection.except.length) return `of ${number.format(total)} on all pages, ${number.format(selection.except.length)} left out`;
    if (selection.all) return form.dataset.scope === "|" ? "everybody on all pages" : "everybody on all pages of this search";
    const elsewhere = selection.ids.length - boxes.filter((box) => isPicked(box.value)).length;
    return elsewhere ? `${number.format(elsewhere)} of them not on this page` : "";
  };

  const show = () => {
    for (const box of boxes) box.checked = isPicked(box.value);
    const here = boxes.filter((box) => box.checked).length;
    head.checked = selection.all && size() > 0;
    head.indeterminate = selection.all ? selection.except.length > 0 : here > 0;
    form.toggleAttribute("data-picking", size() > 0);
    count.textContent = `${number.format(size())} selected`;
    note.textContent = explain();
    clear.hidden = size() === 0;
  };

  const change = (/** @type {Partial<Picked>} */ to) => {
    selection = { ...selection, ...to };
    if (selection.all && size() <= 0) selection = { ...selection, all: false, ids: [], except: [] };
    keep(name, selection);
    show();
  };

  const mark = (/** @type {HTMLInputElement[]} */ which, /** @type {boolean} */ on) => {
    const values = which.map((box) => box.value);
    const list = selection.all ? "except" : "ids";
    const rest = selection[list].filter((id) => !values.includes(id));
    change({ [list]: on === selection.all ? rest : [...rest, ...values] });
  };

  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.name !== "id") return;
    const [from, to] = [boxes.indexOf(last ?? box), boxes.indexOf(box)];
    const range = event.shiftKey ? boxes.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
    last = box;
    mark(range, box.checked);
  });
  // Up and down go from row to row, so that nobody has to step through every link.
  form.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = event.target === head ? -1 : boxes.findIndex((box) => box === event.target);
    if (!step || (at < 0 && event.target !== head)) return;
    const to = at + step < 0 ? head : boxes[at + step];
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
  head.addEventListener("change", () => change({ all: head.checked, ids: [], except: [] }));
  clear.addEventListener("click", () => {
    change({ all: false, ids: [], except: [] });
    head.focus();
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const field of ["all", "id", "except"]) formData.delete(field);
    if (selection.all) formData.set("all", "1");
    const [field, ids] = selection.all ? ["except", selection.except] : ["id", selection.ids];
    for (const id of ids) formData.append(field, id);
  });
  // What is rarely done waits behind a button.
  const rest = find(form, ".rest", HTMLDetailsElement);
  document.addEventListener("click", (event) => {
    if (rest && event.target instanceof Node && !rest.contains(event.target)) rest.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || isTyping(event.target)) return;
    if (rest?.open) {
      rest.open = false;
      find(rest, "summary", HTMLElement)?.focus();
      return;
    }
    change({ all: false, ids: [], except: [] });
  });
  // A page that comes back from the browser's cache shows what was selected meanwhile.
  window.addEventListener("pageshow", () => {
    selection = recall(name, form.dataset.scope ?? "");
    show();
  });
  // The exact total of a long list comes later than its first page.
  const position = find(form, "[data-exact]", HTMLElement);
  if (position) {
    const events = new EventSource(position.dataset.exact ?? "");
    events.addEventListener("total", (event) => {
      events.close();
      total = JSON.parse(event.data).total;
      position.textContent = (position.textContent ?? "").replace(/ of .*/, ` of ${number.format(total)}`);
      form.action = `${form.action.split("?")[0]}?looked=${total}`;
      show();
    });
    window.addEventListener("pagehide", () => events.close());
  }
  form.toggleAttribute("data-live", true);
  show();
};

/** @param {EventTarget | null} target */
const isTyping = (target) =>
  target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && !["checkbox", "radio"].includes(target.type));

/** @param {number | null} rate rows per second */
const rateInWords = (rate) => {
  if (!rate || rate <= 0) return "—";
  if (rate < 1) return `${Math.round(rate * 60)} a minute`;
  return `${rate >= 10 ? number.format(Math.round(rate)) : rate.toFixed(1)} a second`;
};

/** @param {number | null} seconds */
const timeInWords = (seconds) => {
  if (seconds === null || seconds === undefined) return "—";
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  return seconds < 5400 ? `about ${Math.round(seconds / 60)} min` : `about ${Math.round(seconds / 3600)} h`;
};

/**
 * A job that is watched while it runs.
 * @param {HTMLElement} card
 */
const watch = (card) => {
  const put = (/** @type {string} */ part, /** @type {string} */ text) => {
    const element = find(card, `[data-${part}]`, HTMLElement);
    if (element && element.textContent !== text) element.textContent = text;
  };
  const bar = find(card, "[data-bar]", HTMLProgressElement);
  let spoken = -1;
  const show = (/** @type {Progress} */ job) => {
    const percent = job.total > 0 ? Math.min(100, Math.floor((100 * job.done) / job.total)) : 0;
    const tag = find(card, "[data-state] .tag", HTMLElement);
    if (tag) tag.textContent = job.state;
    if (bar && job.total > 0) [bar.max, bar.value] = [job.total, job.done];
    put("percent", job.total > 0 ? `${percent} %` : "");
    put("note", job.note ?? "");
    put("done", number.format(job.done));
    put("total", number.format(job.total));
    put("failed", number.format(job.failed));
    find(card, "[data-failed]", HTMLElement)?.classList.toggle("ink-bad", job.failed > 0);
    put("rate", rateInWords(job.rate));
    put("left", timeInWords(job.seconds_left));
    // Screen readers hear every tenth, not every row.
    if (Math.floor(percent / 10) !== spoken) {
      spoken = Math.floor(percent / 10);
      put("spoken", `${percent} percent done`);
    }
  };
  const events = new EventSource(card.dataset.live ?? "");
  events.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  events.addEventListener("done", () => {
    events.close();
    location.reload();
  });
  window.addEventListener("pagehide", () => events.close());
};

/**
 * A form that gives a file. Where the answer is a page that asks for more about it, the file stays chosen there.
 * @param {HTMLFormElement} form
 */
const give = (form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = find(form, "input[type=file]", HTMLInputElement);
    const button = find(form, "button.go", HTMLButtonElement);
    if (button) [button.disabled, button.textContent] = [true, "Reading the file…"];
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (answer.redirected) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [main, next] = [document.querySelector("main"), page.querySelector("main")];
      if (!main || !next) return form.submit();
      document.title = page.title;
      main.replaceWith(next);
      const again = find(next, "form[data-file-form]", HTMLFormElement);
      const place = again && find(again, "input[type=file]", HTMLInputElement);
      if (again && place && file) {
        place.replaceWith(file);
        give(again);
      }
      const heading = find(next, "h1", HTMLElement);
      heading?.setAttribute("tabindex", "-1");
      heading?.focus();
    } catch {
      // Without a connection the browser says so itself.
      form.submit();
    }
  });
};

/**
 * Parts of the page that are drawn again now and then, while somebody looks at it.
 * @param {HTMLElement[]} parts
 */
const renew = (parts) => {
  setInterval(async () => {
    const idle = parts.filter((part) => !part.contains(document.activeElement));
    if (document.hidden || idle.length === 0) return;
    try {
      const answer = await fetch(location.href);
      // Signed out, or in trouble: what stands there stays.
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of idle) {
        const next = page.getElementById(part.id);
        if (next && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
      }
    } catch {
      // The next time may find a connection.
    }
  }, 5000);
};

/**
 * An editor whose draft is shown in a frame: what was typed is shown after a pause, and placeholders are put where it was typed.
 * @param {HTMLFormElement} form
 */
const look = (form) => {
  const button = find(form, "[data-look-now]", HTMLButtonElement);
  /** @type {number | undefined} */
  let timer;
  /** @type {HTMLInputElement | HTMLTextAreaElement | null} */
  let last = find(form, "textarea[data-part]", HTMLTextAreaElement);
  let shown = 0;
  const show = () => {
    const old = find(form, "iframe.frame:not(.coming)", HTMLIFrameElement);
    if (!old || !button) return;
    find(form, "iframe.coming", HTMLIFrameElement)?.remove();
    // A fresh frame, so that looking leaves no trace in the browser's history; the old one stays until it is there.
    const next = /** @type {HTMLIFrameElement} */ (old.cloneNode());
    next.removeAttribute("src");
    shown += 1;
    next.name = `look-${shown}`;
    next.classList.add("coming");
    old.after(next);
    next.addEventListener("load", () => {
      next.classList.remove("coming");
      old.remove();
    });
    button.formTarget = next.name;
    form.requestSubmit(button);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  };
  for (const event of ["input", "change"]) form.addEventListener(event, soon);
  form.addEventListener("focusin", ({ target }) => {
    if ((target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) && "part" in target.dataset) last = target;
  });
  form.addEventListener("click", ({ target }) => {
    const from = target instanceof Element ? target.closest("[data-insert]") : null;
    if (!(from instanceof HTMLElement) || !last) return;
    last.setRangeText(from.dataset.insert ?? "", last.selectionStart ?? 0, last.selectionEnd ?? 0, "end");
    last.focus();
    soon();
  });
};

document.documentElement.toggleAttribute("data-live", true);
// UTC is what the server says where nobody chose.
for (const zone of document.querySelectorAll("input[data-zone]")) {
  if (zone instanceof HTMLInputElement && zone.value === "UTC") zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || zone.value;
}
renew([...document.querySelectorAll("[data-renew]")].filter((part) => part instanceof HTMLElement));
for (const form of document.querySelectorAll("form[data-look]")) if (form instanceof HTMLFormElement) look(form);
for (const form of document.querySelectorAll("form[data-file-form]")) if (form instanceof HTMLFormElement) give(form);
for (const form of document.querySelectorAll("form[data-pick]")) if (form instanceof HTMLFormElement) pick(form);
for (const card of document.querySelectorAll("[data-live^='/']")) if (card instanceof HTMLElement) watch(card);
for (const form of document.querySelectorAll("form[data-forget]")) {
  if (form instanceof HTMLFormElement) form.addEventListener("submit", () => sessionStorage.removeItem(storageKey(form.dataset.forget ?? "")));
}
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("q");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !(search instanceof HTMLInputElement)) return;
  event.preventDefault();
  search.focus();
  search.select();
});
