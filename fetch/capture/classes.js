// The classes and ids in use, and the elements of resources that were not let through are hidden.
(options) => {
  const classes = new Set();
  const ids = new Set();
  for (const element of document.querySelectorAll("[class], [id]")) {
    for (const name of element.classList) classes.add(name);
    if (element.id) ids.add(element.id);
    if (classes.size + ids.size > options.most) break;
  }
  const blocked = new Set(options.blocked);
  for (const element of document.querySelectorAll("img, iframe, embed, object, video")) {
    if (blocked.has(element.currentSrc || element.src || element.data)) {
      element.style.setProperty("display", "none", "important");
    }
  }
  return { classes: Array.from(classes), ids: Array.from(ids) };
}
