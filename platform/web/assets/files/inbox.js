// The desk's own behaviour: a conversation opens beside the list, and both are
// kept up to date without moving what somebody reads or losing what they type.

import { one, all, visible, say } from "asset:desk.js";

// --- What opens beside a list ------------------------------------------------
// A row opens its thing in #pane without reload. What is in the pane says with
// data-live which stream belongs to it.

const wide = matchMedia("(min-width: 110rem)");

function paneOpened(first = false) {
  const pane = one("#pane");
  const thing = pane && one("[data-live]", pane);
  if (!thing || thing._opened) return;
  thing._opened = true;
  for (const fold of all("details[data-wide-open]", pane)) fold.open = wide.matches;
  if (!first) {
    pane.closest(".m-panes").dataset.show = "main";
    const council = document.title.split(" – ").pop();
    document.title = `${thing.dataset.title} – ${council}`;
    markRow(thing.dataset.conversation);
    follow(thing.dataset.live);
    say(`Opened: ${thing.dataset.title}`);
    if (!visible(one("[data-rows]") ?? pane)) one("h2", pane)?.focus({ preventScroll: true });
  }
  if (!location.hash || !first) followEnd(pane, thing);
}

function markRow(id) {
  for (const row of all("[data-row][data-current]")) {
    row.removeAttribute("data-current");
    one("a", row)?.removeAttribute("aria-current");
  }
  const row = document.getElementById("row-" + id);
  if (!row) return;
  row.setAttribute("data-current", "");
  row.removeAttribute("data-unread");
  one(".m-unread-dot", row)?.remove();
  one("a", row)?.setAttribute("aria-current", "true");
}

/** Shows the newest of a thread: in the pane, or on a phone in the page. */
function toEnd(pane) {
  if (pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY === "auto") pane.scrollTop = pane.scrollHeight;
  else if (getComputedStyle(pane).overflowY !== "auto") one("#thread > :last-child", pane)?.scrollIntoView({ block: "center" });
  pane._atEnd = true;
}

// What comes late (a picture, a typeface) makes a thread longer: its newest stays
// in sight until the reader moves.
let following;
function followEnd(pane, thing) {
  toEnd(pane);
  following?.disconnect();
  following = new ResizeObserver(() => toEnd(pane));
  following.observe(thing);
}
for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  document.addEventListener(name, (event) => {
    if (event.target.closest?.("#pane") || /^(Page|Arrow|Home|End)/.test(event.key ?? "")) following?.disconnect();
  }, { capture: true, passive: true });
}

document.addEventListener("scroll", (event) => {
  const pane = event.target;
  if (pane.id === "pane") pane._atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80;
}, true);

/** Connects #live to another stream; its listeners stay. */
function follow(url) {
  const live = one("#live");
  if (!live || live.getAttribute("hx-sse:connect") === url) return;
  live.setAttribute("hx-sse:connect", url);
  live._htmx?.sse?.reader?.cancel();
}
document.addEventListener("htmx:sse:before:connection", (event) => {
  const now = event.target.getAttribute("hx-sse:connect");
  const at = event.detail.connection.url;
  if (event.target.id !== "live" || !now || at === now || at.endsWith(now)) return;
  event.preventDefault(); // the old one ends here
});
document.addEventListener("htmx:sse:close", (event) => {
  const live = event.target;
  if (live.id !== "live" || event.detail.reason === "removed") return;
  setTimeout(() => globalThis.htmx?.process?.(live));
});

// What is brought up to date keeps the end of a thread in sight for whoever was
// there, and moves nobody else. What has been seen is only what stood on the
// page before somebody began to write.
function threadFresh() {
  const pane = one("#pane");
  if (pane?._atEnd && getComputedStyle(pane).overflowY === "auto") pane.scrollTop = pane.scrollHeight;
  const newest = one("#conv-thread")?.dataset.newest;
  const seen = one("[data-seen]");
  if (newest && seen && !one("textarea", seen.form)?.value.trim()) seen.value = newest;
}

// --- A list that is brought up to date in place ------------------------------
// Rows change where they stand; how many have come or risen above the first is
// said in the bar, and nothing moves until somebody asks for it.

