/** The operations of the client protocol: what is written, what is read back. */
export { kindOf, pathOf, readDataStat, readNames, readPath, stripChroot } from './bodies.js'
export { createExtra, createOperation, createWithStatOperation, isSequential, OPEN_ACL } from './create.js'
export { RECONFIG, type ReconfigChange } from './ensemble.js'
export { type RawReply, rawOperation } from './raw.js'
export { AUTH, CLOSE_SESSION, type Credential, WHO_AM_I } from './session.js'
export { ADD_WATCH, CHECK_WATCHES, REMOVE_WATCHES, SET_WATCHES, SET_WATCHES2 } from './watches.js'
export {
  CHECK,
  DELETE,
  EXISTS,
  GET_ACL,
  GET_ALL_CHILDREN_NUMBER,
  GET_CHILDREN,
  GET_CHILDREN2,
  GET_DATA,
  GET_EPHEMERALS,
  SET_ACL,
  SET_DATA,
  SYNC,
} from './znodes.js'
