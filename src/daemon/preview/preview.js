// The preview's own script: reloads after a good build, lays problems over the page after another.
const events = new EventSource("/_lanai/events");
events.addEventListener("reload", () => location.reload());
events.addEventListener("problems", show);
// A server that was started again may have built something new.
let lost = false;
events.addEventListener("error", () => { lost = true; });
events.addEventListener("open", () => { if (lost) location.reload(); });

async function show() {
  const text = await (await fetch("/_lanai/problems")).text();
  document.getElementById("lanai-problems")?.remove();
  if (!text) return;
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = "/_lanai/preview.css";
  const box = document.createElement("dialog");
  box.id = "lanai-problems";
  box.setAttribute("aria-label", "Problems of the last build");
  const heading = document.createElement("h2");
  heading.textContent = "The last build found problems. This page is from the build before.";
  const list = document.createElement("pre");
  list.tabIndex = 0;
  list.textContent = text;
  const close = document.createElement("button");
  close.textContent = "Close";
  close.addEventListener("click", () => box.remove());
  box.append(style, heading, list, close);
  document.body.append(box);
  box.show();
}

show();
