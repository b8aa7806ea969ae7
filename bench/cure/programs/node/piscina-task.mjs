export default function task(seed) {
  const rows = Array.from({ length: 6000 }, (_, i) => ({ key: (i * 7919 + seed) % 6007, name: `row ${i}` }));
  rows.sort((a, b) => a.key - b.key);
  return JSON.parse(JSON.stringify(rows)).length;
}
