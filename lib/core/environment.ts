/** Environment variables by name, as a program is started with them. */
export type Environment = Readonly<Record<string, string | undefined>>;