let listTimer = 0;
function listChanged() {
  // What changes all the time is shown now and then, and not first when it rests.
  listTimer ||= setTimeout(() => {
    listTimer = 0;
    refreshList();
  }, 700 + Math.random() * 600);
}

async function refreshList() {
  const list = one("[data-list]");
  const bar = one("[data-new-bar]");
  if (!list || !bar) return;
  let page;
  try {
    const answer = await fetch(list.dataset.list, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // the next event tries again
  }
  const side = one("#side");
  const freshSide = page.getElementById("side");
  if (side && freshSide && !side.contains(document.activeElement) && side.innerHTML !== freshSide.innerHTML) side.innerHTML = freshSide.innerHTML;
  const rows = all("[data-row]", page);
  if (rows.length && !one("[data-row]", list) && !list.matches(":hover, :focus-within")) return fill(list, page.getElementById("rows"));
  const top = one("[data-row]", list)?.id;
  let above = rows.findIndex((row) => row.id === top);
  if (above < 0) above = rows.filter((row) => !document.getElementById(row.id)).length;
  for (const row of rows) {
    const here = document.getElementById(row.id);
    if (!here || here.contains(document.activeElement)) continue;
    const current = here.hasAttribute("data-current");
    if (here.innerText === row.textContent && here.dataset.unread === row.dataset.unread) continue;
    here.replaceWith(row);
    globalThis.htmx?.process?.(row);
    if (current) {
      row.setAttribute("data-current", "");
      one("a", row)?.setAttribute("aria-current", "true");
    }
  }
  bar.hidden = above <= 0;
  if (above > 0) {
    const words = `${above} ${above === 1 ? bar.dataset.one : bar.dataset.many}`;
    if (one("[data-new-count]", bar).textContent !== words) say(words);
    one("[data-new-count]", bar).textContent = words;
  }
}

// fill puts the first rows in place of the words that there are none: nothing is
// there yet that could move under the pointer.
function fill(list, fresh) {
  list.replaceWith(fresh);
  globalThis.htmx?.process?.(fresh);
  say(`${all("[data-row]", fresh).length} ${one("[data-new-bar]").dataset.many}`);
}

async function notified() {
  const bell = one("#unread");
  if (!bell) return;
  try {
    const answer = await fetch(bell.getAttribute("href") + "/count", { headers: { "HX-Request": "true" } });
    if (answer.ok) {
      one(".m-badge", bell)?.remove();
      bell.insertAdjacentHTML("beforeend", await answer.text());
    }
  } catch {
    // The next page shows it.
  }
}

const live = one("#live");
if (live) {
  for (const name of ["inbox", "reconnected"]) live.addEventListener(name, listChanged);
  for (const name of ["notification", "reconnected"]) live.addEventListener(name, notified);
}

// --- Forms in dialogs, and what buttons fill in ------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-fill]");
  const field = button && document.getElementById(button.dataset.fill);
  if (field) field.value = button.dataset.fillValue;
  const told = button && document.getElementById(button.dataset.fillTold);
  if (told) told.textContent = button.dataset.fillWords;
  const chosen = event.target.closest?.("[data-mention]");
  if (chosen) chooseMention(chosen);
});
document.addEventListener("change", (event) => {
  if (event.target.dataset?.submits !== undefined && event.target.form && event.target.value) event.target.form.requestSubmit();
});
document.addEventListener("htmx:after:request", (event) => {
  const ctx = event.detail?.ctx;
  const dialog = ctx?.sourceElement?.closest?.("dialog[open]");
  if (!dialog || ctx.response?.status >= 400 || ctx.sourceElement.getAttribute("hx-get")) return;
  dialog.close();
  ctx.sourceElement.reset?.();
});
function problemInDialog() {
  const dialog = all("dialog[open]").pop();
  const problem = one("#problem > .m-problem");
  if (!dialog || !problem) return;
  one(".m-problem", dialog)?.remove();
  one(".m-dialog-body", dialog)?.prepend(problem); // the region lies under the dialog
}

// --- @mentions ---------------------------------------------------------------

let mentionTimer = 0;

