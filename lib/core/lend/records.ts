/** A CPU that a run or launch of this user lends, as the addon reads it. */
export interface LentCpuRecord {
  cpu: number;
  /** pid of the process whose CPU it is; 0: it has ended */
  owner: number;
  /** pid of the process that may use it until its owner needs it again; 0: none */
  borrower: number;
  /** whether this process lends it */
  ours: boolean;
  /** whether it is withheld because another program uses it */
  others: boolean;
  /** nanoseconds of CPU time that the owner and the borrower have used; 0 if there is none */
  ownerUsed: number;
  borrowerUsed: number;
}
