// Looks at a page whose list may go on, and where `act` says so asks it for more: by its button that says one of the
// words, or by going to its end. Tells what was done, and what the page showed before that.
(options) => {
  const words = new RegExp(`^[^\\p{L}\\p{N}]*(?:${options.words})[^\\p{L}\\p{N}]*$`, "iu");
  const page = document.scrollingElement || document.documentElement;
  const text = (document.body && document.body.innerText) || "";
  const lines = new Set(text.split("\n").map((line) => line.trim()).filter((line) => line.length > 2));
  const kept = options.lines.filter((line) => lines.has(line)).length;
  const told = {
    elements: document.getElementsByTagName("*").length,
    characters: text.length,
    lines: Array.from(lines).slice(0, options.mostLines),
    distinct: lines.size,
    kept,
    act: "",
  };

  const says = (element) =>
    [element.innerText, element.value, element.getAttribute("aria-label"), element.title].some(
      (said) => typeof said === "string" && said.length < 60 && words.test(said.trim().replace(/\s+/g, " ")),
    );
  // A link with an address of its own is followed by that; a button that sends a form does what nobody asked for.
  const leadsAway = (element) =>
    (element.localName === "a" && /^(?!javascript:)[^#]/i.test(element.getAttribute("href") || "")) ||
    (element.form && element.type !== "button");
  const isUsable = (element) =>
    !element.disabled &&
    element.getAttribute("aria-disabled") !== "true" &&
    !/\bdisabled\b/.test(element.className) &&
    element.getClientRects().length > 0 &&
    (element.checkVisibility ? element.checkVisibility({ visibilityProperty: true }) : true);

  if (options.act === "click") {
    const controls = Array.from(document.querySelectorAll("button, [role=button], a, input[type=button]"));
    const button = controls.reverse().find((element) => says(element) && !leadsAway(element) && isUsable(element));
    if (button) {
      button.click();
      told.act = "click";
    }
  } else if (options.act === "scroll") {
    const scrolls = (element) => element.scrollHeight > element.clientHeight + 1;
    const size = (element) => element.clientWidth * element.clientHeight;
    const parts = scrolls(page)
      ? []
      : Array.from(document.querySelectorAll("body *"))
          .filter((element) => scrolls(element) && /auto|scroll/.test(getComputedStyle(element).overflowY))
          .sort((left, right) => size(right) - size(left));
    const target = parts[0] || page;
    // Without frames no scrolling is told of. First from where it stands: what has gone out of view comes into it then.
    const tell = () => (parts[0] || document).dispatchEvent(new Event("scroll", { bubbles: !parts[0] }));
    tell();
    target.scrollTo({ top: target.scrollHeight, behavior: "instant" });
    tell();
    told.act = "scroll";
  }
  return told;
}
