export { CONFIG_PATH, FOUNDATIONS, REGISTERS } from './choices.js'
export { WorkloadClient, type WorkloadOptions } from './workload-client.js'
