// Keeps the page live: asks for it again and puts the new status in the place of the old one, where it has changed.
const again = async () => {
  try {
    const answer = await fetch(`${location.pathname}?live=1`, { cache: 'no-store' });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const before = document.getElementById('status');
    const now = fresh.getElementById('status');
    if (before && now && before.outerHTML !== now.outerHTML) {
      before.className = now.className;
      before.replaceChildren(...document.importNode(now, true).childNodes);
      document.title = fresh.title;
    }
  } catch {
    // Away for now: what was known stays, and the next try may do.
  }
};
setInterval(() => { if (!document.hidden) again(); }, 15000);
