// What pages do in the browser beyond htmx. Everything hangs on data
// attributes, so that parts which htmx swaps in work at once, and pages work
// without this file.

const html = document.documentElement;
export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const visible = (element) => element.getClientRects().length > 0;

/** Says something to screen readers. */
export function say(text) {
  const region = one("#said");
  if (region) region.textContent = text;
}

// --- Shortcuts -------------------------------------------------------------
// data-key="r" or data-key="g i" on a link, button or field. Single keys can be
// switched off (WCAG 2.1.4): data-keys="off" on html.

let typed = "";
let typedTimer = 0;

function isTyping(target) {
  return target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !/^(checkbox|radio|button|submit|file|range)$/.test(target.type ?? "");
}

/** The things that answer to keys: within the open dialog if there is one. */
function withKeys() {
  const dialog = all("dialog[open]").pop();
  return all("[data-key]", dialog ?? document).filter((e) => !e.disabled);
}

function press(element) {
  if (!visible(element)) {
    // In a closed menu, or on a phone's hidden bar.
    element.closest("details")?.setAttribute("open", "");
  }
  if (element.type === "radio") {
    element.click();
    document.getElementById(element.dataset.focus)?.focus();
  } else if (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName)) {
    element.focus();
    if (element.type === "search") element.select();
  } else if (element.tagName === "SUMMARY") {
    element.focus();
    element.click();
  } else {
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form[data-ctrl-enter]") ?? (event.target.tagName === "TEXTAREA" && event.target.form);
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    const menu = one("details[data-menu][open]");
    if (menu) {
      menu.removeAttribute("open");
      one("summary", menu).focus();
    } else if (isTyping(event.target)) {
      event.target.blur();
    }
    return;
  }
  if (html.dataset.keys !== "on" || isTyping(event.target) || event.key.length !== 1) return;
  clearTimeout(typedTimer);
  typedTimer = setTimeout(() => (typed = ""), 1200);
  const now = typed ? typed + " " + event.key : event.key;
  const elements = withKeys();
  const match = elements.find((e) => e.dataset.key === now) ?? elements.find((e) => e.dataset.key === event.key);
  if (elements.some((e) => e.dataset.key.startsWith(now + " "))) {
    typed = now;
    return;
  }
  typed = "";
  if (match) {
    event.preventDefault();
    press(match);
  } else if (event.key === "?") {
    event.preventDefault();
    showShortcuts();
  } else if ("jkox".includes(event.key) && !one("dialog[open]")) {
    moveInRows(event);
  }
});

function showShortcuts() {
  one("#shortcuts")?.remove();
  const dialog = document.createElement("dialog");
  dialog.id = "shortcuts";
  dialog.className = "m-dialog";
  dialog.setAttribute("aria-labelledby", "shortcuts-title");
  const head = document.createElement("div");
  head.className = "m-dialog-head";
  const title = document.createElement("h2");
  title.id = "shortcuts-title";
  title.textContent = "Keyboard shortcuts on this page";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "m-button m-small";
  close.dataset.closes = "";
  close.textContent = "Close";
  head.append(title, close);
  const body = document.createElement("div");
  body.className = "m-dialog-body";
  const list = document.createElement("dl");
  list.className = "m-shortcuts";
  const line = (keys, what) => {
    const dt = document.createElement("dt");
    keys.split(" ").forEach((key, i) => {
      if (i) dt.append(" ");
      const kbd = document.createElement("kbd");
      kbd.textContent = key;
      dt.append(kbd);
    });
    const dd = document.createElement("dd");
    dd.textContent = what;
    list.append(dt, dd);
  };
  const off = html.dataset.keys !== "on";
  if (off) {
    const note = document.createElement("p");
    note.textContent = "Single keys are switched off in your settings. These work all the same:";
    body.append(note);
  } else {
    if (one("[data-rows]")) {
      line("j", "Next in the list");
      line("k", "Previous in the list");
      line("o", "Open");
    }
    const seen = new Set();
    for (const element of all("[data-key]")) {
      if (seen.has(element.dataset.key)) continue;
      seen.add(element.dataset.key);
      line(element.dataset.key, element.dataset.keyLabel || element.getAttribute("aria-label") || one(":scope > span", element)?.textContent || element.textContent.trim());
    }
    if (!seen.has("?")) line("?", "This list");
  }
  line("Ctrl Enter", "Send the form that you are writing in");
  line("Esc", "Close what is open, or leave the field");
  body.append(list);
  dialog.append(head, body);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

// --- Lists -------------------------------------------------------------------
// j and k move the focus through [data-row]; o opens.

function moveInRows(event) {
  const rows = all("[data-rows] > [data-row]").filter(visible);
  if (!rows.length) return;
  const links = rows.map((row) => one("a", row)).filter(Boolean);
  let at = rows.findIndex((row) => row.contains(document.activeElement));
  const opened = rows.findIndex((row) => row.hasAttribute("data-current"));
  event.preventDefault();
  if (event.key === "o") {
    (links[at] ?? links[opened] ?? links[0])?.click();
    return;
  }
  if (event.key === "x") {
    one("input[type=checkbox]", rows[at])?.click();
    return;
  }
  if (at < 0 && opened >= 0) at = opened;
  const next = at < 0 ? 0 : Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), links.length - 1);
  links[next].focus({ preventScroll: true });
  rows[next].scrollIntoView({ block: "nearest" });
}

