/** Where a process lives: the address that it listens on, and the command that puts it there. */
export interface Site {
  readonly host: string;
  readonly prefix: readonly string[];
}

export interface Place extends Site {
  readonly port: number;
}
