(() => {
  const told = __TOLD__;
  const script = document.currentScript;
  if (!script) return;
  const link = document.createElement('a');
  link.href = told.url;
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow';
  const picture = document.createElement('img');
  picture.alt = told.alt;
  picture.loading = 'lazy';
  picture.style.maxWidth = '100%';
  picture.style.height = 'auto';
  let tries = 0;
  const load = () => { picture.src = new URL(`${told.picture}?v=${told.version}${tries ? `-${tries}` : ''}`, script.src).href; };
  // The first picture takes some seconds: it is asked for again, ever more seldom.
  picture.onerror = () => { tries += 1; if (tries < 6) setTimeout(load, 5000 * tries); };
  load();
  link.append(picture);
  script.after(link);
})();