function mentionAt(area) {
  const before = area.value.slice(0, area.selectionStart);
  return /(?:^|[\s(])@([^\s@]{1,40})$/u.exec(before)?.[1];
}

function closeMentions() {
  one(".m-mentions")?.remove();
}

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.dataset?.mentions) return;
  clearTimeout(mentionTimer);
  const typed = mentionAt(area);
  if (!typed || one("input[value=note]", area.form)?.checked === false) return closeMentions();
  mentionTimer = setTimeout(async () => {
    try {
      const answer = await fetch(area.dataset.mentions + "?typed=" + encodeURIComponent(typed), { headers: { "HX-Request": "true" } });
      const words = answer.ok ? (await answer.text()).trim() : "";
      closeMentions();
      if (!words || mentionAt(area) !== typed) return;
      const list = document.createElement("ul");
      list.className = "m-mentions";
      list.id = "mentions";
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", "Colleagues");
      list.innerHTML = words;
      list._area = area;
      list.firstElementChild.setAttribute("aria-selected", "true");
      area.parentElement.classList.add("m-has-mentions");
      area.parentElement.append(list);
      say(`${list.children.length} colleagues. Arrow keys choose, Enter takes.`);
    } catch {
      closeMentions(); // a name can be typed in full
    }
  }, 150);
});

// A button may put words into a text area: in the place of others that stand
// there, or where the cursor was.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-insert]");
  const area = button && document.getElementById(button.dataset.insert);
  if (!area || !visible(area)) return;
  event.preventDefault();
  const { words, place } = button.dataset;
  const at = place ? area.value.indexOf(place) : -1;
  if (at >= 0) {
    area.setRangeText(words, at, at + place.length, "end");
  } else if (!area.value.includes(words)) {
    const start = area.selectionStart, before = area.value.slice(0, start), after = area.value.slice(area.selectionEnd);
    const gap = before && !/\s$/.test(before) ? " " : "";
    area.setRangeText(gap + words + (after && !/^\s/.test(after) ? " " : ""), start, area.selectionEnd, "end");
  }
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
});

function chooseMention(item) {
  const area = item.closest(".m-mentions")._area;
  const typed = mentionAt(area);
  const at = area.selectionStart - typed.length;
  area.setRangeText(item.dataset.mention + " ", at, area.selectionStart, "end");
  closeMentions();
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("keydown", (event) => {
  const list = one(".m-mentions");
  if (!list || event.target !== list._area) return;
  const items = [...list.children];
  const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") closeMentions();
  else if (event.key === "Enter" || event.key === "Tab") chooseMention(items[at]);
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    items[at].removeAttribute("aria-selected");
    items.at((at + (event.key === "ArrowDown" ? 1 : -1)) % items.length).setAttribute("aria-selected", "true");
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

/** Two notices at a time: what came before them is on the page, or undone by hand. */
function fewNotices() {
  const shown = all("#notices > .m-notice:not([data-undo-seconds])");
  for (const old of shown.slice(0, -2)) if (!old.contains(document.activeElement)) old.remove();
}

// --- The board of cases ------------------------------------------------------
// A card that is dropped sends the form that it has for the keyboard.

let carried;
document.addEventListener("dragstart", (event) => {
  carried = event.target.closest?.("[data-card]");
  if (carried) event.dataTransfer.effectAllowed = "move";
});
const dropAt = (event) => {
  const column = carried && event.target.closest?.("[data-drop]");
  return column && carried.dataset.may.split(" ").includes(column.dataset.drop) ? column : null;
};
document.addEventListener("dragover", (event) => {
  const column = dropAt(event);
  for (const other of all("[data-drop].m-drop")) if (other !== column) other.classList.remove("m-drop");
  if (!column) return;
  event.preventDefault();
  column.classList.add("m-drop");
});
document.addEventListener("drop", (event) => {
  const column = dropAt(event);
  if (!column) return;
  event.preventDefault();
  const form = one("form", carried);
  one("select", form).value = column.dataset.drop;
  form.requestSubmit();
});
document.addEventListener("dragend", () => {
  carried = undefined;
  for (const column of all(".m-drop")) column.classList.remove("m-drop");
});

document.addEventListener("htmx:after:swap", () => {
  fewNotices();
  paneOpened();
  threadFresh();
  problemInDialog();
});

paneOpened(true);
