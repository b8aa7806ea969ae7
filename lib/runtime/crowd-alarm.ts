/** Calls back if more workers work than there are places, and that lasts for some time. */
export class CrowdAlarm {
  private timer: NodeJS.Timeout | undefined;
  private workers = 0;

  /**
   * @param lastingMs a pool whose workers go to rest one after another is no crowd: one that lasts this long is
   * @param act called once for each crowd, with its workers at that moment
   */
  constructor(
    private readonly lastingMs: number,
    private readonly act: (workers: number) => void,
  ) {}

  /** @param workers how many work; 0 if each has its own place */
  update(workers: number): void {
    this.workers = workers;
    if (workers === 0) this.stop();
    else this.timer ??= setTimeout(() => this.act(this.workers), this.lastingMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
