/** A long-lived part of the daemon. `run` resolves when it works, `stop` when it has ended. Each may be called once. */
export interface Service {
  run(): Promise<void>;
  stop(): Promise<void>;
}
