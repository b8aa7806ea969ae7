import type { CpuUse } from '../../../core/placement/planned-use.js';

/** Paul Tol's light scheme: distinguishable with any colour vision, and black text is legible on every colour. */
export const WORKER_COLOURS = [
  '#77AADD',
  '#EE8866',
  '#EEDD88',
  '#FFAABB',
  '#99DDFF',
  '#44BB99',
  '#BBCC33',
  '#AAAA00',
  '#DDC0E8',
];

export interface Appearance {
  fill: string;
  stroke: string;
  text: string;
  dashed?: boolean;
}

const APPEARANCES: Record<Exclude<CpuUse['state'], 'place'>, Appearance> = {
  reserved: { fill: '#333333', stroke: '#000000', text: '#FFFFFF' },
  unused: { fill: '#E4E4E4', stroke: '#888888', text: '#000000' },
  'not allowed': { fill: 'url(#hatch)', stroke: '#777777', text: '#444444' },
  offline: { fill: '#FFFFFF', stroke: '#777777', text: '#555555', dashed: true },
};

/** The colours of a CPU's box. Its second line says the same in letters. */
export function appearanceOf(use: CpuUse): Appearance {
  if (use.state !== 'place') return APPEARANCES[use.state];
  return { fill: WORKER_COLOURS[use.workers[0]! % WORKER_COLOURS.length]!, stroke: '#333333', text: '#000000' };
}

/** Fill and border of the boxes that contain CPUs. */
export const BOX_APPEARANCES: Record<string, { fill: string; stroke: string }> = {
  package: { fill: '#F4F4F4', stroke: '#333333' },
  numa: { fill: '#E6EDF5', stroke: '#5B7A99' },
  l3: { fill: '#FBF6E6', stroke: '#A08C4A' },
  core: { fill: '#FFFFFF', stroke: '#999999' },
};
