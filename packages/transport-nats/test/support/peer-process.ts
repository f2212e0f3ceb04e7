/** Server 2 in a process of its own, which opens a link to server 1 and waits to be killed. */
import { eventually, opened } from './ensemble.js'

const [, , servers, prefix] = process.argv
const transport = await opened(2, { servers, prefix })
const link = await eventually(() => transport.connect(1))
link.packets$.subscribe({ error: () => {} })
