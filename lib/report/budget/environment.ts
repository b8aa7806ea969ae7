import { shellQuote } from '../../core/shell.js';
import { systemdEnvironment } from './systemd.js';

export const ENVIRONMENT_FORMATS = ['shell', 'docker', 'systemd'] as const;
export type EnvironmentFormat = (typeof ENVIRONMENT_FORMATS)[number];

/** Variables as text for a shell's eval, docker's --env-file, or a systemd unit. */
export function formatEnvironment(variables: Readonly<Record<string, string>>, format: EnvironmentFormat): string {
  const lines = Object.entries(variables).map(([name, value]) => LINE[format](name, value));
  return lines.join('\n');
}

const LINE: Record<EnvironmentFormat, (name: string, value: string) => string> = {
  shell: (name, value) => `export ${name}=${shellQuote(value)}`,
  docker: (name, value) => `${name}=${value}`,
  systemd: systemdEnvironment,
};
