// The first visible element that matches, scrolled into sight with its pictures loaded; a width of 0: there is none.
async (options) => {
  const none = { x: 0, y: 0, width: 0, height: 0, isKnown: true };
  const ends = performance.now() + options.capMs;
  const pause = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));
  const capped = (work) => Promise.race([work, pause(ends - performance.now())]);
  let shown;
  for (;;) {
    let matching;
    try {
      matching = Array.from(document.querySelectorAll(options.selector));
    } catch {
      return { ...none, isKnown: false };
    }
    shown = matching.find((one) => one.getClientRects().length);
    if (shown || performance.now() > ends) break;
    await pause(50);
  }
  if (!shown) return none;
  if (options.onlyFind) return { ...none, width: 1, height: 1 };
  shown.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  const pictures = [shown, ...shown.querySelectorAll("img")].filter((one) => one.tagName === "IMG");
  for (const picture of pictures) picture.loading = "eager";
  await capped(Promise.all(pictures.map((one) => one.decode().catch(() => {}))));
  await capped(new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const box = shown.getBoundingClientRect();
  return { x: box.left + scrollX, y: box.top + scrollY, width: box.width, height: box.height, isKnown: true };
}
