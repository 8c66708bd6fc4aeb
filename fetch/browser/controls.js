// A selector of the last control to be seen whose text or label is one of the words; "" where there is none.
(options) => {
  const words = new RegExp(`^[^\\p{L}\\p{N}]*(?:${options.words})[^\\p{L}\\p{N}]*$`, "iu");
  const says = (element) =>
    [element.innerText, element.value, element.getAttribute("aria-label"), element.title].some(
      (text) => typeof text === "string" && text.length < 40 && words.test(text.trim()),
    );
  // A link with an address of its own is no control: whether it leads to the next page is told by its address.
  const isControl = (element) =>
    element.localName !== "a" || !/^[^#]/.test(element.getAttribute("href") || "") || /^javascript:/i.test(element.getAttribute("href"));
  const isUsable = (element) =>
    !element.disabled &&
    element.getAttribute("aria-disabled") !== "true" &&
    !/\bdisabled\b/.test(element.className) &&
    (element.checkVisibility ? element.checkVisibility({ visibilityProperty: true }) : true) &&
    element.getClientRects().length > 0;
  const controls = document.querySelectorAll("button, [role=button], a, input[type=button], input[type=submit]");
  const found = Array.from(controls).filter((element) => isControl(element) && says(element) && isUsable(element));
  if (!found.length) return "";
  const path = [];
  for (let element = found[found.length - 1]; element.parentElement; element = element.parentElement) {
    const place = Array.prototype.indexOf.call(element.parentElement.children, element) + 1;
    path.unshift(`${CSS.escape(element.localName)}:nth-child(${place})`);
  }
  return [":root", ...path].join(" > ");
}
