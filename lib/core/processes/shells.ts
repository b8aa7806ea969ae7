/** Names of shells, as the kernel shows them for their processes. */
export const SHELLS: ReadonlySet<string> = new Set([
  'sh',
  'bash',
  'dash',
  'ash',
  'zsh',
  'ksh',
  'ksh93',
  'mksh',
  'fish',
  'busybox',
  'tcsh',
  'csh',
  'nu',
  'xonsh',
  'pwsh',
  'elvish',
]);
