// Returns when the part of the page that is seen is drawn: fonts and pictures there, nothing changing for `quietMs`.
async (options) => {
  const ends = performance.now() + options.capMs;
  const pause = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));
  const capped = (work) => Promise.race([work, pause(ends - performance.now())]);
  await capped(document.fonts.ready);
  if (options.quietMs) {
    let changed = performance.now();
    const watch = new MutationObserver(() => { changed = performance.now(); });
    watch.observe(document, { childList: true, subtree: true, characterData: true });
    while (performance.now() < ends && performance.now() - changed < options.quietMs) await pause(20);
    watch.disconnect();
  }
  const seen = Array.from(document.images).filter((picture) => {
    const box = picture.getBoundingClientRect();
    return picture.src + picture.srcset && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  });
  // One that waits to be seen says that it is complete before it has begun to load.
  for (const picture of seen) picture.loading = "eager";
  await capped(Promise.all(seen.map((picture) => picture.decode().catch(() => {}))));
  await capped(new Promise((done) => requestAnimationFrame(done)));
  return true;
}
