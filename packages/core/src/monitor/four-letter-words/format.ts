/** How Apache's words write numbers, times, ids and addresses. */

export const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Each line with a line feed behind it. */
export function lines(all: Iterable<string>): string {
  let text = ''
  for (const line of all) text += `${line}\n`
  return text
}

/** 64 bits as unsigned hexadecimal with 0x: what is negative is shown in two's complement. */
export function hex64(value: bigint | number): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`
}

/** A number with a decimal point, as Java writes a double: 0.0, 2.6429. */
export function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** `Mon Nov 23 14:20:57 UTC 2026`, always in UTC. */
export function javaDate(timeMs: number): string {
  const date = new Date(timeMs)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())}`
  return `${day} ${clock} UTC ${date.getUTCFullYear()}`
}

/** `/127.0.0.1:2181`, `/[0:0:0:0:0:0:0:1]:2181`; IPv4 within IPv6 as IPv4. */
export function socketAddress(address: string, port: number): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
  return plain.includes(':') ? `/[${fullIpv6(plain)}]:${port}` : `/${plain}:${port}`
}

/** All eight groups, as Java writes them; a zone stays at the end. */
function fullIpv6(address: string): string {
  const [groups = '', ...zone] = address.split('%')
  const [head, tail] = groups.split('::').map(part => (part === '' ? [] : part.split(':')))
  const middle = tail === undefined ? [] : Array<string>(Math.max(8 - head!.length - tail.length, 0)).fill('0')
  return [[...head!, ...middle, ...(tail ?? [])].join(':'), ...zone].join('%')
}
