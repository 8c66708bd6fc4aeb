// The stretch of the page that an element takes, or all of it; without a width where the element is not there.
(options) => {
  const page = document.scrollingElement || document.documentElement;
  if (!options.selector) return { x: 0, y: 0, width: page.scrollWidth, height: page.scrollHeight };
  const shown = Array.from(document.querySelectorAll(options.selector)).find((one) => one.getClientRects().length);
  if (!shown) return { x: 0, y: 0, width: 0, height: 0 };
  const box = shown.getBoundingClientRect();
  return { x: box.left + scrollX, y: box.top + scrollY, width: box.width, height: box.height };
}
