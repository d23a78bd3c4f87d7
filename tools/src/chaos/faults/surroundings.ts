import { findCheckout, READ_MODELS, rebuildReadModel } from '@baton/system';

import { MODEL_MOODS, type ModelMood } from '../servers/model.js';
import type { ToolMood } from '../servers/tool-server.js';
import { type Fault, pause, within } from './fault.js';

/** The model's moods, one at a time. */
export const modelFaults: Fault[] = (Object.keys(MODEL_MOODS) as ModelMood[]).map((mood) => ({
  kind: `a bad model: ${mood}`,
  plan: 'F-11',
  lane: 'surroundings',
  strike: async ({ system: { model } }, random) => {
    model.become(mood, mood === 'silent' ? 0.3 : random.pick([0.5, 1]));
    await within(4_000, () => model.spoilt >= 20);
    model.recover();
    return model.spoilt > 0 ? `${model.spoilt} calls` : undefined;
  },
}));

const TOOL_MOODS: readonly ToolMood[] = [
  'no answer',
  'server error',
  'an error in a 200',
  'slow',
  'hangs up',
];

export const toolFaults: Fault[] = TOOL_MOODS.map((mood) => ({
  kind: `a tool after its effect: ${mood}`,
  plan: 'F-12',
  lane: 'surroundings',
  strike: async ({ system: { tools } }) => {
    tools.become(mood);
    await within(6_000, () => tools.spoilt >= 3);
    tools.recover();
    return tools.spoilt > 0 ? `${tools.spoilt} calls` : undefined;
  },
}));

const RUSH = 600;

/** Many more at once than are served at once: refused early or taken, never half. */
export const overload: Fault = {
  kind: 'overload',
  plan: 'F-21',
  lane: 'surroundings',
  strike: async ({ customers }) => {
    const sent = await customers.rush(RUSH, 'hello');
    return `${sent.filter(({ standing }) => standing === 'acknowledged').length} of ${RUSH} taken`;
  },
};

export const handoverStorm: Fault = {
  kind: 'a storm of handovers while staff come and go',
  plan: 'F-22',
  lane: 'surroundings',
  strike: async ({ customers, staffs }) => {
    const sent = customers.rush(40, 'person please');
    for (let times = 0; times < 4; times += 1) {
      await Promise.all(staffs.map((staff) => staff.flap()));
      await pause(300);
    }
    return `${(await sent).length} asked for a person`;
  },
};

/** The whole log told again, beside the traffic that goes on writing it. */
export const rebuilt: Fault = {
  kind: 'a read model told again while it is written',
  plan: 'F-19',
  lane: 'surroundings',
  strike: async ({ system }, random) => {
    const readModel = random.pick(Object.keys(READ_MODELS));
    const { dataDir } = system.options;
    const env = { ...process.env, DATABASE_URL: '', NATS_URL: '', REDIS_URL: '', PORT: '' };
    try {
      await rebuildReadModel(readModel, { checkout: findCheckout(), dataDir, env });
      return readModel;
    } catch {
      // The database was taken away from under it: it is told again from where it stands the next time.
      return undefined;
    }
  },
};