// --- Clicks: dialogs, menus, notices, printing -------------------------------

document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-opens],[data-closes],[data-dismiss],[data-shortcuts],[data-print],[data-locate],[data-reveal],[data-copy]");
  for (const menu of all("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
  if (event.target.tagName === "DIALOG") {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close(); // the backdrop
  }
  if (!target) return;
  if (target.dataset.opens !== undefined) {
    const dialog = document.getElementById(target.dataset.opens);
    if (dialog?.showModal) {
      event.preventDefault();
      const menu = target.closest("details[data-menu]");
      if (menu) {
        menu.removeAttribute("open");
        one("summary", menu).focus(); // to which the closed dialog gives the keyboard back
      }
      dialog.showModal();
      one("[data-first]", dialog)?.focus();
    }
  } else if (target.dataset.closes !== undefined) {
    target.closest("dialog")?.close();
  } else if (target.dataset.dismiss !== undefined) {
    (target.closest(".m-notice, .m-problem") ?? target).remove();
  } else if (target.dataset.shortcuts !== undefined) {
    showShortcuts();
  } else if (target.dataset.print !== undefined) {
    window.print();
  } else if (target.dataset.locate !== undefined) {
    locate(target);
  } else if (target.dataset.reveal !== undefined) {
    reveal(document.getElementById(target.dataset.reveal), target);
  } else if (target.dataset.copy !== undefined) {
    copy(document.getElementById(target.dataset.copy), target);
  }
});

// --- Passwords, things to copy, long lists of choices ------------------------

function reveal(field, button, show = field.type === "password") {
  field.type = show ? "text" : "password";
  button.textContent = show ? "Hide" : "Show";
  button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^\S+/, button.textContent));
  say(show ? "What you typed is visible" : "What you typed is hidden");
}

// Hidden again before it is sent, so that browsers keep it as a password and
// not among the texts that they offer again.
document.addEventListener("submit", (event) => {
  for (const button of all("[data-reveal]", event.target)) {
    const field = document.getElementById(button.dataset.reveal);
    if (field.type !== "password") reveal(field, button, false);
  }
});

async function copy(field, button) {
  if (field.select) field.select();
  else getSelection().selectAllChildren(field);
  const label = (button._label ??= button.textContent);
  let done = false;
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent.trim());
    done = true;
  } catch {
    done = document.execCommand("copy"); // over http there is no clipboard
  }
  button.textContent = done ? button.dataset.copied ?? "Copied" : "Press Ctrl C";
  say(button.textContent);
  setTimeout(() => (button.textContent = label), 4000);
}

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function narrow(box) {
  const words = folded(box.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const choice of all(".m-choice", document.getElementById(box.dataset.narrows))) {
    const text = folded(choice.textContent);
    const fits = words.every((word) => text.includes(word));
    choice.hidden = !fits && !one("input", choice).checked;
    if (fits) shown++;
  }
  say(`${shown} found`);
}

document.addEventListener("input", (event) => {
  if (event.target.dataset.narrows) narrow(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset?.narrows) event.preventDefault(); // it is not the form's
});

// --- Times -------------------------------------------------------------------
// Only what is less than a day old changes while one looks at it; the words are
// those of ui.Relative and, in a sentence, of ui.Ago.

function refreshTimes() {
  const now = Date.now();
  for (const time of all("time[data-relative]")) {
    const gap = (now - Date.parse(time.dateTime)) / 60000;
    if (gap < 0 || gap >= 360) continue;
    const ago = time.dataset.relative === "ago";
    const span = gap < 60 ? `${Math.floor(gap)} min` : `${Math.floor(gap / 60)} h`;
    const words = gap < 1 ? (ago ? "just now" : "now") : ago ? `${span} ago` : span;
    if (time.textContent !== words) time.textContent = words;
  }
}

