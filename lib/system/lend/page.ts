import { closeSync, constants, existsSync, fstatSync, openSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cpuset } from '../../core/cpuset.js';
import type { CpuLoan } from '../../core/claims/cpu-loan.js';
import type { LentCpuRecord } from '../../core/lend/records.js';
import { lendVariables } from '../../core/lend/variables.js';
import { GovernorError } from '../../errors.js';
import { ledgerDirectory, makeLedger } from '../claims/ledger.js';
import { codeOf, fileIn, unusable, withDirectory, withLedgerErrors } from '../claims/record-files.js';
import { addonFile, native, type LendPageHandle } from '../native.js';

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

/**
 * The page through which the programs of one user lend each other CPUs, as this process sees it: a file in the ledger.
 * What it lends is withdrawn by close(), and a second after its end at the latest.
 */
export class LendPage {
  private constructor(
    private readonly path: string,
    private readonly page: LendPageHandle,
  ) {}

  /** @throws GovernorError LEDGER_UNUSABLE */
  static open(): LendPage {
    const directory = ledgerDirectory();
    return withLedgerErrors(directory, () => {
      makeLedger(directory);
      const name = pageName();
      const file = withDirectory(directory, opened =>
        openSync(fileIn(opened, name), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600),
      );
      return new LendPage(join(directory, name), mapped(directory, name, file));
    });
  }

  /**
   * The variables with which a program lends and borrows.
   * @throws GovernorError NOT_SUPPORTED
   */
  variables(environment: NodeJS.ProcessEnv): Record<string, string> {
    const library = join(dirname(addonFile()), 'lend.so');
    const why = !existsSync(library)
      ? 'is missing; build it with npm rebuild (needs a C++ compiler and python3)'
      : /[\s:]/.test(library)
        ? 'cannot be loaded into programs, because its path has a blank or a colon'
        : null;
    if (why !== null) throw new GovernorError('NOT_SUPPORTED', `CPUs cannot be lent: ${library} ${why}`);
    return lendVariables(this.path, library, environment);
  }

  /** Lends the CPUs that a worker is pinned to. */
  lendPlace(place: Cpuset, worker: number): void {
    native.lendCpus(this.page, place, worker, true, true);
  }

  /** Lends CPUs that no worker has, as a program's that runs anywhere. @param claimed whether they are claimed */
  lendRest(cpus: Cpuset, program: number, claimed: boolean): void {
    native.lendCpus(this.page, cpus, program, false, claimed);
  }

  /** Withholds these of its CPUs, and no others. */
  withhold(cpus: Cpuset): void {
    native.withholdCpus(this.page, cpus);
  }

  /** Says that the run is alive, and ends loans that are over. @returns how many of its CPUs are borrowed now */
  keep(): number {
    return native.keepLending(this.page);
  }

  /** all CPUs that this user's runs lend */
  get cpus(): LentCpuRecord[] {
    return native.lentCpus(this.page);
  }

  close(): void {
    native.closeLendPage(this.page);
  }
}

/** The CPUs that processes of this user have borrowed now; none if the page cannot be read. */
export function readLoans(): CpuLoan[] {
  const directory = ledgerDirectory();
  try {
    const name = pageName();
    const file = withDirectory(directory, opened => openSync(fileIn(opened, name), O_RDWR | O_NOFOLLOW));
    const page = mapped(directory, name, file);
    const lent = native.lentCpus(page);
    native.closeLendPage(page);
    return lent
      .filter(({ borrower }) => borrower !== 0)
      .map(({ cpu, owner, borrower }) => ({ cpu, owner: owner || null, borrower }));
  } catch (error) {
    if (error instanceof GovernorError || codeOf(error) !== undefined) return [];
    throw error;
  }
}

/** Pids are those of one pid namespace. */
function pageName(): string {
  const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  return `lend-1-${process.geteuid!()}-${namespace}`;
}

function mapped(directory: string, name: string, file: number): LendPageHandle {
  try {
    const status = fstatSync(file);
    if (!status.isFile() || status.uid !== process.geteuid!())
      throw unusable(directory, `${name} in it is not a file of this user`);
    return native.openLendPage(file);
  } finally {
    closeSync(file);
  }
}
