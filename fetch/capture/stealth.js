// What a browser without a window lacks, put in its place before the page's own scripts run.
(() => {
  const isPhone = /Android/.test(navigator.userAgent);
  // A proxy of the native function still says that it is native.
  const answers = (owner, name, answer) => {
    const known = Object.getOwnPropertyDescriptor(owner, name);
    if (!known || !known.get) return;
    Object.defineProperty(owner, name, { ...known, get: new Proxy(known.get, { apply: () => answer }) });
  };
  const GPU = isPhone
    ? ["Qualcomm", "Adreno (TM) 730"]
    : ["Google Inc. (Intel)", "ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)"];
  for (const kind of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
    if (!kind) continue;
    kind.prototype.getParameter = new Proxy(kind.prototype.getParameter, {
      apply(real, context, given) {
        if (given[0] === 37445) return GPU[0];
        if (given[0] === 37446) return GPU[1];
        return Reflect.apply(real, context, given);
      },
    });
  }
  answers(Navigator.prototype, "webdriver", false);
  answers(Navigator.prototype, "hardwareConcurrency", 8);
  if ("deviceMemory" in navigator) answers(Navigator.prototype, "deviceMemory", 8);
  if (!window.chrome) {
    const chrome = { app: { isInstalled: false }, runtime: undefined, csi() {}, loadTimes() {} };
    delete chrome.runtime;
    Object.defineProperty(window, "chrome", { value: chrome, writable: true, enumerable: true, configurable: false });
  }
  if (window.Notification) answers(window.Notification, "permission", "default");
  if (window.Permissions) {
    Permissions.prototype.query = new Proxy(Permissions.prototype.query, {
      apply: async (real, owner, given) => {
        const status = await Reflect.apply(real, owner, given);
        if (given[0] && given[0].name === "notifications") {
          Object.defineProperty(status, "state", { value: "prompt", configurable: true });
        }
        return status;
      },
    });
  }
  if (isPhone || navigator.plugins.length) return;
  answers(Navigator.prototype, "pdfViewerEnabled", true);
  const PDF = ["application/pdf", "text/pdf"];
  const NAMES = ["PDF Viewer", "Chrome PDF Viewer", "Chromium PDF Viewer", "Microsoft Edge PDF Viewer", "WebKit built-in PDF"];
  const types = PDF.map((type) => Object.create(MimeType.prototype, {
    type: { value: type, enumerable: true }, suffixes: { value: "pdf", enumerable: true },
    description: { value: "Portable Document Format", enumerable: true },
  }));
  const listed = (prototype, entries, key) => {
    const own = { length: { value: entries.length } };
    entries.forEach((entry, at) => {
      own[at] = { value: entry, enumerable: true };
      own[entry[key]] = { value: entry };
    });
    own.item = { value: (at) => entries[at] || null };
    own.namedItem = { value: (name) => entries.find((entry) => entry[key] === name) || null };
    own[Symbol.iterator] = { value: () => entries[Symbol.iterator]() };
    return Object.create(prototype, own);
  };
  const plugins = NAMES.map((name) => Object.create(Plugin.prototype, {
    name: { value: name, enumerable: true }, filename: { value: "internal-pdf-viewer", enumerable: true },
    description: { value: "Portable Document Format", enumerable: true }, length: { value: types.length },
    0: { value: types[0] }, 1: { value: types[1] },
  }));
  answers(Navigator.prototype, "plugins", listed(PluginArray.prototype, plugins, "name"));
  answers(Navigator.prototype, "mimeTypes", listed(MimeTypeArray.prototype, types, "type"));
})();
