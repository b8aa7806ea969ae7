import type { Member } from '../../../lib/core/processes/workers.js';

/** A process of a made-up tree, and those that it has started. */
export interface Made {
  name: string;
  executable: string;
  commandLine: readonly string[];
  clusterWorker: boolean;
  children: Made[];
}

export type NamedMember = Member & { name: string };

export function made(name: string, executable: string, commandLine: readonly string[], children: Made[] = []): Made {
  return {
    name,
    executable: `/usr/bin/${executable}`,
    commandLine: [executable, ...commandLine],
    clusterWorker: false,
    children,
  };
}

export const python = (name: string, words: string, ...children: Made[]) =>
  made(name, 'python3', words.split(' '), children);
export const pythonCode = (name: string, code: string, ...children: Made[]) =>
  made(name, 'python3', ['-c', code], children);
export const sh = (name: string, script: string, ...children: Made[]) => made(name, 'sh', ['-c', script], children);

/** A process as its fork makes children of it: the same executable, the same command line. */
export function forking(parent: Made, ...names: (string | Made)[]): Made {
  const { executable, commandLine } = parent;
  const children = names.map(name =>
    typeof name === 'string' ? { ...parent, name, children: [] } : { ...name, executable, commandLine },
  );
  return { ...parent, children: [...parent.children, ...children] };
}

/** The same processes as a list, as a process tree is read; the root has pid 1000. */
export function tree(root: Made): NamedMember[] {
  const list: NamedMember[] = [];
  const add = ({ children, ...own }: Made, ppid: number) => {
    const pid = 1000 + list.length;
    list.push({ ...own, pid, ppid, startTime: 5000 + list.length });
    for (const child of children) add(child, pid);
  };
  add(root, 1);
  return list;
}
