// A sheet entered with the keyboard alone. Without this file each line is an ordinary form, and its lists take the
// same keys; with it the answer to a line takes the line's place, and what was typed elsewhere stays.

const lines = document.querySelector(".entry-lines");

const fieldsOf = (form) => [...form.querySelectorAll("input:not([type=hidden]), select")].filter((one) => one.offsetParent);
const first = (form) => form.elements.outcome;

// The note is reached with Tab alone: most lines have none, and a key for each would be many. Of a family that moved it
// is needed.
function nextOf(field) {
  const needed = first(field.form).value === "moved";
  const fields = fieldsOf(field.form).filter((one) => needed || !("aside" in one.dataset));
  return "aside" in field.dataset ? undefined : fields[fields.indexOf(field) + 1];
}

// Where a key went on by itself, whoever presses Tab after every answer means no further field.
let wentTo;

function goOnByItself(field) {
  goOn(field);
  wentTo = document.activeElement;
}

function goOn(field) {
  const next = nextOf(field);
  (next ?? field.form.querySelector("button")).focus();
  next?.select?.();
  return next;
}

// By the letter, or by where it lies: a Khmer keyboard has another letter there.
function optionOf(select, event) {
  const pressed = [event.key.toLowerCase(), event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase()];
  if (["Minus", "NumpadSubtract"].includes(event.code)) pressed.push("-");
  return [...select.options].find((option) => option.dataset.key && pressed.includes(option.dataset.key));
}

lines?.addEventListener("keydown", (event) => {
  const field = event.target;
  const needless = event.key === "Tab" && !event.shiftKey && field === wentTo;
  wentTo = undefined;
  if (needless) event.preventDefault();
  if (event.ctrlKey || event.metaKey || event.altKey || !field.form || field.tagName === "BUTTON") return;
  if (event.key === "Enter") {
    event.preventDefault();
    if (!goOn(field)) field.form.requestSubmit();
    return;
  }
  if (field.tagName !== "SELECT") return;
  // What may stay open is passed over by the key of a later question.
  let asked = field;
  while (asked && "optional" in asked.dataset && !optionOf(asked, event)) asked = nextOf(asked);
  const option = asked?.tagName === "SELECT" && optionOf(asked, event);
  if (!option) return;
  event.preventDefault();
  asked.value = option.value;
  asked.dispatchEvent(new Event("change", { bubbles: true }));
  goOnByItself(asked);
});

// A number that can grow no further needs no Enter: two digits, or a grade that does not begin with a one.
lines?.addEventListener("input", (event) => {
  const field = event.target;
  field.form.dataset.typed = "true";
  if ("aside" in field.dataset || field.tagName !== "INPUT" || field.type === "date" || event.inputType !== "insertText") return;
  const typed = field.value.trim();
  if (typed.length >= 2 || (field.dataset.kind === "grade" && /^[2-9២-៩]$/.test(typed))) goOnByItself(field);
});

// The day and the days open are mostly the same for the whole sheet: the fields below follow, until changed by hand.
lines?.addEventListener("change", (event) => {
  const field = event.target;
  field.form.dataset.typed = "true";
  const { kind } = field.dataset;
  if (kind !== "day" && kind !== "open") return;
  field.dataset.own = "true";
  const alike = [...lines.querySelectorAll(`[data-kind=${kind}]`)];
  for (const below of alike.slice(alike.indexOf(field) + 1)) {
    if (!below.dataset.own) below.value = field.value;
  }
  if (kind === "day") lines.querySelectorAll("form.entry").forEach(warn);
});

// Of the records of the family that of the line's day alone is told.
function warn(form) {
  const day = form.elements.happened_on.value;
  for (const recorded of form.querySelectorAll("[data-recorded-on]")) {
    recorded.hidden = recorded.dataset.recordedOn !== day;
  }
}

function unsent(form, sentence) {
  const said = form.querySelector(".unsent");
  said.textContent = sentence;
  said.hidden = !sentence;
}

function put(form, answer) {
  const line = answer.getElementById(form.id);
  if (!line) return false;
  const open = first(form)?.form.querySelectorAll("[data-own]") ?? [];
  const own = [...open].map((one) => one.id);
  const ready = carried(form).map((one) => [one.id, one.value]);
  form.replaceWith(line);
  for (const [id, value] of ready) {
    const open = document.getElementById(id);
    if (open && !open.value) open.value = value;
  }
  for (const id of own) document.getElementById(id)?.setAttribute("data-own", "true");
  const progress = answer.getElementById("progress");
  const shown = document.getElementById("progress");
  if (progress && shown) shown.replaceChildren(...progress.childNodes);
  const wrong = line.querySelector("[aria-invalid=true]");
  if (wrong) {
    line.dataset.typed = "true";
    wrong.focus();
    wrong.select?.();
    return true;
  }
  const forms = [...lines.querySelectorAll("form.entry")];
  const after = forms.find((one) => line.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  const next = line.matches("form") ? line : after ?? forms[0];
  if (next) begin(next);
  else document.getElementById("all-entered")?.focus();
  return true;
}

// The days open stand ready on every line; where no days present are written they tell nothing of a child. Whoever
// typed them here is asked for the days present.
const carried = (form) => [...form.querySelectorAll("[data-kind=open]:not([data-own])")];

lines?.addEventListener("formdata", ({ target, formData }) => {
  for (const open of carried(target)) {
    if (!formData.get(open.name.replace("days_open", "days_present"))?.trim()) formData.delete(open.name);
  }
});

function begin(form) {
  first(form).focus({ preventScroll: true });
  form.scrollIntoView({ block: "center" });
}

lines?.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.submitter?.hasAttribute("formaction")) {
    // The full form takes along what was typed; of other lines half typed one is still asked.
    delete form.dataset.typed;
    return;
  }
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  unsent(form, "");
  const button = form.querySelector("button");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Line-Only": "true" },
    });
    const text = await answer.text();
    if (answer.status !== 401 && put(form, new DOMParser().parseFromString(text, "text/html"))) return;
    unsent(form, answer.status === 401 ? lines.dataset.ended : lines.dataset.failed);
  } catch {
    unsent(form, lines.dataset.offline);
  }
  delete form.dataset.sending;
  button.focus();
});

const start = (location.hash.startsWith("#line-") && lines?.querySelector(`form${location.hash}`)) || lines?.querySelector("form.entry");
const wrong = lines?.querySelector("[aria-invalid=true]");
if (wrong) wrong.focus();
else if (start) begin(start);
