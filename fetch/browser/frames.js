// For pages that are read and not drawn: without frames no script hears that it may draw, or that an element has come
// into view. Runs in each document before its own scripts. Bounded: an animation is not to run for ever.
(() => {
  const FRAME_MS = 16;
  const MOST_FRAMES = 300;
  let frames = 0;
  window.requestAnimationFrame = (callback) =>
    frames++ < MOST_FRAMES ? setTimeout(() => callback(performance.now()), FRAME_MS) : 0;
  window.cancelAnimationFrame = (handle) => clearTimeout(handle);

  const all = new Set();
  const margins = (told) => {
    const parts = String(told || "0px").trim().split(/\s+/).map((part) => parseFloat(part) || 0);
    return { top: parts[0], bottom: parts[2] ?? parts[0] };
  };
  window.IntersectionObserver = class IntersectionObserver {
    constructor(callback, options = {}) {
      this.callback = callback;
      this.root = options.root || null;
      this.rootMargin = options.rootMargin || "0px";
      this.thresholds = [].concat(options.threshold ?? 0);
      this.seen = new Map();
      all.add(this);
    }
    observe(element) {
      if (this.seen.has(element)) return;
      this.seen.set(element, null);
      setTimeout(() => this.look(), FRAME_MS);
    }
    unobserve(element) {
      this.seen.delete(element);
    }
    disconnect() {
      this.seen.clear();
    }
    takeRecords() {
      return [];
    }
    look() {
      const margin = margins(this.rootMargin);
      const box = this.root && this.root.getBoundingClientRect ? this.root.getBoundingClientRect() : null;
      const top = (box ? box.top : 0) - margin.top;
      const bottom = (box ? box.bottom : innerHeight) + margin.bottom;
      const entries = [];
      for (const [target, was] of this.seen) {
        const rect = target.getBoundingClientRect();
        const isIntersecting = target.isConnected && rect.bottom >= top && rect.top <= bottom && rect.width + rect.height > 0;
        if (isIntersecting === was) continue;
        this.seen.set(target, isIntersecting);
        entries.push({
          target, isIntersecting, boundingClientRect: rect, intersectionRect: rect, rootBounds: box,
          intersectionRatio: isIntersecting ? 1 : 0, time: performance.now(),
        });
      }
      if (entries.length) this.callback(entries, this);
    }
  };
  const lookAll = () => all.forEach((observer) => observer.seen.size && observer.look());
  addEventListener("scroll", lookAll, { capture: true, passive: true });
})();
