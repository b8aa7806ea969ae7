import type { Audit } from '../../../core/audit/audit.js';
import { widthOf, type Line } from './line.js';

const TITLE = 'FOUND';

/** The ids of the findings that are no mere remarks, each once, wrapped to the width. */
export function foundLines({ pid, findings }: Audit, width: number): Line[] {
  const found = findings.filter(finding => finding.severity !== 'remark');
  if (found.length === 0)
    return [
      [
        { text: TITLE, style: 'bold' },
        { text: '  nothing', style: 'dim' },
      ],
    ];
  const ids = [...new Set(found.map(finding => finding.id))];
  const words = [...ids.map((id, i) => (i < ids.length - 1 ? `${id},` : id)), `(governor audit ${pid})`];
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && widthOf(longer) <= width - TITLE.length - 2) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((text, i) => [
    { text: `${i === 0 ? TITLE : ' '.repeat(TITLE.length)}  `, style: 'bold' },
    { text, style: 'yellow' },
  ]);
}
