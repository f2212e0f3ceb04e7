export {
  type MemoryClient,
  type MemoryClientHandler,
  MemoryListener,
  type MemoryListenerOptions,
} from './memory-listener.js'
