import type { Priority } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import { PriorityGate, type GateOptions, type Leave } from '../../support/priority-gate.js';

const RANK: Readonly<Record<Priority, number>> = { foreground: 0, 'read-ahead': 1, background: 2 };

/** Limits how many requests are open at once at each host, by priority. */
export class HostSlots {
  readonly #limits: readonly number[];
  readonly #gates = new Map<string, PriorityGate>();

  constructor(perHost: Readonly<Record<Priority, number>>) {
    this.#limits = [perHost.foreground, perHost['read-ahead'], perHost.background];
  }

  /** Resolves when the host has a slot. Rejects with RemoteError `aborted` if the signal aborts first. */
  async enter(host: string, request: GateOptions & { readonly priority: Priority }): Promise<Leave> {
    const { priority, signal, urgent } = request;
    try {
      return await this.#gateOf(host).enter(RANK[priority], { signal, urgent });
    } catch (reason) {
      throw new RemoteError('aborted', 'The request was cancelled.', { cause: reason });
    }
  }

  #gateOf(host: string): PriorityGate {
    let gate = this.#gates.get(host);
    if (gate === undefined) {
      gate = new PriorityGate(this.#limits);
      this.#gates.set(host, gate);
    }
    return gate;
  }
}
