import { EventType } from '../jute/codes.js'
import type { Metrics, Summary } from '../seams/metrics.js'

/** How many watchers an event had, by its type, under Apache's names. */
export type ToldWatchers = Readonly<Record<number, Summary>>

export function toldWatchers(metrics: Metrics): ToldWatchers {
  return {
    [EventType.NodeCreated]: metrics.summary('node_created_watch_count'),
    [EventType.NodeDeleted]: metrics.summary('node_deleted_watch_count'),
    [EventType.NodeDataChanged]: metrics.summary('node_changed_watch_count'),
    [EventType.NodeChildrenChanged]: metrics.summary('node_children_watch_count'),
  }
}
