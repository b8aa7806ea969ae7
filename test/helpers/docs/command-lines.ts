/** A use of the command in a line for a shell. */
export interface CommandLine {
  /** the first word behind `governor`; empty if it is a flag, or stands for any command: COMMAND */
  command: string;
  /** flags before `--`, without their values */
  flags: string[];
}

/** Each `governor …` of a line: at its beginning, behind variables, or behind another command such as mpirun. */
export function commandLines(line: string): CommandLine[] {
  return [...line.replace(/(?:^|\s)#.*$/, '').matchAll(/(?:^|[\s(;&|])(?:npx )?governor(?![-\w.:/])([^;&|>)]*)/g)].map(
    ([, rest]) => {
      const words = rest!.trim().split(/\s+/).filter(Boolean);
      const ours = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
      const flags = ours.filter(word => word.startsWith('-')).map(word => word.replace(/=.*/, ''));
      return { command: /^[a-z]/.test(ours[0] ?? '') ? ours[0]! : '', flags };
    },
  );
}
