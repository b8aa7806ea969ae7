/** A CPU that a process has borrowed, under `--lend`. */
export interface CpuLoan {
  /** the OS's number of it */
  cpu: number;
  /** pid of the process whose CPU it is; null: that has ended */
  owner: number | null;
  /** pid of the process that uses it */
  borrower: number;
}
