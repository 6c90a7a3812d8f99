// What the reader's pages do by themselves: say what came since, mark without a reload, show a picture
// that waited, move by keys. Everything works without it too, a little slower.
"use strict";

const page = document.body;
const all = (what, where = document) => [...where.querySelectorAll(what)];

// The page can be kept for reading offline, and put among the apps.
if ("serviceWorker" in navigator && document.querySelector(".rooms")) {
  navigator.serviceWorker.register(page.dataset.worker, { scope: page.dataset.scope }).catch(() => {});
}

// "5 new"
const fresh = document.getElementById("fresh");
if (fresh && "EventSource" in window) {
  const link = document.createElement("a");
  link.href = fresh.dataset.page;
  const events = new EventSource(fresh.dataset.events);
  events.onmessage = (event) => {
    let count = 0;
    try {
      count = Number(JSON.parse(event.data).count);
    } catch {
      return;
    }
    if (!(count > 0)) return;
    link.textContent = count === 1 ? fresh.dataset.one : fresh.dataset.many.replace("#", String(count));
    if (!link.isConnected) fresh.append(link);
  };
  // A page that is put aside keeps no line open.
  addEventListener("pagehide", () => events.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

// Keep and mark: the form is sent as it stands, and the button then offers the way back.
async function turn(form, button) {
  const body = new URLSearchParams(new FormData(form));
  body.set(button.name, button.value);
  const item = form.closest(".item");
  button.disabled = true;
  let done = false;
  try {
    // Who asks for no page gets none. A redirect would lead to the door: then the browser goes there.
    const headers = { accept: "text/plain" };
    const answer = await fetch(form.action, { method: "POST", body, headers, redirect: "manual" });
    done = answer.status === 204;
  } catch {
    // Not there: the browser says so below.
  }
  button.disabled = false;
  if (!done) {
    form.dataset.plain = "yes";
    form.requestSubmit(button);
    return;
  }
  if (button.value === "read" || button.value === "unread") {
    item.classList.toggle("seen", button.value === "read");
    item.querySelector(".state")?.remove();
  }
  const word = button.textContent;
  [button.value, button.dataset.turn] = [button.dataset.turn, button.value];
  button.textContent = button.dataset.word;
  button.dataset.word = word;
}

addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  // Whoever comes next finds nothing of what was kept.
  if (form.getAttribute("action")?.endsWith("/logout")) navigator.serviceWorker?.controller?.postMessage("forget");
  if (!button?.dataset.turn || form.dataset.plain) return;
  event.preventDefault();
  turn(form, button);
});

// One picture that waits is shown where it stands.
addEventListener("click", (event) => {
  const link = event.target.closest?.("a.wait");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const picture = new Image();
  picture.alt = link.querySelector(".soft")?.textContent ?? "";
  picture.className = "u-photo";
  picture.src = link.dataset.src;
  link.replaceChildren(picture);
  link.classList.remove("wait");
});

// A menu closes with Escape, or when another opens; the bar's also when somebody presses elsewhere.
const menus = ".menu[open],.more[open]";
addEventListener("toggle", (event) => {
  if (!event.target.matches?.(menus)) return;
  for (const other of all(menus)) if (other !== event.target) other.open = false;
}, true);
addEventListener("click", (event) => {
  for (const menu of all(".more[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// Keys. Somebody may switch them off; then nothing listens.
const keys = document.getElementById("keys");
const STORED = "reader-keys";
const on = () => {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
};

const items = () => all(".item").filter((item) => item.checkVisibility?.() ?? item.offsetParent);
const current = () => document.activeElement?.closest?.(".item");

function move(by) {
  // A folded run is one step: its line; what is inside comes once it is open.
  const stops = all(".item,.run>summary").filter((stop) => stop.matches("summary") || items().includes(stop));
  const active = document.activeElement;
  const here = stops.indexOf(active?.closest?.(".item") ?? active);
  const next = here < 0 ? (by > 0 ? stops[0] : undefined) : stops[here + by];
  if (!next) return;
  if (next.matches(".item")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  next.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

function open(item) {
  const folded = item.querySelector(".whole:not([open])");
  if (folded) folded.open = true;
  else item.querySelector("[data-key=o]")?.click();
}

const does = {
  j: () => move(1),
  k: () => move(-1),
  o: () => {
    const run = document.activeElement.closest(".run>summary");
    if (run) run.click();
    else if (current()) open(current());
  },
  m: () => current()?.querySelector("[data-key=m]")?.click(),
  r: () => current()?.querySelector("[data-key=r]")?.click(),
  "?": () => keys.showModal(),
};

if (keys) {
  const use = document.getElementById("use-keys");
  use.checked = on();
  use.addEventListener("change", () => {
    try {
      localStorage.setItem(STORED, use.checked ? "on" : "off");
    } catch {
      // Nothing can be kept here; it holds until the page goes.
    }
  });
  const show = document.getElementById("show-keys");
  show.hidden = false;
  show.addEventListener("click", () => keys.showModal());
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.activeElement?.closest?.(menus);
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys.open) return;
    if (event.target.closest?.("input:not([type=checkbox]),textarea,select,[contenteditable]")) return;
    const what = Object.hasOwn(does, event.key) ? does[event.key] : null;
    if (!what || !use.checked) return;
    event.preventDefault();
    what();
  });
}
