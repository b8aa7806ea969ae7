/** A pool whose workers go to rest one after another is no crowd: one that lasts this long is. */
const LASTING_MS = 1000;

/** Warns of more working workers than places, if there are more for some time. */
export class CrowdWarning {
  private timer: NodeJS.Timeout | undefined;
  private workers = 0;

  /** @param warn called at most once for each crowd, with its workers at that moment */
  constructor(private readonly warn: (workers: number) => void) {}

  /** @param workers how many work; 0 if each has its own place */
  update(workers: number): void {
    this.workers = workers;
    if (workers === 0) this.stop();
    else this.timer ??= setTimeout(() => this.warn(this.workers), LASTING_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
