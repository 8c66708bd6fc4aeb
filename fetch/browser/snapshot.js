// Runs in a world of its own, where the page's scripts cannot reach: they may have replaced Promise or setTimeout.
// Waits until the page has stopped adding elements, then gives its source with open shadow roots written out in place.
(options) => {
  const TICK_MS = 20;
  const began = performance.now();
  let lastChange = began;

  const observer = new MutationObserver((changes) => {
    // Text alone may change for ever: clocks, tickers, counters.
    const addsElements = (change) => Array.from(change.addedNodes).some((node) => node.nodeType === Node.ELEMENT_NODE);
    if (changes.some(addsElements)) lastChange = performance.now();
  });

  // A page that shows next to nothing is probably about to, if it has scripts at all.
  const isThin = () =>
    document.scripts.length > 0 && (document.body ? document.body.innerText.length : 0) < options.thinCharacters;

  const settled = (resolve) => {
    const now = performance.now();
    const quiet = now - lastChange;
    if (now - began >= options.capMs || (quiet >= options.quietMs && (quiet >= options.thinMs || !isThin()))) resolve();
    else setTimeout(settled, TICK_MS, resolve);
  };

  // A copy of `node` as it is drawn: a shadow root's children instead of its host's, slots filled with what they show.
  // It is made in a document without a window, where custom elements stay lifeless: none of the page's code runs for it.
  const flat = (node, lifeless) => {
    if (node.localName === "slot" && node.getRootNode() instanceof ShadowRoot) {
      const shown = node.assignedNodes({ flatten: true });
      const fragment = lifeless.createDocumentFragment();
      for (const child of shown.length ? shown : node.childNodes) fragment.append(flat(child, lifeless));
      return fragment;
    }
    if (node.localName === "template") return lifeless.importNode(node, true);
    const copy = lifeless.importNode(node, false);
    for (const child of (node.shadowRoot || node).childNodes) copy.append(flat(child, lifeless));
    return copy;
  };

  // One element as a page of its own: what names the page stays, its scripts and the rest of it do not.
  const part = (element) => {
    const lifeless = document.implementation.createHTMLDocument("");
    lifeless.documentElement.lang = document.documentElement.lang;
    const names = document.head ? document.head.querySelectorAll("title, base, meta") : [];
    lifeless.head.replaceChildren(...Array.from(names, (node) => lifeless.importNode(node, true)));
    lifeless.body.append(flat(element, lifeless));
    return lifeless.documentElement.outerHTML;
  };

  const source = () => {
    const root = document.documentElement;
    if (!root || !options.withSource) return "";
    if (options.within) return part(document.querySelector(options.within));
    const doctype = document.doctype ? `<!DOCTYPE ${document.doctype.name}>` : "";
    const hasShadows = Array.from(root.querySelectorAll("*")).some((element) => element.shadowRoot);
    return doctype + (hasShadows ? flat(root, document.implementation.createHTMLDocument("")) : root).outerHTML;
  };

  const received = () => {
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return entries.reduce((sum, entry) => sum + (entry.transferSize || 0), 0);
  };

  const snapshot = () => {
    observer.disconnect();
    const isMissing = options.within !== "" && !document.querySelector(options.within);
    if (isMissing) return { html: "", tooLarge: false, received: 0, isMissing };
    const html = source();
    const tooLarge = html.length > options.maxCharacters;
    return { html: tooLarge ? "" : html, tooLarge, received: received(), isMissing };
  };

  observer.observe(document, { subtree: true, childList: true });
  return new Promise((resolve) => settled(resolve)).then(snapshot);
}
