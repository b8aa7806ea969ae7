// How a program reports its work: when it begins, and at the end how much it did from when to when.
const seconds = () => (performance.timeOrigin + performance.now()) / 1000;

export function working() {
  console.log('working');
  return seconds();
}

export function span(start, units) {
  console.log(`span ${start.toFixed(6)} ${seconds().toFixed(6)} ${units}`);
}