// --- Notices with an undo that runs out --------------------------------------

function countDown() {
  for (const notice of all("[data-undo-seconds]")) {
    const until = (notice._until ??= performance.now() + Number(notice.dataset.undoSeconds) * 1000);
    const left = Math.ceil((until - performance.now()) / 1000);
    const button = one(".m-undo", notice);
    if (left <= 0) {
      if (!notice.contains(document.activeElement)) notice.remove();
      else if (button) button.disabled = true;
    } else if (button) {
      button._label ??= button.textContent;
      let figure = one(".m-undo-left", button);
      if (!figure) {
        figure = document.createElement("span");
        figure.className = "m-undo-left";
        figure.setAttribute("aria-hidden", "true");
        button.append(figure);
      }
      figure.textContent = ` (${left})`;
    }
  }
  // Other notices go after a while, unless somebody is on them.
  for (const notice of all(".m-notice:not([data-undo-seconds])")) {
    notice._until ??= performance.now() + 12000;
    if (performance.now() > notice._until && !notice.matches(":hover, :focus-within") && !one(".m-undo", notice) && one("#notices.m-notices")?.contains(notice) && document.body.classList.contains("m-desk")) notice.remove();
  }
}

// --- "3 new" -----------------------------------------------------------------
// Live events are counted and shown in a bar; the list itself changes only when
// somebody asks for it.

function countNew(bar) {
  bar._count = (bar._count ?? 0) + 1;
  const figure = one("[data-new-count]", bar);
  const words = `${bar._count} ${bar._count === 1 ? bar.dataset.one : bar.dataset.many}`;
  figure.textContent = words;
  bar.hidden = false;
  say(words);
}

// --- Text areas: growing, counting, drafts, leaving --------------------------

const graphemes = "Segmenter" in Intl ? new Intl.Segmenter(html.lang || "en", { granularity: "grapheme" }) : null;
const lengthOf = (text) => (graphemes ? [...graphemes.segment(text)].length : [...text].length);

function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

/** Puts a part of an answer where it belongs; what says the same is left alone, so that it is not read out again. */
function moveInto(part) {
  const region = document.getElementById(part.dataset.into);
  if (region && region.textContent.trim() !== part.textContent.trim()) region.replaceChildren(...part.childNodes);
  part.remove();
}

const counting = new WeakMap();

function count(area) {
  const region = document.getElementById(area.id + "-count");
  if (!region) return;
  if (area.dataset.countUrl) {
    clearTimeout(counting.get(area)?.timer);
    counting.get(area)?.abort?.abort();
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const body = new URLSearchParams({ text: area.value });
        const answer = await fetch(area.dataset.countUrl, { method: "POST", body, headers: { "HX-Request": "true" }, signal: abort.signal });
        if (answer.ok) {
          region.innerHTML = await answer.text();
          for (const part of all("[data-into]", region)) moveInto(part);
          globalThis.htmx?.process?.(region);
        }
      } catch {
        // The count is help, not a gate: the server counts again when it is sent.
      }
    }, 300);
    counting.set(area, { timer, abort });
    return;
  }
  const left = Number(area.dataset.max) - lengthOf(area.value);
  region.classList.toggle("m-count-over", left < 0);
  const figure = Math.abs(left).toLocaleString("en-GB");
  const said = left < 0 ? area.dataset.sayOver : area.dataset.sayLeft;
  const noun = Math.abs(left) === 1 ? "character" : "characters";
  region.textContent = said?.replace("{n}", figure) ?? `You have ${figure} ${noun} ${left < 0 ? "too many" : "remaining"}`;
}

// A draft is kept by the server a moment after the last key. What the server has
// not confirmed yet stands in this browser too, with what it replaces: so it is
// taken up again after a page was left in haste or the connection was lost, but
// not in place of what the same person has written on another device since.

// Of whoever is signed in: on a shared computer nobody finds another's draft.
const draftKey = (name) => `draft:${html.dataset.viewer ?? ""}:${name}`;
const unsaved = new Map(); // text areas that the server is still to be told of, each with its timer

function keepDraft(area) {
  storeDraft(area);
  if (area.dataset.draftUrl) saveIn(area, 1500);
}

function saveIn(area, wait) {
  clearTimeout(unsaved.get(area));
  unsaved.set(area, setTimeout(() => sendDraft(area), wait));
}

function storeDraft(area) {
  if (!area.dataset.draft) return;
  const replaces = area._kept ?? area.defaultValue;
  try {
    if (area.value === replaces) localStorage.removeItem(draftKey(area.dataset.draft));
    else localStorage.setItem(draftKey(area.dataset.draft), JSON.stringify({ text: area.value, replaces }));
  } catch {
    // Storage is full or forbidden; the server still has the draft.
  }
}

