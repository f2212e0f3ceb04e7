export { AdminClient, type AdminHands, type AdminOptions } from './admin-client.js'
