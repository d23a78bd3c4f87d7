import Docker from 'dockerode';

import { findBinary, installServer } from '@baton/testkit';

import { BubblewrapDriver } from '../bubblewrap/bubblewrap.driver.js';
import { DockerDriver } from '../docker/docker.driver.js';
import { GvisorDriver } from '../gvisor/gvisor.driver.js';
import { QuickjsDriver } from '../quickjs/quickjs.driver.js';
import type { Availability, DriverName, SandboxDriver } from '../sandbox.js';

export interface CheckedDriver {
  readonly driver: SandboxDriver;
  readonly availability: Availability;
}

/** What a driver's program is called, where one can be brought. */
const PROGRAMS: Partial<Record<DriverName, 'bwrap' | 'runsc'>> = { bubblewrap: 'bwrap', gvisor: 'runsc' };

const DRIVERS: readonly SandboxDriver[] = [
  new GvisorDriver(),
  new BubblewrapDriver(),
  new DockerDriver(new Docker()),
  new QuickjsDriver(),
];

/** Every driver there is, and whether it can run here; what root may install is installed. */
export const checkedDrivers = async (): Promise<readonly CheckedDriver[]> => {
  const checked: CheckedDriver[] = [];
  for (const driver of DRIVERS) {
    const program = PROGRAMS[driver.name];
    // Where it can't be brought the driver itself says that it is missing.
    if (program && findBinary(program) === undefined) await installServer(program).catch(() => undefined);
    checked.push({ driver, availability: await driver.check() });
  }
  return checked;
};
