// Looks at a page whose list may go on, and where `act` says so asks it for more: by its button that says one of the
// words, by the one for what comes next, by going to its end or, step by step, through all of it. Tells what was done, and what the page showed before that.
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

  const turnable = new RegExp(options.turnable, "i");
  const nextWords = new RegExp(`^[^\\p{L}\\p{N}]*(?:${options.next})[^\\p{L}\\p{N}]*$|^[›»→>]$`, "iu");
  const says = (element, words) =>
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

  // Pictures, months and the steps of a form have a next one too.
  const turnsSomethingElse = (element) => {
    for (let at = element, level = 0; at && level < 5; at = at.parentElement, level++) {
      if (/^(?:dialog|form)$/.test(at.localName) || turnable.test(`${at.getAttribute("class")} ${at.id}`)) return true;
    }
    return false;
  };

  if (options.act === "click" || options.act === "next") {
    const isNext = options.act === "next";
    const wanted = (element) => says(element, isNext ? nextWords : words) && !(isNext && turnsSomethingElse(element));
    const controls = Array.from(document.querySelectorAll("button, [role=button], a, input[type=button]"));
    const button = controls.reverse().find((element) => wanted(element) && !leadsAway(element) && isUsable(element));
    if (button) {
      button.click();
      told.act = options.act;
    }
  } else if (options.act === "scroll" || options.act === "step") {
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
    const height = (parts[0] ? target.clientHeight : innerHeight) * 0.8;
    const top = options.act === "step" ? (options.step - 1) * height : target.scrollHeight;
    if (options.act === "step" && top > target.scrollHeight) return told;
    tell();
    target.scrollTo({ top, behavior: "instant" });
    tell();
    told.act = options.act;
  }
  return told;
}
