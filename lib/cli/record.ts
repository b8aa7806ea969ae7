import type { RunMeasurement } from '../core/launch/measured.js';
import type { LentTime } from '../core/lend/lent-time.js';
import { jsonText } from '../report/json.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import type { PinVerification } from '../core/launch/verification.js';
import { GovernorError } from '../errors.js';
import { reportFile, VerificationLog, type GatheredRun, type ReportPlan } from '../report/launch/report-file.js';
import { NewFile } from './new-file.js';
import { warn } from './messages.js';
import { readVersion } from './version.js';

/** Gathers what happens in a run or a launch, and writes it to the file of --report at the end. */
export class RunRecord {
  private readonly began = new Date().toISOString();
  private readonly file: NewFile | null;
  private readonly verifications = new VerificationLog();
  private readonly warnings: RunWarning[] = [];
  private planned: ReportPlan | null = null;
  private loans: LentTime | null = null;
  private measurement: RunMeasurement | null = null;

  /**
   * @param file null: none is written
   * @throws GovernorError BAD_INPUT if it cannot be written
   */
  constructor(
    private readonly verb: GatheredRun['verb'],
    private readonly command: readonly string[],
    file: string | null,
  ) {
    this.file = file === null ? null : new NewFile(file, 'report');
  }

  plan(plan: ReportPlan): void {
    this.planned = plan;
  }

  verified(verification: PinVerification): void {
    this.verifications.add(new Date().toISOString(), verification);
  }

  warned(warning: RunWarning): void {
    this.warnings.push(warning);
  }

  lent(lent: LentTime): void {
    this.loans = lent;
  }

  measured(measured: RunMeasurement): void {
    this.measurement = measured;
  }

  /** Awaits the end and writes the report, whether it failed or not; nothing if it ended before its plan. */
  async around<Result extends NonNullable<GatheredRun['result']>>(work: Promise<Result>): Promise<Result> {
    try {
      const result = await work;
      this.write(result, null);
      return result;
    } catch (error) {
      this.write(null, error as Error);
      throw error;
    }
  }

  private write(result: GatheredRun['result'], error: Error | null): void {
    if (!this.file || !this.planned) return;
    const gathered: GatheredRun = {
      verb: this.verb,
      command: this.command,
      began: this.began,
      plan: this.planned,
      verifications: this.verifications,
      measured: this.measurement,
      lent: this.loans,
      warnings: this.warnings,
      result,
      error: error && { code: error instanceof GovernorError ? error.code : error.name, message: error.message },
    };
    const failure = this.file.write(`${jsonText(reportFile(gathered, readVersion()), 2)}\n`);
    if (failure) warn(failure);
  }
}
