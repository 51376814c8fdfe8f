// @ts-check
/** Makes elements. Text is always a text node, so that no label can become markup. */

/** @typedef {Node | string | null | false} Child */

/** @param {string} tag @param {Record<string, string>} attributes @param {Child[]} children @returns {HTMLElement} */
function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {Child[]} children */
function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/**
 * @template {Element} T
 * @param {T} made
 * @param {Record<string, string | number>} attributes
 * @param {Child[]} children
 */
function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

/** Text for a reader who does not see the chart beside it. @param {string} text */
function visuallyHidden(text) {
  return element("span", { class: "visually-hidden" }, text);
}

/** A text that changes as time passes, without being announced. @param {Context} context @param {"countdown" | "ago"} kind @param {number} at */
function relativeTime(context, kind, at) {
  return element("span", { class: "relative", [`data-${kind}`]: String(at) }, context[kind](at));
}

/** Brings every such text up to date. @param {Context} context */
function updateTimes(context) {
  for (const shown of document.querySelectorAll(".relative")) {
    if (!(shown instanceof HTMLElement)) continue;
    const { countdown, ago } = shown.dataset;
    const said = countdown !== undefined ? context.countdown(Number(countdown)) : context.ago(Number(ago));
    if (shown.textContent !== said) shown.textContent = said;
  }
}

/** A command with its button. @param {Context} context @param {string} command */
function copyable(context, command) {
  // Text that cannot be seen must not be copied.
  if (command.includes(REPLACEMENT)) return element("code", {}, command);
  const code = element("code", { dir: "ltr" }, command);
  const button = element("button", { type: "button", class: "copy", id: `copy ${command}` }, context.words.copy, visuallyHidden(`: ${command}`));
  button.addEventListener("click", () => void copy(context, code, button));
  return element("span", { class: "command" }, code, button);
}

/** @param {Context} context @param {HTMLElement} code @param {HTMLElement} button */
async function copy(context, code, button) {
  const isCopied = await copied(code);
  announce(isCopied ? context.words.copied : context.words.copyByHand);
  const label = button.firstChild;
  if (!isCopied || !label) return;
  label.textContent = context.words.copied;
  setTimeout(() => (label.textContent = context.words.copy), 2000);
}

/** In a sandboxed frame the clipboard is out of reach, but what is selected can be copied. @param {HTMLElement} code */
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
}

/** Says something to a screen reader. @param {string} text */
function announce(text) {
  const place = document.getElementById("announcement");
  if (!place) return;
  // The same words twice are said twice.
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 100);
}
