// Fits the text: the largest size at which all of it is in its place. Words are broken only where they must be.
const logo = document.querySelector('.logo');
const gone = logo && !(logo.complete && logo.naturalWidth > 0);
if (gone) logo.remove();
const words = document.querySelector('.words');
const texts = Array.from(words.children);
// The logo and the accent stand where the title begins.
document.body.dir = getComputedStyle(texts[0]).direction;
// Measured by the texts' own boxes: what flows out above is in no scrollHeight.
const height = () => texts.at(-1).getBoundingClientRect().bottom - texts[0].getBoundingClientRect().top;
const fits = () => height() <= words.clientHeight + 1
  && texts.every((text) => text.scrollWidth <= words.clientWidth + 1);
const at = (size, broken) => {
  words.style.fontSize = `${size}px`;
  words.style.setProperty('--small', `${Math.max(18, Math.min(34, Math.round(size * 0.46)))}px`);
  for (const text of texts) text.classList.toggle('anywhere', broken);
  return fits();
};
const fitted = () => {
  for (const [least, broken] of [[44, false], [20, true]]) {
    for (let size = 88; size >= least; size -= 2) if (at(size, broken)) return true;
  }
  return false;
};
if (!fitted()) throw new Error('text: it does not fit');
if (gone) throw new Error('logo: it could not be loaded');
