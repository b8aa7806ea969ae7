/** A process of a run or a launch that did not end. */
export interface LeftProcess {
  /** its pid */
  pid: number;
  /** its effective user; null if unknown */
  uid: number | null;
  /** name of that user in /etc/passwd; null if it has none */
  user: string | null;
  /** its name, as the kernel shows it */
  program: string;
  /** proc_pid_stat(5): D if the kernel lets it end only later */
  state: string;
  /** whether the kernel refuses our signals: it has become another user's */
  refused: boolean;
}
