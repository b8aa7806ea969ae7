/** How much a run or launch has lent. */
export interface LentTime {
  /** CPU-seconds that were on loan, in all */
  seconds: number;
  /** CPUs that were on loan, on average over each part of the run */
  timeline: readonly { from: number; to: number; cpus: number }[];
}

const MOST_PARTS = 600;

/** Adds up loans. The parts of the time line are as long as it takes for 600 of them to be enough. */
export class LentTimeline {
  private parts: { from: number; to: number; loans: number }[] = [];
  private length = 1;

  /**
   * @param from seconds from the start; `to` is where the next call goes on
   * @param cpus that were on loan meanwhile
   */
  add(from: number, to: number, cpus: number): void {
    const last = this.parts.at(-1);
    if (last && last.to - last.from < this.length) {
      last.to = to;
      last.loans += cpus * (to - from);
    } else {
      this.parts.push({ from, to, loans: cpus * (to - from) });
    }
    if (this.parts.length > MOST_PARTS) this.halve();
  }

  result(): LentTime {
    return {
      seconds: this.parts.reduce((sum, { loans }) => sum + loans, 0),
      timeline: this.parts.map(({ from, to, loans }) => ({ from, to, cpus: to > from ? loans / (to - from) : 0 })),
    };
  }

  private halve(): void {
    this.length *= 2;
    this.parts = this.parts.flatMap((part, i, all) => {
      const next = all[i + 1];
      if (i % 2 === 1) return [];
      return [next ? { from: part.from, to: next.to, loans: part.loans + next.loans } : part];
    });
  }
}
