/** The release whose behaviour this server has, and which clients compare features by. */
export const COMPATIBLE_VERSION = '3.9.5'

/**
 * The version line of srvr, envi and mntr. Tools read the leading numbers and expect `, built on`
 * (kazoo's server_version, Datadog's and Telegraf's checks): they get the compatible release, and
 * people find Menagerie's own version behind it.
 */
export function fullVersion(menagerieVersion: string, builtOn: string): string {
  return `${COMPATIBLE_VERSION}-menagerie-${menagerieVersion}, built on ${builtOn}`
}
