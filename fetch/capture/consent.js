// Sends consent banners away: presses what the platform is known to offer, rejecting before accepting, hides what
// stays, and gives back the scrolling that the banner took. True where something was done.
async (options) => {
  const ends = performance.now() + options.capMs;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const BUTTONS = [
    "#onetrust-reject-all-handler", "#onetrust-accept-btn-handler", ".ot-pc-refuse-all-handler",
    "#CybotCookiebotDialogBodyButtonDecline", "#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll",
    "#CybotCookiebotDialogBodyButtonAccept", "#didomi-notice-disagree-button", "#didomi-notice-agree-button",
    ".didomi-continue-without-agreeing", ".qc-cmp2-summary-buttons button[mode=secondary]",
    ".qc-cmp2-summary-buttons button[mode=primary]", "[data-testid=uc-deny-all-button]",
    "[data-testid=uc-accept-all-button]", "#uc-btn-deny-banner", "#uc-btn-accept-banner",
    "#truste-consent-required", "#truste-consent-button", ".trustarc-declineall-btn", ".trustarc-agree-btn",
    ".osano-cm-denyAll", ".osano-cm-accept-all", ".cky-btn-reject", ".cky-btn-accept", ".cmplz-deny",
    ".cmplz-accept", "#tarteaucitronAllDenied2", "#tarteaucitronPersonalize2", ".iubenda-cs-reject-btn",
    ".iubenda-cs-accept-btn", ".cc-deny", ".cc-dismiss", ".cc-allow", "#hs-eu-decline-button",
    "#hs-eu-confirmation-button", "#axeptio_btn_dismiss", "#axeptio_btn_acceptAll", "#cookie_action_close_header_reject",
    "#cookie_action_close_header", ".fc-cta-do-not-consent", ".fc-cta-consent", ".js-cookie-consent-agree",
    "#ccc-notify-reject", "#ccc-notify-accept", ".klaro .cn-decline", ".klaro .cm-btn-success",
    ".cm__btn[data-role=necessary]", ".cm__btn[data-role=all]", "#cookiescript_reject", "#cookiescript_accept",
  ];
  const BANNERS = [
    "#onetrust-consent-sdk", "#onetrust-banner-sdk", "#CybotCookiebotDialog", "#CybotCookiebotDialogBodyUnderlay",
    "#didomi-host", "#didomi-popup", "#qc-cmp2-container", ".qc-cmp2-container", "#usercentrics-root",
    "#usercentrics-cmp-ui", "#truste-consent-track", ".truste_box_overlay", ".truste_overlay", "#consent_blackbar",
    ".osano-cm-window", ".cky-consent-container", ".cky-overlay", "#cmplz-cookiebanner-container",
    "#tarteaucitronRoot", "#iubenda-cs-banner", ".cc-window", "#hs-eu-cookie-confirmation", "#axeptio_overlay",
    "#cookie-law-info-bar", ".fc-consent-root", ".fc-dialog-overlay", "#ccc", ".klaro .cookie-notice", "#cc-main",
    "#cookiescript_injected", "[id^=sp_message_container]", "iframe[src*=consent][title]", "#gdpr-cookie-message",
    ".cookie-consent", ".cookie-banner", ".cookie-notice", ".cookiebanner", ".cookie-bar", "#cookie-banner",
    "#cookie-notice", "#cookie-bar", "#cookie-consent", "#cookieConsent", "#cookieBanner", "#cookies-banner",
    ".cookies-banner", ".gdpr-banner", "#gdpr-banner", ".cookie-popup", "#cookie-popup", ".cookie-modal",
    ".js-cookie-consent", "[aria-label*='cookie' i][role=dialog]", "[aria-label*='consent' i][role=dialog]",
    "[aria-label*='cookie' i][role=region]", "[aria-describedby*=cookie][role=dialog]",
  ];
  const WORDS = /cookie|consent|gdpr|privacy|datenschutz|einwilligung|rgpd|cookies|traceurs|privacidad|çerez/i;
  const SAYS = [
    /^(reject|decline|deny|refuse)( all)?( cookies)?$|^(only |use )?necessary( cookies)?( only)?$|^(alle )?ablehnen$|^(tout )?refuser$|^rechazar( todo| todas)?$|^rifiuta( tutto)?$|^(alles )?weigeren$/i,
    /^(accept|allow|agree|i agree|got it|ok|okay)( all)?( cookies)?$|^(alle )?(akzeptieren|zulassen)$|^(tout )?accepter$|^aceptar( todo| todas)?$|^accetta( tutto)?$|^(alles )?accepteren$|^kabul et$/i,
  ];
  const roots = () => {
    const found = [document];
    for (const host of document.querySelectorAll("#usercentrics-root, #usercentrics-cmp-ui, #cmpwrapper, [id*=cookie], [id*=consent]")) {
      if (host.shadowRoot) found.push(host.shadowRoot);
    }
    return found;
  };
  const shown = (element) => {
    if (!element.getClientRects().length) return false;
    const style = getComputedStyle(element);
    return style.visibility !== "hidden" && style.opacity !== "0";
  };
  const first = (selectors) => {
    for (const selector of selectors) {
      for (const root of roots()) {
        const found = Array.from(root.querySelectorAll(selector)).find(shown);
        if (found) return found;
      }
    }
    return null;
  };
  // Something that lies over the page and speaks of cookies.
  const overlays = () => Array.from(document.querySelectorAll("body *")).slice(0, 20000).filter((element) => {
    const style = getComputedStyle(element);
    if (style.position !== "fixed" && !(style.position === "absolute" && Number(style.zIndex) >= 100)
        && element.getAttribute("role") !== "dialog") return false;
    if (!shown(element) || element.matches("header, nav, main")) return false;
    const text = element.innerText || "";
    return text.length > 10 && text.length < 4000 && WORDS.test(text) && element.querySelector("button, a, [role=button], input[type=button]");
  });
  const buttonIn = (overlay) => {
    const controls = Array.from(overlay.querySelectorAll("button, [role=button], input[type=button], input[type=submit], a"));
    for (const says of SAYS) {
      const found = controls.find((one) => shown(one) && says.test((one.innerText || one.value || "").trim())
        && !(one.tagName === "A" && /^https?:/.test(one.getAttribute("href") || "")));
      if (found) return found;
    }
    return null;
  };
  const covers = () => first(BANNERS) || overlays()[0] || null;
  let acted = false;
  let lookUntil = Math.min(ends, performance.now() + options.lookMs);
  while (performance.now() < lookUntil) {
    const banner = covers();
    const button = first(BUTTONS) || (banner && buttonIn(banner));
    if (button) {
      button.click();
      acted = true;
      lookUntil = Math.min(ends, performance.now() + 400);  // its way out may be drawn, and a second one may come
      await pause(120);
    } else if (banner) {
      break;
    }
    await pause(60);
  }
  const hide = (element) => { element.style.setProperty("display", "none", "important"); acted = true; };
  for (const root of roots()) for (const selector of BANNERS) for (const banner of root.querySelectorAll(selector)) hide(banner);
  for (const overlay of overlays()) hide(overlay);
  if (!acted) return false;
  const LOCKS = /(^|[-_])(no-?scroll|scroll-?lock(ed)?|modal-open|overflow-hidden|cookie.*(open|active|visible|shown)|didomi-popup-open|cmp.*(open|shown)|sp-message-open|noscroll)($|[-_])/i;
  for (const element of [document.documentElement, document.body]) {
    if (!element) continue;
    for (const name of Array.from(element.classList)) if (LOCKS.test(name)) element.classList.remove(name);
    const style = getComputedStyle(element);
    if (style.overflowY === "hidden") element.style.setProperty("overflow", "visible", "important");
    if (style.position === "fixed") {
      const top = Math.abs(parseFloat(style.top)) || 0;
      element.style.setProperty("position", "static", "important");
      if (top) window.scrollTo({ top, behavior: "instant" });
    }
    if (style.filter.includes("blur")) element.style.setProperty("filter", "none", "important");
    if (style.pointerEvents === "none") element.style.setProperty("pointer-events", "auto", "important");
  }
  // A dark sheet behind the banner, now empty-handed.
  for (const sheet of document.querySelectorAll("body > *, body > * > *")) {
    const style = getComputedStyle(sheet);
    const box = sheet.getBoundingClientRect();
    if (style.position === "fixed" && box.width >= innerWidth && box.height >= innerHeight
        && !sheet.innerText.trim() && !sheet.querySelector("img, video, canvas, svg")) hide(sheet);
  }
  return true;
}