async function sendDraft(area) {
  clearTimeout(unsaved.get(area));
  unsaved.delete(area);
  const text = area.value;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(area.form)) {
    if (typeof value === "string") body.append(name, value);
  }
  const tell = (words) => {
    const region = one(`[data-draft-said~="${area.id}"]`, area.form);
    if (region) region.textContent = words;
  };
  try {
    const answer = await fetch(area.dataset.draftUrl, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: body.toString().length < 60000 });
    area.dispatchEvent(new CustomEvent("mercat:draft", { bubbles: true, detail: { kept: answer.ok } }));
    if (answer.ok) {
      area._kept = text;
      if (!area._sent) storeDraft(area);
    }
    tell(answer.ok ? "Draft kept" : "Draft kept on this device only");
  } catch {
    tell("No connection. Draft kept on this device");
    if (area.isConnected && !area._sent && !unsaved.has(area)) saveIn(area, 5000);
  }
}

/** Tells the server at once: the page may be left, or the laptop closed. */
function sendUnsaved() {
  for (const area of [...unsaved.keys()]) sendDraft(area);
}
for (const name of ["beforeunload", "pagehide", "online"]) window.addEventListener(name, sendUnsaved);
document.addEventListener("visibilitychange", () => document.hidden && sendUnsaved());
document.addEventListener("click", (event) => event.target.closest?.("a[href]") && sendUnsaved(), true);

function takeDraft(area) {
  if (!area.dataset.draft) return;
  try {
    const { text, replaces } = JSON.parse(localStorage.getItem(draftKey(area.dataset.draft))) ?? {};
    if (text === undefined) return;
    if (text === area.value || area.value && area.value !== replaces) { // kept, or written elsewhere since
      forgetDraft(area.dataset.draft);
      return;
    }
    area.value = text;
    area._initial = "";
    if (area.dataset.draftUrl) saveIn(area, 1500);
  } catch {
    // As above.
  }
}

document.addEventListener("input", (event) => {
  const area = event.target;
  if (area.tagName !== "TEXTAREA") return;
  if (area.dataset.grows !== undefined) grow(area);
  if (area.dataset.max || area.dataset.countUrl) count(area);
  if (area.dataset.draft || area.dataset.draftUrl) keepDraft(area);
});

// A draft is forgotten only when the server has answered that it took it: for
// a fragment by its status, for a whole page when the page that follows is
// neither an error nor one that the browser had before.
document.addEventListener("submit", (event) => {
  const names = [];
  for (const area of all("textarea[data-draft], textarea[data-guard]", event.target)) {
    area._sent = true;
    clearTimeout(unsaved.get(area));
    unsaved.delete(area);
    if (area.dataset.draft) names.push(area.dataset.draft);
  }
  if (names.length && !event.target.matches("[hx-post],[hx-put],[hx-patch]")) session("set", names.join("\n"));
});

function session(act, value) {
  try {
    if (act === "set") sessionStorage.setItem("mercat:sent", value);
    const sent = sessionStorage.getItem("mercat:sent");
    if (act === "take") sessionStorage.removeItem("mercat:sent");
    return sent;
  } catch {
    return null; // storage is forbidden: then there is no draft either
  }
}

function forgetSentDraft() {
  const sent = session("take");
  const arrived = performance.getEntriesByType("navigation")[0];
  // What was taken is answered with a redirect; a page that was opened after the
  // connection was lost is not.
  if (sent && arrived?.type === "navigate" && arrived.redirectCount > 0 && !one("[data-failed], [data-error-summary]")) sent.split("\n").forEach(forgetDraft);
}

document.addEventListener("htmx:after:request", (event) => {
  const ok = event.detail?.ctx?.response?.status < 400;
  for (const area of all("textarea[data-draft]", event.target)) {
    if (!area._sent) continue;
    area._sent = false;
    if (ok) forgetDraft(area.dataset.draft);
  }
});

function forgetDraft(name) {
  try {
    localStorage.removeItem(draftKey(name));
  } catch {
    // Nothing was kept, then.
  }
}

window.addEventListener("beforeunload", (event) => {
  const unsent = all("textarea[data-guard]").some((area) => visible(area) && !area._sent && area.value.trim() && area.value !== (area._initial ?? area.defaultValue) && !area.dataset.draftUrl);
  if (unsent) event.preventDefault();
});

// --- Places ------------------------------------------------------------------

