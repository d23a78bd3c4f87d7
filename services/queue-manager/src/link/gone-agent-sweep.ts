import { BusClient } from '@baton/bus';
import { isBatonError, queueWaitRequests } from '@baton/contracts';
import { CONFIG } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import type { QueueManagerConfig } from '../config.js';
import { systemContext } from '../log/system-context.js';
import { AgentLinksRepository, type GoneAgent } from './agent-links.repository.js';

/** Gateways give a sign of life three times within this. */
const GATEWAY_DEAD_MS = 20_000;
const LONGEST_PAUSE_MS = 5_000;
const BATCH = 100;
const ASK_MS = 5_000;

/**
 * An agent whose stream is gone and did not come back in time loses what they have to others. Judged only by a process
 * that has been hearing gateways for long enough: after an outage of the bus everybody seems gone.
 */
@Injectable()
export class GoneAgentSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('GoneAgents');
  private readonly graceMs: number;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private hearingSince: number | undefined;

  constructor(
    private readonly links: AgentLinksRepository,
    private readonly bus: BusClient,
    @Inject(CONFIG) config: QueueManagerConfig,
  ) {
    this.graceMs = config.BATON_AGENT_GONE_SECONDS * 1000;
  }

  /** A gateway reported. */
  heard(): void {
    this.hearingSince ??= performance.now();
  }

  onApplicationBootstrap(): void {
    this.bus.connection.whenChanged((connected) => {
      if (!connected) this.hearingSince = undefined;
    });
    const pause = Math.max(200, Math.min(LONGEST_PAUSE_MS, this.graceMs / 4));
    this.timer = setInterval(() => {
      this.sweeping ??= this.sweep()
        .catch((error: unknown) => this.logger.warn({ err: error }, 'Could not look for agents who are gone'))
        .finally(() => (this.sweeping = undefined));
    }, pause);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** As long as the grace, and a gateway's chance to report all it has. */
  private get canJudge(): boolean {
    const needed = Math.min(this.graceMs, GATEWAY_DEAD_MS);
    return this.hearingSince !== undefined && performance.now() - this.hearingSince >= needed;
  }

  private async sweep(): Promise<void> {
    let kept = 0;
    let found: readonly GoneAgent[];
    do {
      if (!this.canJudge) return;
      // Who could not be parted from stays at the front: the next batch begins behind them.
      found = await this.links.gone({
        graceMs: this.graceMs,
        gatewayDeadMs: GATEWAY_DEAD_MS,
        limit: BATCH,
        skip: kept,
      });
      for (const agent of found) if (!(await this.isParted(agent))) kept += 1;
    } while (found.length === BATCH);
  }

  /** One whom it can't be done for keeps nobody else: they are looked at again at the next sweep. */
  private async isParted(agent: GoneAgent): Promise<boolean> {
    try {
      await this.part(agent);
      return true;
    } catch (error) {
      const { tenant_id, agent_id } = agent;
      this.logger.warn({ err: error, tenant_id, agent_id }, 'Could not part from an agent who is gone');
      return false;
    }
  }

  private async part(agent: GoneAgent): Promise<void> {
    const { tenant_id, agent_id } = agent;
    for (const owned of await this.links.owned(tenant_id, agent_id)) {
      this.logger.log({ tenant_id, agent_id, ...owned }, 'The agent is gone: to somebody else');
      try {
        await this.bus.request(
          queueWaitRequests.agentGone,
          systemContext(tenant_id),
          { ...owned, agent_id },
          { timeoutMs: ASK_MS },
        );
      } catch (error) {
        if (!isBatonError(error, 'not-found') && !isBatonError(error, 'erased')) throw error;
      }
    }
    await this.links.forget(agent);
  }
}
