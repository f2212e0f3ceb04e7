import type { InjectionToken } from 'tsyringe'

/** Values beside a message: zxids in hexadecimal with 0x, times and durations in milliseconds. */
export type LogFields = Readonly<Record<string, unknown>>

/** Structured events out of the kernel: pino's shape, so a pino logger is one. */
export interface Logger {
  /** For whoever looks for a defect. */
  debug(fields: LogFields, message: string): void
  /** What a server does: roles, sessions, snapshots. */
  info(fields: LogFields, message: string): void
  /** Something is not as it should be, and the server goes on. */
  warn(fields: LogFields, message: string): void
  /** Something failed that was asked for, or that the server needs. */
  error(fields: LogFields, message: string): void
}

/** Where the server looks for its logger; by default it says nothing. */
export const LOGGER: InjectionToken<Logger> = Symbol.for('menagerie.Logger')

/** The default of an embedded server: says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
