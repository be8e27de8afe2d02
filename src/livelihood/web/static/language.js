// Another language loads the page anew, and what was typed goes along: kept for that one load in this tab alone, and
// taken out of the store before anything else is done with it, since it may be about a family. Files cannot be kept.

const KEY = "typed";
const switcher = document.querySelector("form.language");
const shown = switcher?.elements.namedItem("next").value;
const forms = () => [...document.forms].filter((form) => form.method === "post" && form !== switcher);
const fieldsOf = (form) =>
  [...form.elements].filter(
    (field) => field.name && !field.name.startsWith("_") && !["password", "file", "submit", "button"].includes(field.type),
  );
const isTicked = (type) => type === "radio" || type === "checkbox";
const isSaid = ([, type, value, checked]) => type !== "hidden" && (isTicked(type) ? checked : value);
// A page may ask the same in several forms that have no address of their own. How much of a list it shows is no other form.
const addressOf = (form) => (form.getAttribute("action") ?? "").split("?")[0];
const keyOf = (form) =>
  `${addressOf(form)}#${forms().filter((one) => addressOf(one) === addressOf(form)).indexOf(form)}`;

function take() {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return kept && JSON.parse(kept);
  } catch {
    return null;
  }
}

function keep() {
  const kept = forms().map((form) => ({
    key: keyOf(form),
    fields: fieldsOf(form).map((field) => [field.name, field.type, field.value, field.checked ?? false]),
    open: [...form.querySelectorAll("details")].map((one) => one.open),
  }));
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ shown, kept }));
    return true;
  } catch {
    return false;
  }
}

// Rows that were added have to be drawn first: the server does that with all that was typed, and saves nothing.
function redraw(form, kept) {
  const sent = document.createElement("form");
  Object.assign(sent, { method: "post", action: form.dataset.redraw });
  const values = kept.fields.filter(([, type, , checked]) => !isTicked(type) || checked);
  for (const [name, , value] of [...values, ["_shown", "", shown]]) {
    sent.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(sent);
  sent.submit();
}

function put(field, [, type, value, checked]) {
  const was = isTicked(type) ? field.checked : field.value;
  if (isTicked(type)) field.checked = checked;
  else field.value = value;
  if (type !== "hidden" && was !== (isTicked(type) ? field.checked : field.value)) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// Whether all that was said is there again.
function restore(form, kept) {
  const here = fieldsOf(form);
  const names = new Set(here.map((field) => field.name));
  // What belongs to a person goes to that person's row or nowhere; what belongs to a family, to its own form.
  const others = kept.fields
    .filter(
      ([name, type, value]) =>
        type === "hidden" && name.endsWith("_id") && !here.some((field) => field.name === name && field.value === value),
    )
    .map(([name]) => name.slice(0, name.lastIndexOf("-") + 1));
  if (form.dataset.redraw && (others.length || kept.fields.some(([name]) => !names.has(name)))) {
    redraw(form, kept);
    return true;
  }
  const free = new Set(here);
  let whole = true;
  for (const one of kept.fields) {
    if (others.some((row) => one[0].startsWith(row))) {
      whole &&= !isSaid(one);
      continue;
    }
    const [name, type, value, checked] = one;
    let field = [...free].find(
      (it) => it.name === name && it.type === type && (!isTicked(type) || it.value === value),
    );
    if (field) {
      free.delete(field);
      put(field, one);
    } else if (isTicked(type) && checked) {
      // Chosen among what was found for a typed text: the text then is what was chosen, and finds it again.
      field = here.find((it) => it.name === name && it.type === "text");
      if (field) put(field, [name, "text", value]);
    }
    whole &&= !isSaid(one) || field?.value === value;
  }
  const details = [...form.querySelectorAll("details")];
  if (details.length === kept.open.length) details.forEach((one, place) => (one.open = kept.open[place]));
  return whole;
}

const taken = take();
// A page that comes back as it was left has everything still, and nothing may stay in the store.
window.addEventListener("pageshow", (event) => event.persisted && take());
// What is put back is as if it were typed, so once all that listens does: htmx begins at a timeout of its own.
if (taken) document.addEventListener("DOMContentLoaded", () => setTimeout(putBack));

function putBack() {
  // Another page than the one that was asked for, as where the sign-in has ended, takes nothing.
  const here = new Map(taken.shown === shown ? forms().map((form) => [keyOf(form), form]) : []);
  const lost = taken.kept.filter((kept) => {
    const form = here.get(kept.key);
    return form ? !restore(form, kept) : kept.fields.some(isSaid);
  });
  if (!lost.length) return;
  document.querySelector("#main > .inner").prepend(document.getElementById("not-put-back").content.cloneNode(true));
}

// An answer to a form holds what was typed before, and stands at another address than the form did.
let typed = Boolean(document.getElementById("errors")) || shown !== location.pathname + location.search;
document.addEventListener("input", (event) => {
  if (event.target.form && event.target.form !== switcher && event.target.form.method === "post") typed = true;
});

switcher?.addEventListener("submit", (event) => {
  const unkept = forms().some(
    (form) => "unkept" in form.dataset || [...form.elements].some((field) => field.type === "file" && field.files.length),
  );
  if ((typed && !keep()) || unkept) {
    if (!window.confirm(switcher.dataset.lost)) {
      event.preventDefault();
      take();
      return;
    }
  }
  // A line half typed is not asked for any more: it goes along.
  for (const line of document.querySelectorAll("form[data-typed]")) delete line.dataset.typed;
});
