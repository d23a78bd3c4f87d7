export type { BackingServer, BackingServers, ServerName } from './backing-servers.js';
export { BatonSystem, type SystemOptions } from './baton-system.js';
export { keepRunning, type Watch } from './keep-running.js';
export { findCheckout } from './checkout.js';
export { SERVICE_NAMES, type ServiceName } from './service-environment.js';
export { READ_MODELS, rebuildReadModel, type RebuildOptions } from './rebuild.js';
export { notedServers, type ServerUrls } from './server-note.js';
export type { ServiceProcess } from './service-process.js';
export { startBaton, type RunningBaton, type StartBatonOptions } from './start-baton.js';
