// The ratios to the best by hand as an SVG picture, drawn by Vega-Lite: it needs no browser.

/** Larger ratios are drawn at the edge. */
const MOST = 1.5;
const SHOWN = ['as it is', 'N × M', 'prescribed', 'run', 'run, N × M', 'launch'];

export async function chart({ ratios, machine, version, date }) {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  const values = ratios.filter(({ against, ratio }) => against === 'by hand' && ratio !== null);
  const x = { type: 'quantitative', scale: { domain: [0, MOST], clamp: true } };
  const y = { field: 'case', type: 'nominal', title: null, sort: null };
  const offset = { field: 'variant', type: 'nominal', sort: SHOWN };
  const color = { field: 'variant', type: 'nominal', title: null, sort: SHOWN, scale: { scheme: 'tableau10' } };
  const specification = {
    title: {
      text: 'Work per second, as a ratio to the best by hand',
      subtitle: `thread-governor ${version}, ${date.slice(0, 10)}, ${machine.cpus} CPUs (${machine.model})`,
    },
    background: 'white',
    config: { aria: false },
    width: 640,
    height: { step: 9 },
    data: { values },
    encoding: { y, yOffset: offset, color },
    layer: [
      {
        mark: { type: 'rule' },
        encoding: { x: { ...x, field: 'low', title: 'ratio, 95 % interval' }, x2: { field: 'high' } },
      },
      { mark: { type: 'point', filled: true, size: 40 }, encoding: { x: { ...x, field: 'ratio' } } },
      {
        mark: { type: 'rule', strokeDash: [4, 3] },
        encoding: { x: { datum: 1 }, y: null, yOffset: null, color: null },
      },
    ],
  };
  const view = new vega.View(vega.parse(compile(specification).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
