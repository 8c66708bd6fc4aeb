// Adds a style sheet that no policy of the page keeps out; one that imports others has to be an element.
(options) => {
  if (options.css.includes("@import")) {
    const element = document.createElement("style");
    element.textContent = options.css;
    document.documentElement.append(element);
    return true;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(options.css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return true;
}
