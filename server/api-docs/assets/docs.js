// Finds what is on the page, and turns its theme. Without it the page is whole, and the browser's own search does.
const find = document.querySelector(".find");
const entries = [...document.querySelectorAll(".entry")].map((entry) => ({
  entry,
  line: document.querySelector(`[data-for="${CSS.escape(entry.id)}"]`),
  text: entry.textContent.toLowerCase(),
}));

/** Shows the entries that have all of the words, and how many there are. */
function show(words) {
  let count = 0;
  for (const { entry, line, text } of entries) {
    const isFound = words.every((word) => text.includes(word));
    entry.hidden = line.hidden = !isFound;
    if (isFound) count += 1;
  }
  for (const group of document.querySelectorAll(".group"))
    group.hidden = group.querySelector(".entry:not([hidden])") === null;
  for (const part of document.querySelectorAll(".part"))
    part.hidden = part.querySelector("li:not([hidden])") === null;
  document.querySelector(".found").textContent =
    words.length === 0
      ? ""
      : count === 0
        ? "Nothing has all of these words."
        : `${count} of ${entries.length}`;
}

if (find) {
  find.hidden = false;
  const input = find.querySelector("input");
  input.addEventListener("input", () => show(input.value.toLowerCase().split(/\s+/).filter(Boolean)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    input.focus();
  });
  // On a phone the long list of contents would stand before all that it leads to.
  if (matchMedia("(max-width: 899px)").matches)
    for (const part of document.querySelectorAll(".part")) part.open = false;
  // Whoever follows a link is shown where it leads, whatever was looked for.
  addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    input.value = "";
    show([]);
    target.scrollIntoView();
  });
}

const theme = document.querySelector(".theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
});
