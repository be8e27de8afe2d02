// Comfort only: every page works without this file.

// An open menu closes on Escape and on a tap elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.account[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.account[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// What is wrong is read out and stands in view.
document.getElementById("errors")?.focus();

const language = document.querySelector("form.language");

// What answers a form has no address of its own: it is told where the form was shown.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form === language || form.elements.namedItem("_shown")) return;
  const shown = document.createElement("input");
  Object.assign(shown, { type: "hidden", name: "_shown", value: language?.elements.namedItem("next").value ?? "/" });
  form.append(shown);
});

// One press is one press: a payment is not sent twice by an impatient thumb.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// Whoever leaves a page from paper with something half typed is asked; its answers come from no other place.
if (document.querySelector("[data-asks]")) {
  document.addEventListener("input", ({ target }) => {
    if (target.form?.method === "post" && target.closest("[data-asks]")) target.form.dataset.typed = "true";
  });
  document.addEventListener("submit", ({ target }) => {
    if ("asks" in target.dataset) delete target.dataset.typed;
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-typed]")) event.preventDefault();
  });
}

// Whoever finds a child in school after all takes back where else the child was said to be.
document.addEventListener("change", ({ target }) => {
  if (!target.name?.endsWith("-school") || target.value !== "in_school") return;
  const asked = target.closest(".entry-child, .card").querySelector(".when-absent");
  for (const radio of asked?.querySelectorAll("input") ?? []) radio.checked = false;
  for (const list of asked?.querySelectorAll("select") ?? []) list.value = "";
});