function locate(button) {
  const place = button.closest("[data-place]");
  const said = one(".m-place-said", place);
  const words = place.dataset; // in another language than English
  if (!navigator.geolocation) {
    said.textContent = words.sayUnable ?? "This browser cannot tell where you are. Describe the place in words.";
    return;
  }
  said.textContent = words.sayWait ?? "Finding your position";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      setPlace(place, coords.latitude, coords.longitude);
      const metres = Math.max(5, Math.round(coords.accuracy));
      said.textContent = words.sayFound?.replace("{n}", metres) ?? `Found, to within ${metres} metres. Describe the exact spot in words too.`;
    },
    (error) => {
      said.textContent = error.code === error.PERMISSION_DENIED
        ? words.sayDenied ?? "You did not allow it. Describe the place in words instead."
        : words.sayFailed ?? "Your position could not be found. Describe the place in words instead.";
    },
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
  );
}

export function setPlace(place, lat, lng) {
  const name = place.dataset.place;
  const put = (part, value) => {
    const field = one(`[name="${CSS.escape(name + "-" + part)}"]`, place);
    if (field) field.value = value.toFixed(6);
  };
  put("lat", lat);
  put("lng", lng);
  place.dispatchEvent(new CustomEvent("mercat:place", { bubbles: true, detail: { lat, lng } }));
}

// --- Beginning, and whatever htmx swaps in -----------------------------------

function ready(within) {
  for (const area of all("textarea", within)) {
    if (area._ready) continue;
    area._ready = true;
    area._initial = area.defaultValue;
    takeDraft(area);
    if (area.dataset.grows !== undefined) grow(area);
    if ((area.dataset.max || area.dataset.countUrl) && area.value) count(area);
  }
  for (const strip of all(".m-side, .m-nav ul, .m-tabs ul", within)) {
    const here = one("[aria-current]", strip);
    if (here && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
  }
  const summary = one("[data-error-summary]", within);
  if (summary && !summary._ready) {
    summary._ready = true;
    summary.focus();
  }
  for (const dialog of all("dialog[data-open]", within)) {
    if (!dialog.open) dialog.showModal();
  }
}

// A stream that was cut, or paused while nobody looked, may have missed events.
// When it is back, #live gets the event "reconnected": parts that follow live
// events follow this one too, and bars offer the list without a number.
let connections = 0;
document.addEventListener("htmx:sse:after:connection", (event) => {
  if (event.target.id !== "live" || connections++ === 0) return;
  event.target.dispatchEvent(new CustomEvent("reconnected", { bubbles: true }));
  for (const bar of one("[data-list]") ? [] : all("[data-new-bar][hidden]")) {
    one("[data-new-count]", bar).textContent = "Show what is new";
    bar.hidden = false;
  }
});

// Whoever looks at a page that is brought up to date by itself is told when it
// no longer is. A stream that is back within a moment is no news.
let cutTimer = 0;
document.addEventListener("htmx:sse:error", (event) => {
  if (event.target.id !== "live" || cutTimer) return;
  const words = event.detail?.status === 401
    ? "You are signed out. Reload the page to sign in again."
    : "No connection to Mercat. What you see may be old; it comes up to date by itself once there is one again.";
  cutTimer = setTimeout(() => {
    const bar = document.createElement("p");
    bar.className = "m-demonstration m-cut";
    bar.textContent = words;
    one("header")?.prepend(bar);
    say(words);
  }, 3000);
});
document.addEventListener("htmx:sse:after:connection", (event) => {
  if (event.target.id !== "live") return;
  clearTimeout(cutTimer);
  cutTimer = 0;
  const bar = one(".m-cut");
  if (!bar) return;
  bar.remove();
  say("Connected again");
});

const bound = new Set();
function bindNewBars() {
  const live = one("#live");
  if (!live) return;
  for (const bar of all("[data-new-bar]")) {
    const name = bar.dataset.newBar;
    if (bound.has(name)) continue;
    bound.add(name);
    live.addEventListener(name, () => {
      if (one("[data-list]")) return; // that list counts for itself
      for (const each of all(`[data-new-bar="${CSS.escape(name)}"]`)) countNew(each);
    });
  }
}

document.addEventListener("click", (event) => {
  const bar = event.target.closest?.("[data-new-bar]");
  if (bar && event.target.closest("a")) {
    bar._count = 0;
    setTimeout(() => (bar.hidden = true));
  }
});
document.addEventListener("htmx:after:swap", () => {
  ready(document);
  bindNewBars();
  refreshTimes();
});

forgetSentDraft();
ready(document);
bindNewBars();
setInterval(refreshTimes, 20000);
setInterval(countDown, 500);
