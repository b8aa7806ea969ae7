/** What runs a program; it decides how many threads a process has besides those that compute. */
export type Runtime =
  /** the interpreter of Python */
  | 'Python'
  /** Node */
  | 'Node'
  /** a Java virtual machine */
  | 'JVM'
  /** a program that Go has compiled */
  | 'Go'
  /** any other compiled program */
  | 'native'
  /** a shell or another program that starts others: nobody knows which */
  | 'unknown';
