// Scrolls by pixels or to an end of the page; where the page itself does not scroll, its largest part that does.
(options) => {
  const page = document.scrollingElement || document.documentElement;
  const scrolls = (element) => element.scrollHeight > element.clientHeight + 1;
  const size = (element) => element.clientWidth * element.clientHeight;
  let target = page;
  if (!scrolls(page) && document.body) {
    const parts = Array.from(document.body.querySelectorAll("*"))
      .filter((element) => scrolls(element) && /auto|scroll/.test(getComputedStyle(element).overflowY))
      .sort((left, right) => size(right) - size(left));
    target = parts[0] || page;
  }
  if (options.to === "bottom") target.scrollTo({ top: target.scrollHeight, behavior: "instant" });
  else if (options.to === "top") target.scrollTo({ top: 0, behavior: "instant" });
  else target.scrollBy({ left: options.x, top: options.y, behavior: "instant" });
  return target.scrollTop;
}
