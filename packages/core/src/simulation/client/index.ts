export { ClientDoors } from './doors.js'
export { SimulatedClient, type SimulatedClientParts } from './simulated-client.js'
