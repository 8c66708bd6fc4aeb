// Scrolls from the top to the end of the page and back, so that whatever waits to be seen is loaded; then gives the
// page's size. Ends after `capMs`, and at `most` pixels. Where it is drawn on one `sheet`, what clings to the window's
// lower edge goes to the page's.
async (options) => {
  const ends = performance.now() + options.capMs;
  const page = document.scrollingElement || document.documentElement;
  const pause = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));
  const capped = (work) => Promise.race([work, pause(ends - performance.now())]);
  const left = () => performance.now() < ends;
  const to = (top) => window.scrollTo({ top, behavior: "instant" });
  for (const lazy of document.querySelectorAll("img[loading=lazy], iframe[loading=lazy]")) lazy.loading = "eager";
  const begin = scrollY;
  for (let top = 0; left() && top < Math.min(page.scrollHeight, options.most); top += Math.max(100, innerHeight * 0.8)) {
    to(top);
    await capped(new Promise((done) => requestAnimationFrame(done)));
    await pause(options.stepMs);
  }
  const pictures = Array.from(document.images).filter((picture) => picture.src + picture.srcset);
  await capped(Promise.all(pictures.map((picture) => picture.decode().catch(() => {}))));
  to(begin);
  await capped(new Promise((done) => requestAnimationFrame(done)));
  const height = Math.min(page.scrollHeight, options.most);
  const down = height - innerHeight;
  let looked = 0;
  if (options.sheet && down > 0 && document.body) {
    for (const element of document.body.querySelectorAll("*")) {
      if (++looked > 20000 || !left()) break;
      const style = getComputedStyle(element);
      if (style.position === "fixed") {
        const box = element.getBoundingClientRect();
        const clings = box.top > innerHeight / 2 && box.bottom > innerHeight - 120 && box.height > 0;
        if (clings) element.style.setProperty("translate", `0 ${down}px`, "important");
      } else if (style.position === "sticky" && style.bottom !== "auto" && style.top === "auto") {
        element.style.setProperty("position", "relative", "important");
        element.style.setProperty("bottom", "auto", "important");
      }
    }
  }
  await capped(new Promise((done) => requestAnimationFrame(done)));
  return { isWhole: left() };
}
